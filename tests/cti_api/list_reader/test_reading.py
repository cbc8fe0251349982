"""The reading process: its rows are those of the file, and what kills it kills nobody else."""

from __future__ import annotations

import io
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pytest

from cti_api.errors import InputError
from cti_api.lead_file.read import open_list
from cti_api.lead_file.rows import RejectedRow
from cti_api.list_reader import child
from cti_api.list_reader.reading import Reading, reading, start
from cti_api.list_reader.wire import Job
from cti_api.model.campaigns import ColumnMap
from cti_api.model.leads import NewLead
from tests.support.odd_files import ODD_FILES
from tests.support.sheets import archive, xlsx

COLUMNS = ColumnMap(
    name="nombre",
    phones=("tel",),
    external_key="placa",
    priority="prioridad",
    timezone="zona",
    valid_until="hasta",
    consent_channel="canal",
    consent_date="desde",
)
LIST = (
    "nombre;tel;placa;prioridad;zona;hasta;canal;desde;nota\n"
    "Ana;3001234567 / 68;A;2;America/La_Paz;31/12/2026;sms;01/02/2026;uno\n"
    "Eva;no;B;;;;;;dos\nLuz;3001234567;C;;;;;;tres\nPía;3101234567;D;;;;paloma;;cuatro\n"
)


@contextmanager
def file_of(folder: Path, content: bytes) -> Iterator[BinaryIO]:
    path = folder / "list"
    path.write_bytes(content)
    with path.open("rb") as file:
        yield file


def job(columns: ColumnMap = COLUMNS, *, guess: bool = False) -> Job:
    return Job(columns=columns, region="CO", timezone="America/Bogota", guess=guess)


def rows_of(opened: Reading) -> list[NewLead | RejectedRow]:
    rows: list[NewLead | RejectedRow] = []
    while batch := opened.next_rows():
        rows += batch
    return rows


def test_what_comes_over_is_what_was_read(tmp_path: Path) -> None:
    with file_of(tmp_path, LIST.encode("cp1252")) as file:
        here = open_list(file, COLUMNS, "CO", "America/Bogota")
        expected = list(here.rows)
        with reading(file, job()) as opened:
            assert opened.found == here.found
            rows = rows_of(opened)
            assert opened.share == 1.0
    assert rows == expected
    assert [row.own_cells for row in rows if isinstance(row, NewLead)] == [
        row.own_cells for row in expected if isinstance(row, NewLead)
    ]
    assert len({type(row) for row in rows}) == 2


@pytest.mark.parametrize("odd", [odd for odd in ODD_FILES if odd.refused], ids=lambda odd: odd.name)
def test_a_refusal_comes_over_with_its_faults(tmp_path: Path, odd: object) -> None:
    content, mapping, words = odd.content(), odd.mapping, odd.refused
    columns = ColumnMap(name="", phones=tuple(column for role, column in mapping if role == "phone"))
    with (
        file_of(tmp_path, content) as file,
        pytest.raises(InputError) as refusal,
        reading(file, job(columns, guess=True)),
    ):
        pass
    assert words in str(refusal.value)


def test_a_sheet_that_would_take_all_memory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows: list[list[str | int]] = [["nombre", "tel"], *([f"Ana {n}", 3_000_000_000 + n] for n in range(60_000))]
    assert child.MOST_MEMORY_BYTES >= 1024**3
    script = tmp_path / "small.py"
    script.write_text(
        "from cti_api.list_reader import child\nchild.MOST_MEMORY_BYTES = 16 * 1024 * 1024\nchild.main()\n"
    )
    monkeypatch.setattr("cti_api.list_reader.reading.READER", (str(script),))
    with (
        file_of(tmp_path, xlsx(rows)) as file,
        pytest.raises(InputError, match="import it in parts"),
        reading(file, job(ColumnMap(name="nombre", phones=("tel",)))) as opened,
    ):
        rows_of(opened)


def test_a_sheet_with_a_cell_at_its_far_end_is_refused(tmp_path: Path) -> None:
    book = xlsx([["nombre", "tel"], ["Ana", 3001234567]])
    with zipfile.ZipFile(io.BytesIO(book)) as made:
        parts = {name: made.read(name) for name in made.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    parts[sheet] = parts[sheet].replace(b"</sheetData>", far)
    with (
        file_of(tmp_path, archive(parts)) as file,
        pytest.raises(InputError, match=r"import it in parts|a list has at most"),
        reading(file, job(ColumnMap(name="nombre", phones=("tel",)))),
    ):
        pass


def test_whoever_waits_for_rows_of_a_reader_that_is_stopped_gets_none(tmp_path: Path) -> None:
    content = LIST + "".join(f"Ana {n};{3_200_000_000 + n};P{n};;;;;;x\n" for n in range(200_000))
    with file_of(tmp_path, content.encode()) as file:
        opened = start(file, job())
        rows: list[int] = []

        def read() -> None:
            while batch := opened.next_rows():
                rows.append(len(batch))

        thread = threading.Thread(target=read)
        thread.start()
        opened.stop()
        thread.join(10)
        assert not thread.is_alive()
        assert opened.next_rows() == []


def test_a_reader_killed_from_outside_is_told_as_a_list_that_cannot_be_read(tmp_path: Path) -> None:
    content = LIST + "".join(f"Ana {n};{3_200_000_000 + n};P{n};;;;;;x\n" for n in range(200_000))
    with file_of(tmp_path, content.encode()) as file, reading(file, job()) as opened:
        opened.next_rows()
        opened._process.kill()
        with pytest.raises(InputError, match="too large or too damaged"):
            rows_of(opened)
