"""The control form's files, opened again as a spreadsheet does: text is text, days are days, and no memory is kept."""

from __future__ import annotations

import csv
import io
import tempfile
import tracemalloc
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from cti_api.errors import InputError
from cti_api.kpi.control_form import CellKind, FormColumn
from cti_api.lead_file.records import Record
from cti_api.lead_file.sheet import open_sheet
from cti_api.reports.control_sheet import MOST_ROWS, Row, columns_of, csv_lines, write_xlsx

COLUMNS = (
    FormColumn("Cliente"),
    FormColumn("Intento 1", CellKind.INSTANT),
    FormColumn("Intentos", CellKind.NUMBER),
    FormColumn("Fecha de la cita", CellKind.DAY),
    FormColumn("Hora de la cita", CellKind.HOUR),
)
HOSTILE = [
    "=cmd|' /C calc'!A0", "+573001234567", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1", "{=1}", "=HYPERLINK(\"http://x\")",
    "http://example.com", "3001234567", "<script>&amp;]]>", "\x01\x0b", "_x0041_", "Niño\nPeña", "x" * 40_000,
]  # fmt: skip
ON_THE_WALL = (datetime.fromisoformat("2026-11-26T15:00"), "America/Bogota")
BOOKED = {"made": 3, "kept": 1, "not_kept": 1, "cancelled": 0, "kept_rate": 0.5}
REPORT: dict[str, Any] = {
    "title": "=Mantenimiento", "leads_tried": 2, "calls_made": 3, "contacts": 1, "contact_rate": 1 / 3, "effective": 1,
    "effectiveness": 1 / 3, "appointments": BOOKED,
    "brands": [
        {
            "brand": "=Kia", "appointments": BOOKED | {"kept_rate": None},
            "calls": {"calls_made": 3, "contacts": 1, "contact_rate": 1 / 3, "effective": 1, "effectiveness": 1 / 3},
        }
    ],
}  # fmt: skip


def row(name: str) -> Row:
    return [name, "2026-11-25 09:30:00", 2, "2026-11-30 15:30:00", "2026-11-30 15:30:00"]


def book(*rows: Row) -> bytes:
    file = io.BytesIO()
    assert write_xlsx(file, COLUMNS, rows, lambda: REPORT, *ON_THE_WALL) == len(rows)
    return file.getvalue()


def opened(raw: bytes, sheet: str = "Control") -> list[list[Any]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(raw)).get_sheet_by_name(sheet).to_python()


def test_days_and_hours_are_real_ones() -> None:
    header, first, second = opened(book(row("Ana"), ["", None, 0, None, None]))
    assert header == [column.heading for column in COLUMNS]
    assert first == ["Ana", datetime.fromisoformat("2026-11-25T09:30"), 2.0, date(2026, 11, 30), time(15, 30)]
    assert second == ["", "", 0.0, "", ""]


def test_a_strangers_text_is_never_a_formula_a_number_or_a_link() -> None:
    raw = book(*[row(name) for name in HOSTILE])
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
        assert "<f>" not in sheet
        assert not any(
            "hyperlink" in archive.read(name).decode().lower() for name in archive.namelist() if ".rels" in name
        )
        assert sheet.count('t="inlineStr"') == len(HOSTILE) + len(COLUMNS)
    names = [cells[0] for cells in opened(raw)[1:]]
    assert all(isinstance(name, str) for name in names)
    assert names[:4] == HOSTILE[:4]
    assert len(names[-1]) == 32_767


def test_the_header_stays_in_sight_and_filters() -> None:
    with zipfile.ZipFile(io.BytesIO(book(row("Ana"), row("Eva")))) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert 'ySplit="1"' in sheet
    assert '<autoFilter ref="A1:E3"/>' in sheet
    assert 'customWidth="1"' in sheet


def test_what_was_filled_in_can_be_read_again() -> None:
    """By the first sheet, whose first line are the headings."""
    sheet = open_sheet(io.BytesIO(book(row("Ana"))))
    assert sheet.name == "Control"
    first, second = sheet.records
    assert isinstance(first, Record) and isinstance(second, Record)
    assert (list(first.cells), second.cells[0]) == ([column.heading for column in COLUMNS], "Ana")


def test_a_cover_says_what_it_is_and_what_its_figures_mean() -> None:
    cells = [cell for cells in opened(book(), "Portada") for cell in cells]
    for words in (
        "Formato de control: =Mantenimiento",
        "26/11/2026 15:00",
        "America/Bogota",
        "contactos / llamadas realizadas",
    ):
        assert words in cells


def test_the_indicators_are_on_the_second_sheet() -> None:
    found = {cells[0]: cells[1] for cells in opened(book(), "Indicadores")}
    assert found["Efectividad (llamadas efectivas / llamadas totales)"] == pytest.approx(1 / 3)
    assert (found["Citas agendadas"], found["Cumplimiento de citas"]) == (3.0, 0.5)
    assert found["Marca"] == "Llamadas"
    assert found["=Kia"] == 3.0


@pytest.mark.parametrize("separator", [",", ";"])
def test_the_csv_says_the_same_with_every_text_harmless(separator: str) -> None:
    text = "".join(csv_lines(COLUMNS, [row(name) for name in HOSTILE], lambda: REPORT, separator))
    assert text.startswith("\ufeff")
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=separator))
    names = [cells[0] for cells in rows[1 : len(HOSTILE) + 1]]
    for name, written in zip(HOSTILE, names, strict=True):
        assert written == (f"'{name}" if name[0] in "=+-@\t\r＝" else name)
    assert rows[1][1:] == ["2026-11-25 09:30", "2", "2026-11-30", "15:30"]
    below = {cells[0]: cells[1] for cells in rows[len(HOSTILE) + 2 :] if cells}
    assert (below["Efectividad (llamadas efectivas / llamadas totales)"], below["'=Kia"]) == ("33.3", "3")


def test_columns_come_as_the_api_gives_them() -> None:
    assert columns_of([{"heading": "Cliente", "kind": "text", "width": 16}]) == (COLUMNS[0],)


def test_more_rows_than_a_sheet_has_are_refused() -> None:
    def endless() -> Iterator[Row]:
        while True:
            yield [None] * 5

    with tempfile.TemporaryFile() as file, pytest.raises(InputError, match=r"write a \.csv"):
        write_xlsx(file, COLUMNS, endless(), lambda: REPORT, *ON_THE_WALL)
    assert MOST_ROWS == 1_048_575


def test_no_row_is_kept_in_memory() -> None:
    """The peak of 2,000 rows is about that of 200."""

    def peak(rows: int) -> int:
        tracemalloc.start()
        try:
            with tempfile.TemporaryFile() as file:
                write_xlsx(
                    file, COLUMNS, (row(f"Cliente {n} {'x' * 500}") for n in range(rows)), lambda: REPORT, *ON_THE_WALL
                )
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(10)  # what is made once
    assert peak(2000) < peak(200) + 200_000
