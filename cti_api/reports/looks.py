"""How a workbook looks: its colours, number formats and types, in one place."""

from __future__ import annotations

from typing import Any, Final

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from cti_api.kpi.answer import Judged
from cti_api.reports.cell_text import cell_text
from cti_api.reports.document import Form

BLUE: Final = "#1F3A5F"
SERIES: Final = ("#1F3A5F", "#E07A1F", "#3C8D7D", "#8C6BB1", "#B0413E", "#6C8EBF", "#C2A83E", "#7F7F7F")
"""Of a chart's series, in order; told apart also where colours are not."""
LINES: Final = "#D5DBE3"
_HEAD: Final = {
    "bold": True, "bg_color": BLUE, "font_color": "#FFFFFF", "text_wrap": True, "valign": "vcenter", "border": 1,
    "border_color": LINES,
}  # fmt: skip
_FILLS: Final = {
    Judged.GOOD: {"bg_color": "#D9F0DD", "font_color": "#14532D"},
    Judged.WATCH: {"bg_color": "#FFF1C9", "font_color": "#6B4A00"},
    Judged.BAD: {"bg_color": "#F9D9D7", "font_color": "#7A1712"},
}
NUMBER_FORMATS: Final = {
    Form.TEXT: "@",
    Form.NOTE: "@",
    Form.COUNT: "#,##0",
    Form.SHARE: "0.0 %",
    Form.SECONDS: "[h]:mm:ss",
    Form.DECIMAL: "#,##0.00",
    Form.POINTS: "+0;-0;0",
    Form.SCORE: "0.##",
    Form.DAY: "dd/mm/yyyy",
    Form.HOUR: "hh:mm",
    Form.INSTANT: "dd/mm/yyyy hh:mm",
    Form.POINTS_MORE: '+0.0" pp";-0.0" pp";0.0" pp"',
    Form.SECONDS_MORE: '+#,##0" s";-#,##0" s";0" s"',
    Form.MORE: "+#,##0.##;-#,##0.##;0",
}


class Looks:
    """The formats of one workbook, each made once."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._cells: dict[tuple[object, ...], Format] = {}
        self.title = book.add_format({"bold": True, "font_size": 16, "font_color": BLUE})
        self.section = book.add_format({"bold": True, "font_size": 12, "font_color": BLUE})
        self.quiet = book.add_format({"italic": True, "font_color": "#5B6675"})
        self.head = book.add_format(_HEAD)
        self.head_of_numbers = book.add_format({**_HEAD, "align": "center"})
        self.band = book.add_format({"bold": True, "font_size": 20, "bg_color": BLUE, "font_color": "#FFFFFF"})
        self.band_below = book.add_format({"font_size": 13, "bg_color": BLUE, "font_color": "#FFFFFF"})
        self.label = book.add_format({"bold": True, "valign": "top", "font_color": BLUE})
        self.wrapped = book.add_format(
            {"text_wrap": True, "valign": "top", "bottom": 1, "bottom_color": LINES}
        )  # fmt: skip

    def cell(self, form: Form, judged: Judged | None = None, *, total: bool = False, aside: bool = False) -> Format:
        """Of a table's cell. `total`: of its last row; `aside`: in grey, as words
        where a number would stand."""
        key = (form, judged, total, aside)
        if key not in self._cells:
            own: dict[str, Any] = {"num_format": NUMBER_FORMATS[form], "valign": "vcenter"}
            own |= {"bottom": 1, "bottom_color": LINES}
            if total:
                own |= {"bold": True, "top": 1, "top_color": BLUE, "bg_color": "#EEF2F7"}
            if form is Form.TEXT and not aside:
                own |= {"indent": 1} if judged is None else {"align": "center"}
            if form is Form.NOTE:
                own |= {"indent": 1, "text_wrap": True, "font_size": 9}
            if form is Form.SCORE:
                own |= {"align": "left", "indent": 1}
            if aside:
                own |= {"align": "right", "italic": True, "font_color": "#5B6675"}
            if judged is not None:
                own |= _FILLS[judged]
            self._cells[key] = self._book.add_format(own)
        return self._cells[key]


def lines_of(text: str, width: int) -> int:
    """So many lines of a column of that width, in characters, the text takes at most."""
    return max(1, -(-len(text) * 11 // (width * 10)))


LINE: Final = 15
"""Of text, in points: a row's usual height."""
HIGHEST: Final = 409
"""Points that a row may have (Excel's specification)."""


def height_of(lines: int) -> int:
    """Of a row with so many lines, in points."""
    return min(lines * LINE, HIGHEST)


def put_text(page: Worksheet, row: int, place: int, text: str, look: Format | None = None) -> None:
    """Said to be a string: what looks like a formula, a number or an address is not made into one."""
    page.write_string(row, place, cell_text(text), look)
