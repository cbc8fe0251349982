"""The contract and the window: what things are, what is written down, and how it is served."""
