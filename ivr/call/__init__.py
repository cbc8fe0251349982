"""Leads a call: what a tree or a survey wants said and asked, over the call's sound or, where that is lost, by keys."""
