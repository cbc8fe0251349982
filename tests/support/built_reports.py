"""Reports for tests: the value, the files, and what a program that opens them reads."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from xml.etree import ElementTree

from python_calamine import CalamineWorkbook

from cti_api.reports.build import BuiltReport, write
from cti_api.reports.document import Cell, Document, Form, Shown, Table

NAMESPACES = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


@dataclass(frozen=True)
class Made:
    """One report."""

    document: Document
    built: BuiltReport

    def table(self, sheet: str, place: int = 0) -> Table:
        return next(each for each in self.document.sheets if each.name == sheet).tables[place]


def made(document: Document) -> Made:
    return Made(document=document, built=write(document))


def grid(raw: bytes, sheet: str) -> list[list[Any]]:
    """A sheet's cells as calamine reads them."""
    return CalamineWorkbook.from_filelike(io.BytesIO(raw)).get_sheet_by_name(sheet).to_python(skip_empty_area=False)


def found(cells: list[list[Any]], tables: Sequence[Table]) -> list[list[list[Any]]]:
    """The rows of each of a sheet's tables: those under its headings."""
    rows, line = [], 0
    for table in tables:
        headings = [column.heading for column in table.columns]
        while cells[line][: len(headings)] != headings:
            line += 1
        many = len(table.rows) + (table.total is not None)
        rows.append([row[: len(headings)] for row in cells[line + 1 : line + 1 + many]])
        line += 1
    return rows


def plain(table: Table) -> list[list[Any]]:
    """What should stand there, as `comparable` has it."""
    rows = [*table.rows, *([table.total] if table.total is not None else [])]
    return [[_plain(cell, column.form) for cell, column in zip(row, table.columns, strict=True)] for row in rows]


def _plain(cell: Cell, form: Form) -> Any:
    if isinstance(cell, Shown):
        cell, form = cell.value, cell.form
    if isinstance(cell, int | float) and form is Form.POINTS_MORE:
        return comparable(cell * 100)
    if isinstance(cell, int | float) and form is Form.SECONDS:
        return round(cell, 2)
    return comparable(cell)


def comparable(cell: Any) -> Any:
    """A cell as a value that is the same however a program keeps it: times in seconds, days as ISO."""
    match cell:
        case None | "":
            return None
        case datetime():
            return cell.isoformat(" ", "minutes").removesuffix(" 00:00")
        case date():
            return cell.isoformat()
        case timedelta():
            return round(cell.total_seconds(), 2)
        case time():
            return round((cell.hour * 60 + cell.minute) * 60 + cell.second + cell.microsecond / 1e6, 2)
        case int() | float():
            return round(float(cell), 6)
        case _:
            return str(cell)


def read_csv(raw: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")))


def formulas(raw: bytes) -> int:
    """How many cells of the workbook are formulas."""
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        return sum(
            len(ElementTree.fromstring(archive.read(name)).findall(".//m:f", NAMESPACES))
            for name in archive.namelist()
            if name.startswith("xl/worksheets/sheet")
        )


def charts(raw: bytes) -> int:
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        return sum(name.startswith("xl/charts/chart") for name in archive.namelist())
