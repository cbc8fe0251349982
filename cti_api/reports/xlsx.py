"""Writes a report's workbook. Whatever stands in a list, a name or a note is text there, never a formula, and nothing
else is one either: every number is written as the figures gave it."""

from __future__ import annotations

import io
import itertools
import math
from datetime import date, datetime, time
from typing import Final

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from cti_api.reports.cell_text import cell_text
from cti_api.reports.cover_sheet import write_cover
from cti_api.reports.document import Cell, Document, Form, Sheet, Shown, Table
from cti_api.reports.drawn import BLOCK_ROWS, drawn_rows, insert_charts
from cti_api.reports.kinds import COVER
from cti_api.reports.looks import Looks, height_of, lines_of, put_text
from cti_api.reports.words import NOTHING

WIDE: Final = 66
"""Characters: charts stand beside a table that is narrower, and below one that is wider."""

_WORDS: Final = frozenset({Form.TEXT, Form.NOTE, Form.SCORE})
BLOCKS_A_PAGE: Final = 2
LONGEST_FOOTER: Final = 110
"""Excel takes 255 characters, of which each ampersand is two."""
PAGE_CHARACTERS: Final = 210
"""Across a page that can still be read: a wider sheet is printed on several, its first columns on each."""
ONE_PAGE_ROWS: Final = 56
"""A sheet with no more is printed on one page: its charts are not cut in two."""
PAGE_ROWS: Final = 32
"""Of the usual height, on a page at its full size."""


def write_xlsx(document: Document) -> bytes:
    """The workbook; the same document gives the same bytes."""
    file = io.BytesIO()
    # spelt out beside `write_string`, so that no cell that is written otherwise one day becomes a formula
    plain = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(file, {"in_memory": True, **plain})
    cover = document.cover
    book.set_properties(
        {"title": cell_text(cover.title), "company": cell_text(cover.company), "author": "Vocero",
         "created": cover.made_at}
    )  # fmt: skip
    looks = Looks(book)
    write_cover(book.add_worksheet(COVER), cover, looks)
    footer = cell_text(f"{cover.title} · {cover.period_words}")[:LONGEST_FOOTER].replace("&", "&&")
    for sheet in document.sheets:
        page = book.add_worksheet(sheet.name)
        _write_sheet(page, sheet, f"{cover.title} · {cover.period_words}", looks)
        page.set_footer(f"&L&8 {footer}&R&8 &P / &N")
        insert_charts(book, page, sheet, _places(sheet), below=_width(sheet) > WIDE, beside_own=_in_blocks(sheet))
    book.close()
    return file.getvalue()


def _places(sheet: Sheet) -> list[int]:
    """The row of each table's headings, and the first one below all of them."""
    row, places = 3 + len(sheet.notes), []
    least = BLOCK_ROWS if _in_blocks(sheet) else 0
    for table in sheet.tables:
        places.append(row + bool(table.title))
        row = max(places[-1] + 1 + max(len(table.rows), 1) + (table.total is not None) + 1, row + least)
    return [*places, row]


def _in_blocks(sheet: Sheet) -> bool:
    """Whether it is of several tables, each of which may have a chart beside it."""
    return _width(sheet) <= WIDE and len(sheet.tables) > 1 and len({chart.table for chart in sheet.charts}) > 1


def _width(sheet: Sheet) -> int:
    return max(sum(column.width for column in table.columns) for table in sheet.tables)


