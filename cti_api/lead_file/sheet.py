"""The rows of a spreadsheet (XLSX, XLSB, XLS, ODS) as the cells of a text file.

A number is written as its owner sees it, `3001234567` and not `3001234567.0`; a date as ISO 8601. A formula is what it
came to when the file was saved; text that looks like one is text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import BinaryIO, Final

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetVisibleEnum

from cti_api.errors import InputError
from cti_api.lead_file.records import MOST_CELLS, BadRecord, Record, checked

MOST_ROWS: Final = 1_048_576
"""Of a sheet; Excel's own limit."""

MOST_SHEET_CELLS: Final = 40_000_000
"""Rows times columns: a cell far off makes all those before it."""

WHOLE_BELOW: Final = 10.0**15
"""A spreadsheet keeps 15 digits of a number; a larger one is not what was typed."""

Cell = int | float | str | bool | date | datetime | time | timedelta


@dataclass(frozen=True, slots=True)
class OpenSheet:
    """The sheet that is read."""

    name: str
    others: tuple[str, ...]
    """Sheets with something in them that are not read."""
    records: Iterator[Record | BadRecord]
    rows: int


def open_sheet(file: BinaryIO) -> OpenSheet:
    """The first visible sheet that has anything in it.

    Raises `InputError` for a file that cannot be read, is protected, or has more than it may.
    """
    try:
        book = CalamineWorkbook.from_filelike(file)
        visible = [each.name for each in book.sheets_metadata if each.visible == SheetVisibleEnum.Visible]
        sheets = [book.get_sheet_by_name(name) for name in visible]
    except PasswordError:
        raise InputError("The spreadsheet has a password: save it without one.") from None
    except (CalamineError, OSError, ValueError) as error:
        raise InputError(f"The spreadsheet cannot be read ({error}): save it again, or as CSV UTF-8.") from None
    full = [sheet for sheet in sheets if sheet.start is not None]
    if not full:
        raise InputError("The list is empty.")
    chosen = full[0]
    if chosen.total_width > MOST_CELLS:
        raise InputError(f"The sheet {chosen.name} has {chosen.total_width} columns; a list has at most {MOST_CELLS}.")
    if chosen.total_height > MOST_ROWS or chosen.total_height * chosen.total_width > MOST_SHEET_CELLS:
        raise InputError(f"The sheet {chosen.name} is too large: import it in parts, or as CSV UTF-8.")
    return OpenSheet(chosen.name, tuple(sheet.name for sheet in full[1:]), _records(chosen), chosen.total_height)


def _records(sheet: CalamineSheet) -> Iterator[Record | BadRecord]:
    # From the first row on, empty ones too: the line is the row's own number.
    for line, row in enumerate(sheet.iter_rows(), start=1):
        cells = [text_of(cell) for cell in row]
        if any(map(str.strip, cells)):
            yield checked(line, cells)


def text_of(cell: Cell) -> str:
    """What the owner sees, or close to it."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < WHOLE_BELOW else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time(0) else cell.isoformat(" ", "seconds")
    if isinstance(cell, date | time):
        return cell.isoformat()
    return str(cell)
