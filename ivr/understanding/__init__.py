"""From the words a recogniser heard to what the caller meant: scores, yes or no, dates, numbers, names, choices."""