def _write_sheet(page: Worksheet, sheet: Sheet, subtitle: str, looks: Looks) -> None:
    put_text(page, 0, 0, sheet.title, looks.title)
    put_text(page, 1, 0, subtitle, looks.quiet)
    for place, note in enumerate(sheet.notes):
        put_text(page, 2 + place, 0, note, looks.quiet)
    for place in range(max(len(table.columns) for table in sheet.tables)):
        page.set_column(place, place, max(t.columns[place].width for t in sheet.tables if place < len(t.columns)))
    places = _places(sheet)
    for table, row in zip(sheet.tables, places, strict=False):
        _write_table(page, table, row, looks)
    first = sheet.tables[0]
    if len(sheet.tables) == 1:
        page.freeze_panes(places[0] + 1, first.frozen)
        page.repeat_rows(places[0])
    if len(first.rows) > 1:
        page.autofilter(places[0], 0, places[0] + len(first.rows), len(first.columns) - 1)
    page.hide_gridlines(2)
    page.set_landscape()
    page.set_paper(9)  # A4
    page.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    if _in_blocks(sheet):
        page.set_print_scale(80)
        page.set_h_pagebreaks([row - 1 for row in places[BLOCKS_A_PAGE:-1:BLOCKS_A_PAGE]])
    elif (across := -(-_width(sheet) // PAGE_CHARACTERS)) > 1:
        page.repeat_columns(0, first.frozen - 1)
        page.fit_to_pages(across, 0)
    else:
        rows = places[-1] + drawn_rows(sheet, below=_width(sheet) > WIDE)
        page.fit_to_pages(1, int(rows <= ONE_PAGE_ROWS))
        if rows > ONE_PAGE_ROWS:
            page.set_h_pagebreaks(_breaks(sheet, places, rows))
            alike = len({table.columns for table in sheet.tables}) == 1
            if alike and any(len(table.rows) > PAGE_ROWS for table in sheet.tables):
                page.repeat_rows(places[0])  # once more above a table's own, and on pages that go on with one


def _breaks(sheet: Sheet, places: list[int], rows: int) -> list[int]:
    """Before each table, and the charts, that would begin on a page and end on another. `rows`: with the charts."""
    begins = [*(row - bool(table.title) for row, table in zip(places, sheet.tables, strict=False)), places[-1], rows]
    top, found = 0, []
    for begin, end in itertools.pairwise(begins):
        if begin > top and end - top > PAGE_ROWS:
            found.append(begin)
            top = begin
    return found


def _write_table(page: Worksheet, table: Table, row: int, looks: Looks) -> None:
    if table.title:
        put_text(page, row - 1, 0, table.title, looks.section)
    page.set_row(row, height_of(max(2, *(lines_of(column.heading, column.width) for column in table.columns))))
    for place, column in enumerate(table.columns):
        put_text(page, row, place, column.heading, looks.head if column.form in _WORDS else looks.head_of_numbers)
    notes = [place for place, column in enumerate(table.columns) if column.form is Form.NOTE]
    for cells in table.rows:
        row += 1
        noted = [(cells[place], table.columns[place].width) for place in notes]
        if (
            lines := max((lines_of(text, width * 6 // 5) for text, width in noted if isinstance(text, str)), default=1)
        ) > 1:
            page.set_row(row, height_of(lines))
        for place, (cell, column) in enumerate(zip(cells, table.columns, strict=True)):
            _write_cell(page, row, place, cell, column.form, looks)
    if not table.rows:
        row += 1
        put_text(page, row, 0, NOTHING, looks.quiet)
    if table.total is not None:
        row += 1
        for place, (cell, column) in enumerate(zip(table.total, table.columns, strict=True)):
            _write_cell(page, row, place, cell, column.form, looks, total=True)


def _write_cell(
    page: Worksheet, row: int, place: int, cell: Cell, form: Form, looks: Looks, *, total: bool = False
) -> None:
    judged, faint, aside = None, False, False
    if isinstance(cell, Shown):
        faint, aside = cell.faint, cell.faint or cell.form is not Form.TEXT
        cell, form, judged, _ = cell
    if isinstance(cell, str):
        words = form if form is Form.NOTE else Form.TEXT
        put_text(page, row, place, cell, looks.cell(words, judged, total=total, aside=aside))
        return
    look = looks.cell(form, judged, total=total, aside=faint)
    match cell:
        case datetime() | date() | time():
            page.write_datetime(row, place, cell, look)
        case None:
            page.write_blank(row, place, None, look)
        case float() if not math.isfinite(cell):
            page.write_blank(row, place, None, look)
        case _:
            page.write_number(row, place, _scaled(cell, form), look)


def _scaled(value: float, form: Form) -> float:
    match form:
        case Form.SECONDS:
            return value / 86_400  # a spreadsheet counts time in days
        case Form.POINTS_MORE:
            return value * 100
        case _:
            return value
