"""CSV for spreadsheets: text that begins like a formula stays text (OWASP "CSV Injection", ASVS 1.2.10)."""

from __future__ import annotations

from collections.abc import Sequence

BOM = "\ufeff"
"""Begins the document: without it Excel reads UTF-8 as the old Windows code page and mangles every accent."""

_BEGINS_A_FORMULA = "=+-@\t\r\n\0＝＋－＠"
"""The last four are the full-width forms, which a spreadsheet takes for the same signs."""


def csv_row(cells: Sequence[object], separator: str, decimal: str = ".") -> str:
    """One line; None is an empty cell, figures stay figures, every text is quoted and harmless."""
    return separator.join(_cell(cell, decimal) for cell in cells) + "\r\n"


def _cell(value: object, decimal: str) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value).replace(".", decimal)
    text = "" if value is None else str(value).replace('"', '""')
    return f'"\'{text}"' if text.lstrip(" ")[:1] and text.lstrip(" ")[0] in _BEGINS_A_FORMULA else f'"{text}"'
