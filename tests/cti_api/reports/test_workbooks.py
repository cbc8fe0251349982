"""The files of every report: each number where it belongs, charts, print set-up, no formula, and what LibreOffice makes
of them."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from python_calamine import CalamineWorkbook

from cti_api.reports.build import write
from cti_api.reports.kinds import REPORTS
from tests.support.built_reports import Made, charts, comparable, formulas, found, grid, plain, read_csv
from tests.support.hostile_cells import hostile_report
from tests.support.libreoffice import converted

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
        "Informe mensual acumulado por marca", "noviembre de 2026, hasta el 26/11", "Concesionario Los Andes S.A.",
        "26/11/2026 15:00", "America/Bogota", "llamadas efectivas / llamadas realizadas", "procedimiento P1 · P1 KPI",
        "bueno desde 35 %, malo por debajo de 25 %", "por vigilar",
    ):  # fmt: skip
        assert words in cells


def test_a_spreadsheet_of_a_country_with_commas_reads_the_csv(reports: dict[str, Made]) -> None:
    raw = reports["monthly"].built.csv["Por marca"]
    assert raw.startswith(b"\xef\xbb\xbf")
    assert csv.Sniffer().sniff(raw.decode("utf-8-sig"), ",;").delimiter == ","


def test_a_spreadsheet_opens_every_report_and_reads_the_same(reports: dict[str, Made], tmp_path: Path) -> None:
    """One start of LibreOffice for all of them: it repairs nothing, computes nothing, and has every chart."""
    every = reports | {"hostile": hostile_report()}
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
