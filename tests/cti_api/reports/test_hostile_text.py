"""Whatever people wrote is text in a report: in the package's XML, as a spreadsheet opens it, and in the CSV."""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from random import Random
from typing import Final
from xml.etree import ElementTree
from xml.sax.saxutils import unescape

import pytest

from cti_api.reports.cell_text import LONGEST_TEXT, cell_text
from cti_api.reports.document import Cell, Chart, ChartKind, Column, Cover, Definition, Document, Form, Sheet, Table
from tests.support.built_reports import Made, charts, comparable, formulas, grid, made, read_csv
from tests.support.busy_months import NOW
from tests.support.libreoffice import converted

BEGINNINGS: Final = (
    "=", "+", "-", "@", "\t=", "\r=", "\n=", "＝", "＋", "－", "＠", " =", "\x00=", "\ufeff=", "\u200b=", "'=", '"=',
    "{=", "\x0b=", "\x1f=", "\ud800=", "\udfff=", "\ufffe=", "\uffff=", "_x003D_", "&#61;", "<f>", "]]>=", "http://",
    "mailto:", "internal:", "\x85=", "\u2028=", "%3D", "=\x00",
)  # fmt: skip
ENDINGS: Final = (
    "1+1", "cmd|' /C calc'!A0", "SUM(A1:A9)", 'HYPERLINK("http://x","y")', "DDE(\"cmd\")", "<script>&amp;",
    "Niño\nPeña", "1", "", 'WEBSERVICE("http://x")', "_x0041_", "TRUE", "x" * 300, "😀" * 40,
)  # fmt: skip
CELLS: Final = 10_000
TITLES: Final = ("=1+1", "=Portada!A1", "¡Qué bien!A1", "Hostil!$A$1", "x" * 400, "\ud800\x01&<")
"""Of charts: a survey's questions are somebody's words, too."""


def hostile() -> Iterator[str]:
    """Ten thousand: every beginning with every ending, whatever a seeded chance makes of them, and the longest."""
    yield from ("".join(each) for each in product(BEGINNINGS, ENDINGS))
    random = Random(20)
    many = len(BEGINNINGS) * len(ENDINGS)
    for n in range(CELLS - many - 20):
        middle = "".join(chr(random.choice((random.randrange(0x80), random.randrange(0x11_0000)))) for _ in range(6))
        yield f"{random.choice(BEGINNINGS)}{middle}{random.choice(ENDINGS)}{n}"
    yield from (f"={sign * 40_000}" for sign in ("x", "=", "é", "😀", "\x01", "\ud800", '"', "&", "<", "ñ") * 2)


@pytest.fixture(scope="module")
def report() -> Made:
    """A report that has them in every place where a word of somebody's may stand."""
    texts = list(hostile())
    assert len(texts) == CELLS
    columns = tuple(Column(heading=f"={n}" if n else "=A1", form=form, width=12)
                    for n, form in enumerate((*[Form.TEXT] * 3, Form.NOTE, Form.COUNT)))  # fmt: skip
    rows: list[tuple[Cell, ...]] = [tuple(texts[place : place + 5]) for place in range(0, CELLS, 5)]
    table = Table(columns=columns, rows=tuple(rows), title="=título", total=("=1", "+1", "-1", "@1", 5))
    drawn = tuple(Chart(kind=ChartKind.COLUMN, title=title, names=0, series=(4,)) for title in TITLES)
    sheets = (Sheet(name="Hostil", title="=1+1", tables=(table,), charts=drawn, notes=("@nota",)),)
    document = Document(name="monthly", file_stem="hostil", cover=cover("=1+1 & " * 1500), sheets=sheets)
    return made(document)


def cover(text: str) -> Cover:
    return Cover(
        title=text, period_words=text, company=text, about=((text, text),), made_at=NOW.replace(tzinfo=None),
        zone=text, definitions=(Definition(text, text, text, text),),
    )  # fmt: skip


def test_ten_thousand_hostile_cells_make_no_formula_and_no_link(report: Made) -> None:
    assert formulas(report.built.xlsx) == 0
    with zipfile.ZipFile(io.BytesIO(report.built.xlsx)) as archive:
        for name in archive.namelist():
            part = archive.read(name)
            assert b"<f>" not in part and b"<f " not in part
            assert b"<hyperlink" not in part and b"/hyperlink" not in part
            assert b"ddeLink" not in part and b"externalLink" not in part


def test_a_charts_title_is_no_address_of_a_cell(report: Made) -> None:
    names = {"c": "http://schemas.openxmlformats.org/drawingml/2006/chart"}
    with zipfile.ZipFile(io.BytesIO(report.built.xlsx)) as archive:
        drawn = [ElementTree.fromstring(archive.read(f"xl/charts/chart{n + 1}.xml")) for n in range(len(TITLES))]
    assert [len(chart.findall("c:chart/c:title//c:f", names)) for chart in drawn] == [0] * len(TITLES)
    assert [chart.findall(".//c:f", names)[0].text for chart in drawn] == ["Hostil!$E$6"] * len(TITLES)


