"""The files of every report: each number where it belongs, charts, print set-up, and no formula anywhere."""

from __future__ import annotations

import csv
import io
import zipfile
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from python_calamine import CalamineWorkbook

from cti_api.reports.build import write
from cti_api.reports.kinds import REPORTS
from tests.support.built_reports import Made, charts, comparable, formulas, found, grid, plain, read_csv

KINDS = tuple(REPORTS)


@pytest.mark.parametrize("name", KINDS)
def test_a_report_has_the_sheets_that_its_kind_says(reports: dict[str, Made], name: str) -> None:
    built = reports[name].built
    assert tuple(CalamineWorkbook.from_filelike(io.BytesIO(built.xlsx)).sheet_names) == REPORTS[name].sheets
    assert tuple(built.csv) == REPORTS[name].sheets[1:]
    names = [built.file_name, *map(built.csv_file_name, built.csv)]
    assert len(set(names)) == len(names)
    assert all(each.isascii() and each == each.strip() and not set(each) & set('/\\:*?"<>| ') for each in names)


@pytest.mark.parametrize("name", KINDS)
def test_every_cell_of_every_table_stands_in_the_workbook(reports: dict[str, Made], name: str) -> None:
    report = reports[name]
    for sheet in report.document.sheets:
        cells = grid(report.built.xlsx, sheet.name)
        for table, rows in zip(sheet.tables, found(cells, sheet.tables), strict=True):
            assert [list(map(comparable, row)) for row in rows] == plain(table)


@pytest.mark.parametrize("name", KINDS)
def test_the_csv_has_the_same_tables(reports: dict[str, Made], name: str) -> None:
    report = reports[name]
    for sheet in report.document.sheets:
        lines = [row for row in read_csv(report.built.csv[sheet.name]) if row]
        for table, rows in zip(sheet.tables, found(lines, sheet.tables), strict=True):
            for cells, expected in zip(rows, plain(table), strict=True):
                for cell, value in zip(cells, expected, strict=True):
                    if isinstance(value, float):
                        # rounded, and a difference of shares is one here and percentage points in the workbook
                        assert min(abs(float(cell) - each) for each in (value, value / 100)) < 0.0501
                    else:
                        assert cell.removeprefix("'") == (value or "")


@pytest.mark.parametrize("name", KINDS)
def test_nothing_is_a_formula_and_every_chart_is_there(reports: dict[str, Made], name: str) -> None:
    report = reports[name]
    assert formulas(report.built.xlsx) == 0
    drawn = [chart for sheet in report.document.sheets for chart in sheet.charts if sheet.tables[chart.table].rows]
    lines = [chart for chart in drawn if chart.kind in ("pareto", "with_rate")]
    assert charts(report.built.xlsx) == len(drawn)
    assert lines or name in ("control", "survey")


@pytest.mark.parametrize("name", KINDS)
def test_a_sheet_is_printed_lying_with_its_headings_on_every_page(reports: dict[str, Made], name: str) -> None:
    with zipfile.ZipFile(io.BytesIO(reports[name].built.xlsx)) as archive:
        book = archive.read("xl/workbook.xml").decode()
        for place, sheet in enumerate(reports[name].document.sheets, start=2):
            written = archive.read(f"xl/worksheets/sheet{place}.xml").decode()
            assert 'orientation="landscape"' in written
            if len(sheet.tables) == 1:
                assert 'state="frozen"' in written
                assert f'name="_xlnm.Print_Titles" localSheetId="{place - 1}"' in book
            if len(sheet.tables[0].rows) > 1:
                assert "<autoFilter" in written


def test_every_part_of_the_package_is_well_formed_and_every_chart_draws_cells_that_are_there(
    reports: dict[str, Made],
) -> None:
    names = {"c": "http://schemas.openxmlformats.org/drawingml/2006/chart"}
    for report in reports.values():
        with zipfile.ZipFile(io.BytesIO(report.built.xlsx)) as archive:
            assert len(archive.namelist()) == len(set(archive.namelist()))
            for part in archive.namelist():
                tree = ElementTree.fromstring(archive.read(part))
                if part.startswith("xl/charts/"):
                    references = [each.text or "" for each in tree.findall(".//c:f", names)]
                    assert references
                    for each in references:
                        sheet = each.rpartition("!")[0].strip("'")
                        assert sheet in report.built.csv


def test_the_same_document_gives_the_same_bytes(reports: dict[str, Made]) -> None:
    once = reports["monthly"]
    assert write(once.document) == once.built
    later = replace(once.document, cover=replace(once.document.cover, company="Otra"))
    assert write(later).xlsx != once.built.xlsx


def test_the_cover_defines_every_indicator_in_spanish(reports: dict[str, Made]) -> None:
    cells = [cell for row in grid(reports["monthly"].built.xlsx, "Portada") for cell in row]
    for words in (
        "Informe mensual acumulado por marca", "noviembre de 2026", "Concesionario Los Andes S.A.", "26/11/2026 15:00",
        "America/Bogota", "llamadas efectivas / llamadas realizadas", "procedimiento P1 · P1 KPI",
        "bueno desde 35 %, bajo por debajo de 25 %", "por vigilar",
    ):  # fmt: skip
        assert words in cells


def test_a_spreadsheet_of_a_country_with_commas_reads_the_csv(reports: dict[str, Made]) -> None:
    raw = reports["monthly"].built.csv["Por marca"]
    assert raw.startswith(b"\xef\xbb\xbf")
    assert csv.Sniffer().sniff(raw.decode("utf-8-sig"), ",;").delimiter == ","
