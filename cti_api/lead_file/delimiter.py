"""What separates the cells of a text file: the sign by which one row has the columns that are asked for, else the sign
by which the most rows have the same number of cells."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

DELIMITERS: Final = (";", ",", "\t", "|")
NO_DELIMITER: Final = "\x1f"
"""For a file of one column: ASCII's own unit separator, which no list has."""

NAMES: Final = {";": "semicolon", ",": "comma", "\t": "tab", "|": "vertical bar", NO_DELIMITER: "none: one column"}

_SEP_LINE: Final = re.compile(r'"?sep=(.)"?\s*\Z', re.IGNORECASE)


def told_by_excel(line: str) -> str | None:
    """The delimiter of Excel's own first line ``sep=;``, which is no row; None for any other line."""
    found = _SEP_LINE.match(line)
    return found[1] if found else None


def find_delimiter(lines: Sequence[str], asked: Iterable[str] = ()) -> str:
    """The delimiter of a file that begins with `lines`; `NO_DELIMITER` where there is none.

    `asked` are names that the header has; none: not known.
    """
    wanted = set(asked)
    naming = [sign for sign in DELIMITERS if wanted and any(wanted <= _words(row) for row in _rows(lines, sign))]
    if len(naming) == 1:
        return naming[0]
    scores = {sign: _agreement(lines, sign) for sign in DELIMITERS}
    best = max(DELIMITERS, key=lambda sign: scores[sign])
    if scores[best][1] > 1:
        return best
    # Nothing but delimiters, as a spreadsheet without a cell is saved.
    return next((sign for sign in DELIMITERS if not any(line.strip(f"{sign}\r\n ") for line in lines)), NO_DELIMITER)


def _agreement(lines: Sequence[str], delimiter: str) -> tuple[float, int]:
    """How large a share of the rows has the commonest number of cells above one, and that number."""
    rows = _rows(lines, delimiter)
    widths = Counter(len(cells) for cells in rows if len(cells) > 1)
    if not widths:
        return 0.0, 1
    width, times = max(widths.items(), key=lambda item: (item[1], item[0]))
    return times / len(rows), width


def _words(cells: Sequence[str]) -> set[str]:
    return {" ".join(cell.split()) for cell in cells}


def _rows(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    """Those with anything in them."""
    try:
        return [cells for cells in csv.reader(lines, delimiter=delimiter) if any(map(str.strip, cells))]
    except csv.Error:
        # A quote that is never closed, say: the lines as they are.
        return [line.split(delimiter) for line in lines if line.strip()]
