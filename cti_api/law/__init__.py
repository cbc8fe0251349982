"""The law as data: who may be contacted when, how often and on what terms, by packs of rules with their sources."""
