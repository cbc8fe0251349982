"""Whatever people wrote is text in a report: in the package's XML, and in the CSV."""

from __future__ import annotations

import io
import re
import zipfile
from xml.etree import ElementTree
from xml.sax.saxutils import unescape

import pytest

from cti_api.reports.cell_text import LONGEST_TEXT, cell_text
from tests.support.built_reports import Made, formulas, grid, read_csv
from tests.support.hostile_cells import CELLS, TITLES, hostile, hostile_report


@pytest.fixture(scope="module")
def report() -> Made:
    return hostile_report()


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


def test_rows_and_footers_are_no_longer_than_excel_allows(report: Made) -> None:
    with zipfile.ZipFile(io.BytesIO(report.built.xlsx)) as archive:
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
        assert not re.search("[\r\x00\x0b\x1f\ufffe\ud800-\udfff]", clean)
    assert len(cell_text("😀" * 40_000)) == LONGEST_TEXT // 2
    assert cell_text("Niño\nPeña\t1") == "Niño\nPeña\t1"
