"""Thinking about leads: which one is next, whether it may be dialled now, what becomes of it after a call."""
