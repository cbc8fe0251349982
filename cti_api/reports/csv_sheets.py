"""The sheets of a report as CSV files: UTF-8 for spreadsheets, a comma between cells, every text harmless."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Final

from cti_api.reports.cell_text import cell_text
from cti_api.reports.document import Cell, Document, Form, Sheet, Shown, Table
from cti_api.reports.words import NOTHING
from cti_api.web.csv_text import BOM, csv_row

SEPARATOR: Final = ","
_ROUNDED: Final = {
    Form.SHARE: 4,
    Form.POINTS_MORE: 4,
    Form.SECONDS: 1,
    Form.DECIMAL: 4,
    Form.MORE: 4,
    Form.SECONDS_MORE: 1,
}
"""Digits after the point. A share is 0..1 and a time in seconds here: programs read these files."""


def write_csv(document: Document, separator: str = SEPARATOR) -> dict[str, bytes]:
    """One file for each sheet, by its name. Tables of a sheet stand below each other, an empty line between them."""
    return {sheet.name: (BOM + "".join(_lines(sheet, separator))).encode("utf-8") for sheet in document.sheets}


def _lines(sheet: Sheet, separator: str) -> Iterator[str]:
    for place, table in enumerate(sheet.tables):
        if place:
            yield "\r\n"
        if table.title:
            yield csv_row([cell_text(table.title)], separator)
        yield csv_row([cell_text(column.heading) for column in table.columns], separator)
        for row in _rows(table):
            forms = [column.form for column in table.columns]
            yield csv_row([_plain(cell, form) for cell, form in zip(row, forms, strict=True)], separator)


def _rows(table: Table) -> Iterator[tuple[Cell, ...]]:
    yield from table.rows
    if not table.rows:
        yield (NOTHING, *(None for _ in table.columns[1:]))
    if table.total is not None:
        yield table.total


def _plain(cell: Cell, form: Form) -> str | int | float | None:
    if isinstance(cell, Shown):
        cell, form, *_ = cell
    match cell:
        case datetime():
            return cell.isoformat(" ", "minutes")
        case date():
            return cell.isoformat()
        case time():
            return cell.isoformat("minutes")
        case str():
            return cell_text(cell)
        case float() if not math.isfinite(cell):
            return None
        case float():
            rounded = round(cell, _ROUNDED.get(form, 4))
            return int(rounded) if rounded == int(rounded) else rounded
        case _:
            return cell
