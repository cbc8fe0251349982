"""CSV for spreadsheets: text that begins like a formula stays text (OWASP "CSV Injection", ASVS 1.2.10)."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

BOM = "\ufeff"
"""Begins the document: without it Excel reads UTF-8 as the old Windows code page and mangles every accent."""

_BEGINS_A_FORMULA = "=+-@\t\r\n\0＝＋－＠"
"""The last four are the full-width forms, which a spreadsheet takes for the same signs."""


def csv_row(cells: Sequence[object], separator: str) -> str:
    """One line; None is an empty cell, figures stay figures, every text is quoted and harmless."""
    line = io.StringIO()
    csv.writer(line, delimiter=separator, quoting=csv.QUOTE_NONNUMERIC).writerow([_cell(cell) for cell in cells])
    return line.getvalue()


def _cell(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    text = str(value)
    return f"'{text}" if text.lstrip(" ")[:1] and text.lstrip(" ")[0] in _BEGINS_A_FORMULA else text
