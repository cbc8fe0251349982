"""The control form as Excel and as CSV. Whatever stands in a list, a name or a note is text there, never a formula.

Rows are written as they come and none is kept: a hundred thousand take the memory of one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, BinaryIO, Final

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from cti_api.errors import InputError
from cti_api.kpi.control_form import BRAND_HEADINGS, BRAND_SHARES, CellKind, FormColumn, brand_rows, indicators
from cti_api.kpi.indicators import INDICATORS
from cti_api.reports.cover_sheet import write_cover
from cti_api.reports.document import Cover
from cti_api.reports.kinds import COVER, REPORTS
from cti_api.reports.laid_out import definition
from cti_api.reports.looks import Looks, put_text
from cti_api.reports.periods import whole_until
from cti_api.reports.words import COVER_WORDS
from cti_api.web.csv_text import BOM, csv_row

MOST_ROWS: Final = 1_048_575
"""Of a sheet, under its header (Excel's specification)."""
FROZEN_COLUMNS: Final = 4
"""Plate, brand, model and customer stay in sight."""

_DEFINED: Final = ("calls_made", "contact_rate", "effectiveness", "appointments", "kept_rate")
"""What the last sheet shows."""
_FORMATS: Final = {
    CellKind.INSTANT: "dd/mm/yyyy hh:mm",
    CellKind.DAY: "dd/mm/yyyy",
    CellKind.HOUR: "hh:mm",
    CellKind.NUMBER: "0",
}
_IN_TEXT: Final = {CellKind.INSTANT: "%Y-%m-%d %H:%M", CellKind.DAY: "%Y-%m-%d", CellKind.HOUR: "%H:%M"}

Row = Sequence[str | int | None]
"""Cells as the API gives them: instants as ISO 8601 without a zone."""

Report = Callable[[], Mapping[str, Any]]
"""The campaign's report, asked for once all rows are written."""


def columns_of(written: Iterable[Mapping[str, Any]]) -> tuple[FormColumn, ...]:
    """Columns as the API gives them."""
    return tuple(FormColumn(str(each["heading"]), CellKind(each["kind"]), int(each["width"])) for each in written)


def write_xlsx(
    file: BinaryIO, columns: Sequence[FormColumn], rows: Iterable[Row], report: Report, made_at: datetime, zone: str
) -> int:
    """Write the form, the indicators of the report, and what they mean; returns how many rows. `made_at`: on the clock
    of `zone`, without a zone. The form comes first: filled in, it is read again as a list is.

    Raises `InputError` where they are more than a sheet has.
    """
    book = xlsxwriter.Workbook(file, {"constant_memory": True, "strings_to_urls": False})
    try:
        head = book.add_format({"bold": True, "bg_color": "#1F3A5F", "font_color": "#FFFFFF", "text_wrap": True,
                                "valign": "vcenter", "border": 1})  # fmt: skip
        formats = {kind: book.add_format({"num_format": form}) for kind, form in _FORMATS.items()}
        sheet = book.add_worksheet("Control")
        for place, column in enumerate(columns):
            sheet.set_column(place, place, column.width)
        sheet.set_row(0, 32)
        for place, column in enumerate(columns):
            put_text(sheet, 0, place, column.heading, head)
        count = 0
        for count, row in enumerate(rows, start=1):
            if count > MOST_ROWS:
                raise InputError(f"A sheet has {MOST_ROWS} rows and the campaign more customers: write a .csv.")
            for place, (cell, column) in enumerate(zip(row, columns, strict=True)):
                _cell(sheet, count, place, cell, column.kind, formats)
        sheet.freeze_panes(1, FROZEN_COLUMNS)
        sheet.autofilter(0, 0, max(count, 1), len(columns) - 1)
        sheet.set_landscape()
        sheet.repeat_rows(0)
        sheet.fit_to_pages(1, 0)
        share = book.add_format({"num_format": "0.0 %"})
        found = report()
        _indicators(book.add_worksheet("Indicadores"), found, head, share)
        write_cover(book.add_worksheet(COVER), _cover(str(found["title"]), made_at, zone), Looks(book))
    finally:
        book.close()
    return count


def _cover(title: str, made_at: datetime, zone: str) -> Cover:
    kind = REPORTS["control"]
    return Cover(
        title=f"{kind.title}: {title}",
        period_words=whole_until(made_at.date()).words,
        company="",
        about=((COVER_WORDS["campaign"], title),),
        made_at=made_at,
        zone=zone,
        definitions=tuple(definition(INDICATORS[each], None) for each in _DEFINED),
    )


def csv_lines(columns: Sequence[FormColumn], rows: Iterable[Row], report: Report, separator: str) -> Iterator[str]:
    """The form as lines of CSV; the indicators stand below it, after an empty line."""
    yield BOM + csv_row([column.heading for column in columns], separator)
    for row in rows:
        yield csv_row([_for_csv(cell, column.kind) for cell, column in zip(row, columns, strict=True)], separator)
    found = report()
    yield "\r\n"
    for name, value, is_share in indicators(found):
        yield csv_row([name, _percent(value) if is_share else value], separator)
    brands = brand_rows(found)
    if brands:
        yield "\r\n"
        yield csv_row(BRAND_HEADINGS, separator)
    for each in brands:
        cells = [_percent(cell) if place in BRAND_SHARES else cell for place, cell in enumerate(each)]
        yield csv_row(cells, separator)


def _cell(
    sheet: Worksheet, row: int, place: int, cell: str | int | None, kind: CellKind, formats: Mapping[CellKind, Format]
) -> None:
    if cell is None or cell == "":
        return
    if kind is CellKind.TEXT:
        put_text(sheet, row, place, str(cell))
    elif kind is CellKind.NUMBER:
        sheet.write_number(row, place, int(cell), formats[kind])
    else:
        instant = datetime.fromisoformat(str(cell))
        part = instant.date() if kind is CellKind.DAY else instant.time() if kind is CellKind.HOUR else instant
        sheet.write_datetime(row, place, part, formats[kind])


def _indicators(sheet: Worksheet, report: Mapping[str, Any], head: Format, share: Format) -> None:
    sheet.set_column(0, 0, 52)
    sheet.set_column(1, len(BRAND_HEADINGS), 15)
    put_text(sheet, 0, 0, str(report["title"]), head)
    put_text(sheet, 0, 1, "", head)
    line = 1
    for name, value, is_share in indicators(report):
        put_text(sheet, line, 0, name)
        _figure(sheet, line, 1, value, share if is_share else None)
        line += 1
    brands = brand_rows(report)
    if not brands:
        return
    line += 1
    for place, heading in enumerate(BRAND_HEADINGS):
        put_text(sheet, line, place, heading, head)
    for each in brands:
        line += 1
        for place, cell in enumerate(each):
            if isinstance(cell, str):
                put_text(sheet, line, place, cell)
            else:
                _figure(sheet, line, place, cell, share if place in BRAND_SHARES else None)


def _figure(sheet: Worksheet, row: int, place: int, value: float | None, form: Format | None) -> None:
    if value is not None:
        sheet.write_number(row, place, value, form)


def _for_csv(cell: str | int | None, kind: CellKind) -> object:
    if cell is None or kind not in _IN_TEXT:
        return cell
    return datetime.fromisoformat(str(cell)).strftime(_IN_TEXT[kind])


def _percent(share: object) -> object:
    return round(share * 100, 1) if isinstance(share, int | float) else share