def test_rows_and_footers_are_no_longer_than_excel_allows(report: Made, reports: dict[str, Made]) -> None:
    for each in (report, *reports.values()):
        with zipfile.ZipFile(io.BytesIO(each.built.xlsx)) as archive:
            sheets = [archive.read(name).decode() for name in archive.namelist() if "worksheets/sheet" in name]
        assert all(float(height) <= 409 for sheet in sheets for height in re.findall(r' ht="([0-9.]+)"', sheet))
        footers = [unescape(found) for sheet in sheets for found in re.findall("<oddFooter>(.*)</oddFooter>", sheet)]
        assert footers and all(len(footer) <= 255 for footer in footers)


def test_each_stands_in_its_cell_as_it_was_written(report: Made) -> None:
    rows = grid(report.built.xlsx, "Hostil")
    first = next(place for place, row in enumerate(rows) if row[0] == "=A1") + 1
    written = [cell for row in rows[first : first + CELLS // 5] for cell in row[:5]]
    for cell, text in zip(written, hostile(), strict=True):
        assert str(cell) == cell_text(text)


def test_the_csv_puts_an_apostrophe_before_what_a_spreadsheet_would_compute(report: Made) -> None:
    [_, _, *rows, total] = read_csv(report.built.csv["Hostil"])
    written = [cell for row in rows for cell in row]
    assert len(written) == CELLS
    for cell, text in zip(written, hostile(), strict=True):
        assert cell.removeprefix("'") == cell_text(text).replace("\r\n", "\n").removeprefix("'")
        assert (cell.lstrip(" ") or "x")[0] not in "=+-@\t\r\n\0＝＋－＠"
    assert total == ["'=1", "'+1", "'-1", "'@1", "5"]


def test_no_cell_is_longer_than_one_may_be_and_none_has_what_xml_has_not() -> None:
    for text in hostile():
        clean = cell_text(text)
        assert len(clean.encode("utf-16-le")) // 2 <= LONGEST_TEXT
        assert not [sign for sign in clean if unicodedata.category(sign) == "Cs" or sign in "\r\x00\x0b\x1f\ufffe"]
    assert len(cell_text("😀" * 40_000)) == LONGEST_TEXT // 2
    assert cell_text("Niño\nPeña\t1") == "Niño\nPeña\t1"


def test_a_spreadsheet_opens_every_report_and_reads_the_same(
    report: Made, reports: dict[str, Made], tmp_path: Path
) -> None:
    """One start of LibreOffice for all of them: it repairs nothing, computes nothing, and has every chart."""
    every = reports | {"hostile": report}
    files = []
    for name, each in every.items():
        files.append(tmp_path / f"{name}.xlsx")
        files[-1].write_bytes(each.built.xlsx)
    opened = converted(files, "ods", tmp_path)
    for name, each in every.items():
        raw = opened[name].read_bytes()
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            content = archive.read("content.xml").decode()
            assert "table:formula" not in content
            assert "office:dde-source" not in content and "text:a " not in content
            drawn = [part for part in archive.namelist() if re.fullmatch(r"Object [0-9]+/content\.xml", part)]
        assert len(drawn) == charts(each.built.xlsx)
        for sheet in each.document.sheets:
            ours, theirs = grid(each.built.xlsx, sheet.name), grid(raw, sheet.name)
            assert as_opened(ours) == as_opened(theirs), (name, sheet.name)


@pytest.mark.long
def test_a_report_prints_a_page_for_each_sheet_at_least_and_saves_as_a_workbook_again(
    reports: dict[str, Made], tmp_path: Path
) -> None:
    files = [tmp_path / f"{name}.xlsx" for name in reports]
    for file in files:
        file.write_bytes(reports[file.stem].built.xlsx)
    for name, path in converted(files, "pdf", tmp_path).items():
        pages = path.read_bytes().count(b"/Type/Page") - path.read_bytes().count(b"/Type/Pages")
        assert len(reports[name].document.sheets) < pages <= 3 * len(reports[name].document.sheets) + 3
    for name, path in converted(files, "xlsx", tmp_path).items():
        assert charts(path.read_bytes()) == charts(reports[name].built.xlsx)
        for sheet in reports[name].document.sheets:
            ours, theirs = grid(reports[name].built.xlsx, sheet.name), grid(path.read_bytes(), sheet.name)
            assert as_opened(ours) == as_opened(theirs)


def as_opened(cells: list[list[object]]) -> list[list[object]]:
    """Of numbers the fifteen digits that a spreadsheet keeps; of text what is no blank."""
    opened = [[_digits(cell) if isinstance(cell, float) else _words(comparable(cell)) for cell in row] for row in cells]
    return [row for row in opened if any(cell is not None for cell in row)]


def _digits(cell: float) -> object:
    return float(f"{cell:.12g}")


def _words(cell: object) -> object:
    if not isinstance(cell, str):
        return cell
    if spent := re.fullmatch(r"PT([0-9]+)H([0-9]+)M([0-9]+)(?:[.,]([0-9]+))?S", cell):  # of more than a day
        hours, minutes, seconds, part = spent.groups()
        return _digits(round(int(hours) * 3600 + int(minutes) * 60 + float(f"{seconds}.{part or 0}"), 2))
    return "".join(cell.split()) or None


def test_a_company_may_be_called_what_it_likes(reports: dict[str, Made]) -> None:
    once = reports["monthly"].document
    named = made(replace(once, cover=cover("=cmd|' /C calc'!A0 & Cía \ud800\x01" * 20)))
    assert formulas(named.built.xlsx) == 0
