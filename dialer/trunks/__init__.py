"""Thinking about trunks: which one works, which one is next, how fast it may be used."""
