"""Telephone numbers: from what people write to E.164, and which of them may be dialled."""
