"""What is happening on the line: states, the table that moves them, and what became of each call."""
