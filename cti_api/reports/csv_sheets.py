"""The sheets of a report as CSV files: UTF-8 for spreadsheets, every text harmless. Those for programs have a
comma between cells and points in numbers, those for people what Excel of a Spanish-speaking country reads."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Final, NamedTuple

from cti_api.reports.cell_text import cell_text
from cti_api.reports.document import Cell, Document, Form, Sheet, Shown, Table
from cti_api.reports.words import NOTHING
from cti_api.web.csv_text import BOM, csv_row


class Signs(NamedTuple):
    """Between cells, and in numbers."""

    separator: str
    decimal: str


FOR_PROGRAMS: Final = Signs(",", ".")
FOR_PEOPLE: Final = Signs(";", ",")
"""With a comma between cells Excel of Colombia shows one column, and takes ``0.516`` for text."""
_ROUNDED: Final = {
    Form.SHARE: 4,
    Form.POINTS_MORE: 4,
    Form.SECONDS: 1,
    Form.DECIMAL: 4,
    Form.MORE: 4,
    Form.SECONDS_MORE: 1,
}
"""Digits after the point. A share is 0..1 and a time in seconds here."""


def write_csv(document: Document, signs: Signs = FOR_PROGRAMS) -> dict[str, bytes]:
    """One file for each sheet, by its name. Tables of a sheet stand below each other, an empty line between them."""
    return {sheet.name: (BOM + "".join(_lines(sheet, signs))).encode("utf-8") for sheet in document.sheets}


def _lines(sheet: Sheet, signs: Signs) -> Iterator[str]:
    for place, table in enumerate(sheet.tables):
        if place:
            yield "\r\n"
        if table.title:
            yield csv_row([cell_text(table.title)], *signs)
        yield csv_row([cell_text(column.heading) for column in table.columns], *signs)
        for row in _rows(table):
            forms = [column.form for column in table.columns]
            yield csv_row([_plain(cell, form) for cell, form in zip(row, forms, strict=True)], *signs)


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
