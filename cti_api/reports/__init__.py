"""Documents that people open in a spreadsheet."""
