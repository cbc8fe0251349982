"""Indicators: each defined once, so that board, report and metric show the same figure."""
