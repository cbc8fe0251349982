"""Charts of a sheet: Excel's own, drawn from the cells that are there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from xlsxwriter import Workbook
from xlsxwriter.chart import Chart as Drawing
from xlsxwriter.worksheet import Worksheet

from cti_api.reports.cell_text import cell_text
from cti_api.reports.document import Chart, ChartKind, Form, Sheet
from cti_api.reports.looks import LINES, NUMBER_FORMATS, SERIES

WIDTH, HEIGHT = 560, 320
"""Pixels."""
_ROWS: Final = HEIGHT // 20 + 1
"""Rows of the usual height that a chart covers."""
BLOCK_ROWS: Final = _ROWS + 2
"""Of a table with a chart beside it."""
_SHAPES: Final[dict[ChartKind, dict[str, str]]] = {
    ChartKind.COLUMN: {"type": "column"},
    ChartKind.BAR: {"type": "bar"},
    ChartKind.LINE: {"type": "line"},
    ChartKind.STACKED: {"type": "column", "subtype": "stacked"},
    ChartKind.PARETO: {"type": "column"},
    ChartKind.WITH_RATE: {"type": "column"},
}
_SECOND_AXIS: Final = frozenset({ChartKind.PARETO, ChartKind.WITH_RATE})
LONGEST_TITLE: Final = 200
"""Characters: Excel takes 255."""
_FEW: Final = 12
"""Columns that have room for their numbers."""


def insert_charts(
    book: Workbook, page: Worksheet, sheet: Sheet, places: Sequence[int], *, below: bool, beside_own: bool
) -> None:
    """Draw them beside the tables, one under the other or each `beside_own`, or `below`, two by two. `places`: the row
    of each table's headings, and the first row under all of them."""
    columns = max(len(table.columns) for table in sheet.tables)
    drawn = 0
    for chart in sheet.charts:
        if not sheet.tables[chart.table].rows:
            continue
        drawing = _draw(book, sheet, chart, places[chart.table])
        if below:
            row, place = places[-1] + (drawn // 2) * _ROWS, 0
            page.insert_chart(row, place, drawing, {"x_offset": 4 + (drawn % 2) * (WIDTH + 12), "y_offset": 4})
        else:
            row = places[chart.table] - 1 if beside_own else places[0] + drawn * _ROWS
            page.insert_chart(row, columns, drawing, {"x_offset": 16})
        drawn += 1


def drawn_rows(sheet: Sheet, *, below: bool) -> int:
    """Rows that charts take under the tables."""
    return -(-len(sheet.charts) // 2) * _ROWS if below else 0


def _draw(book: Workbook, sheet: Sheet, chart: Chart, head: int) -> Drawing:
    table = sheet.tables[chart.table]
    last = head + min(len(table.rows), chart.most)
    drawing = book.add_chart(dict(_SHAPES[chart.kind]))
    line = book.add_chart({"type": "line"}) if chart.kind in _SECOND_AXIS else None
    for order, place in enumerate(chart.series):
        on_line = line is not None and order == len(chart.series) - 1
        colour = SERIES[order % len(SERIES)]
        series: dict[str, Any] = {
            "name": [sheet.name, head, place],
            "categories": [sheet.name, head + 1, chart.names, last, chart.names],
            "values": [sheet.name, head + 1, place, last, place],
        }
        if on_line or chart.kind is ChartKind.LINE:
            series |= {"line": {"color": colour, "width": 2.25}, "marker": {"type": "circle", "size": 5,
                       "fill": {"color": colour}, "border": {"color": colour}}}  # fmt: skip
        else:
            series |= {"fill": {"color": colour}, "border": {"none": True}, "gap": 60}
            plain = len(chart.series) == 1 or chart.kind is ChartKind.PARETO
            if plain and last - head <= _FEW:
                series["data_labels"] = {"value": True, "font": {"size": 8}}
        if on_line:
            assert line is not None
            line.add_series(series | {"y2_axis": True})
        else:
            drawing.add_series(series)
    first = table.columns[chart.series[0]].form
    drawing.set_title({"name": _words(chart.title), "name_font": {"size": 12}, "overlay": False})
    drawing.set_y_axis(_axis(first) if chart.kind is not ChartKind.BAR else {"reverse": True})
    names: dict[str, Any] = {"num_font": {"size": 9}}
    if table.columns[chart.names].form is Form.DAY:
        names |= {"num_format": "dd/mm", "num_format_linked": False, "text_axis": True}
    drawing.set_x_axis(_axis(first) if chart.kind is ChartKind.BAR else names)
    drawing.set_size({"width": WIDTH, "height": HEIGHT})
    single = len(chart.series) == 1
    drawing.set_legend({"none": True} if single else {"position": "bottom"})
    if line is not None:
        axis = _axis(table.columns[chart.series[-1]].form) | {"major_gridlines": {"visible": False}}
        line.set_y2_axis(axis | ({"max": 1} if chart.kind is ChartKind.PARETO else {}))
        drawing.combine(line)
    return drawing


def _words(title: str) -> str:
    """A title that XlsxWriter takes for words, and not for the address of a cell, such as ``Hoja!A1``."""
    return re.sub(r"!(?=[$A-Z])", "! ", cell_text(title)[:LONGEST_TITLE])


def _axis(form: Form) -> dict[str, Any]:
    shown = "0 %" if form is Form.SHARE else NUMBER_FORMATS[form]
    axis: dict[str, Any] = {"num_format": shown, "num_font": {"size": 9}, "line": {"none": True}}
    axis["major_gridlines"] = {"visible": True, "line": {"color": LINES, "width": 0.75}}
    if form in (Form.SHARE, Form.COUNT, Form.SECONDS):
        axis["min"] = 0
    return axis
