"""Sound: formats, framing, and the prompts that callers hear."""
