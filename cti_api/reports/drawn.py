"""Charts of a sheet: Excel's own, drawn from the cells that are there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from xlsxwriter import Workbook
from xlsxwriter.chart import Chart as Drawing
from xlsxwriter.worksheet import Worksheet

from cti_api.reports.cell_text import cell_text
from cti_api.reports.document import Chart, ChartKind, Form, Sheet, Shown, Table
from cti_api.reports.looks import LINES, NUMBER_FORMATS, SERIES

WIDTH, HEIGHT = 560, 320
"""Pixels."""
_ROW: Final = 20
"""Of the usual height."""
BLOCK_ROWS: Final = HEIGHT // _ROW + 3
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
"""Columns that have room for their numbers and their names; of more, the names stand below each other."""
_NAME: Final = 18
_AROUND: Final = 110
"""Pixels of such a name, and of all that is around them."""
_LYING: Final[dict[ChartKind, dict[str, str]]] = {
    ChartKind.COLUMN: {"type": "bar"},
    ChartKind.STACKED: {"type": "bar", "subtype": "stacked"},
}
_HIGH: Final = 0.8
"""Of a share beyond it Excel would draw an axis of more than 100 %."""


def insert_charts(
    book: Workbook, page: Worksheet, sheet: Sheet, places: Sequence[int], *, below: bool, beside_own: bool
) -> None:
    """Draw them beside the tables, one under the other or each `beside_own`, or `below`, two by two. `places`: the row
    of each table's headings, and the first row under all of them."""
    columns = max(len(table.columns) for table in sheet.tables)
    top = places[-1] if below else places[0]
    line: list[int] = []
    for chart in _shown(sheet):
        drawing = _draw(book, sheet, chart, places[chart.table])
        if len(line) == (2 if below else 1):
            top, line = top + max(line), []
        if below:
            page.insert_chart(top, 0, drawing, {"x_offset": 4 + len(line) * (WIDTH + 12), "y_offset": 4})
        else:
            page.insert_chart(places[chart.table] - 1 if beside_own else top, columns, drawing, {"x_offset": 16})
        line.append(_rows(sheet, chart))


def drawn_rows(sheet: Sheet, *, below: bool) -> int:
    """Rows that charts take under the tables."""
    each = [_rows(sheet, chart) for chart in _shown(sheet)] if below else []
    return sum(max(each[place : place + 2]) for place in range(0, len(each), 2))


def _shown(sheet: Sheet) -> list[Chart]:
    return [chart for chart in sheet.charts if sheet.tables[chart.table].rows]


def _lies(sheet: Sheet, chart: Chart) -> bool:
    """Whether so many names would stand in each other's way under columns."""
    table = sheet.tables[chart.table]
    return chart.kind in _LYING and table.columns[chart.names].form is Form.TEXT and len(table.rows) > _FEW


def _height(sheet: Sheet, chart: Chart) -> int:
    """Pixels."""
    names = min(len(sheet.tables[chart.table].rows), chart.most)
    return max(HEIGHT, _AROUND + _NAME * names) if _lies(sheet, chart) else HEIGHT


def _rows(sheet: Sheet, chart: Chart) -> int:
    """That it covers."""
    return _height(sheet, chart) // _ROW + 1


def _values(table: Table, chart: Chart, series: Sequence[int]) -> list[float]:
    cells = [row[place] for row in table.rows[: chart.most] for place in series]
    plain = [cell.value if isinstance(cell, Shown) else cell for cell in cells]
    return [float(value) for value in plain if isinstance(value, int | float)]


def _draw(book: Workbook, sheet: Sheet, chart: Chart, head: int) -> Drawing:
    table = sheet.tables[chart.table]
    last = head + min(len(table.rows), chart.most)
    lies = _lies(sheet, chart)
    drawing = book.add_chart(dict((_LYING if lies else _SHAPES)[chart.kind]))
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
    drawing.set_title({"name": _words(chart.title), "name_font": {"size": 12}, "overlay": False})
    names: dict[str, Any] = {"num_font": {"size": 9}}
    if table.columns[chart.names].form is Form.DAY:
        names |= {"num_format": "dd/mm", "num_format_linked": False, "text_axis": True}
    first_axis = chart.series if line is None else chart.series[:-1]
    amounts = _axis(table.columns[first_axis[0]].form, values := _values(table, chart, first_axis))
    if min(values, default=0.0) < 0:
        names["label_position"] = "low"
    if lies or chart.kind is ChartKind.BAR:
        drawing.set_x_axis(amounts)
        drawing.set_y_axis(names | {"reverse": True})
    else:
        drawing.set_x_axis(names)
        drawing.set_y_axis(amounts)
    drawing.set_size({"width": WIDTH, "height": _height(sheet, chart)})
    single = len(chart.series) == 1
    drawing.set_legend({"none": True} if single else {"position": "bottom"})
    if line is not None:
        axis = _axis(table.columns[chart.series[-1]].form, _values(table, chart, chart.series[-1:]))
        line.set_y2_axis(axis | {"major_gridlines": {"visible": False}})
        drawing.combine(line)
    return drawing


def _words(title: str) -> str:
    """A title that XlsxWriter takes for words, and not for the address of a cell, such as ``Hoja!A1``."""
    return re.sub(r"!(?=[$A-Z])", "! ", cell_text(title)[:LONGEST_TITLE])


def _axis(form: Form, values: Sequence[float]) -> dict[str, Any]:
    shown = "0 %" if form is Form.SHARE else NUMBER_FORMATS[form]
    axis: dict[str, Any] = {"num_format": shown, "num_font": {"size": 9}, "line": {"none": True}}
    axis["major_gridlines"] = {"visible": True, "line": {"color": LINES, "width": 0.75}}
    if form in (Form.SHARE, Form.COUNT, Form.SECONDS):
        axis["min"] = 0
    if form is Form.POINTS:
        axis |= {"min": -100, "max": 100}
    if form is Form.SHARE and _HIGH < max(values, default=0.0) <= 1:
        axis["max"] = 1
    return axis
