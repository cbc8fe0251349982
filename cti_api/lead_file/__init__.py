"""A list of people in a plain CSV file, row by row: each one becomes a lead or a rejection with its reason."""
