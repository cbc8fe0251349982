"""Lists on the command line: looked at first, brought in, and what was not taken handed back."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tests.support.campaigns import CAMPAIGN_FILE
from tests.support.control_server import ControlServer
from tests.support.odd_files import ODD_FILES
from tests.support.sheets import xlsx
from tests.support.shell import Shell

ENTRIES = ["refused", "message", "data_rows", "leads", "rejected", "duplicates", "e164", "names", "rejected_rows"]
LIST = (
    "Listado de clientes\n\nNombre;Celular;Placa;Nota\nJimena Niño;300 123 4567 / 601 555 0100;A;=1+1\n"
    "=cmd|calc;3.0E+09;B;-x\n;;;\nEva;+57 300 123 4567;C;@y\nPía;3101234567 / 12;D;z\n"
)


@pytest.fixture
def alone(alone: Shell) -> Shell:
    """With a list."""
    Path("list.csv").write_text(LIST, encoding="cp1252")
    return alone


@pytest.fixture
def shell(server: ControlServer, alone: Shell) -> Shell:
    Path("campaign.yaml").write_text(CAMPAIGN_FILE, encoding="utf-8")
    alone("campaign", "create", "campaign.yaml")
    return alone


def test_a_preview_needs_no_system_and_tells_every_row(alone: Shell) -> None:
    found = alone("leads", "preview", "list.csv", "--region", "CO", "--json").json
    assert list(found) == ENTRIES
    assert (found["refused"], found["data_rows"]) == (False, 4)
    assert (found["leads"], found["rejected"], found["duplicates"]) == (2, 1, 1)
    assert found["e164"] == ["+573001234567", "+576015550100", "+573101234567"]
    assert found["names"] == dict(zip(found["e164"], ["Jimena Niño", "Jimena Niño", "Pía"], strict=True))
    assert [(row["line"], row["column"]) for row in found["rejected_rows"]] == [(5, "Celular")]
    assert sorted(Path().iterdir()) == [Path("list.csv")]


def test_a_preview_shows_how_the_list_is_read_and_its_first_rows(alone: Shell) -> None:
    said = alone("leads", "preview", "list.csv", "--region", "co").out
    for words in (
        "Latin-1", "semicolon", "Header in line 3, 1 title lines above it", "name Nombre · phone Celular",
        "+573001234567, +576015550100", "rejected Celular: the spreadsheet rounded", "duplicate Celular",
        "without Celular: `12`", "2 of 4 rows would be leads",
    ):  # fmt: skip
        assert words in said


def test_a_mapping_says_which_column_is_what(alone: Shell) -> None:
    Path("list.csv").write_text("a;b;c\nx;3001234567;3101234567\n")
    mapping = ("--map", "phone=c", "--map", "name=a")
    found = alone("leads", "preview", "list.csv", "--region", "CO", "--json", *mapping).json
    assert found["names"] == {"+573101234567": "x"}
    assert (
        "a column can be: name"
        in alone("leads", "preview", "list.csv", "--region", "CO", "--map", "fax=c", expect=2).err
    )
    assert (
        "write --map phone=COLUMN"
        in alone("leads", "preview", "list.csv", "--region", "CO", "--map", "c", expect=2).err
    )


@pytest.mark.parametrize("odd", ODD_FILES[::5], ids=lambda odd: odd.name)
def test_a_preview_accounts_for_every_row_of_an_odd_file(alone: Shell, odd: object) -> None:
    Path("odd").write_bytes(odd.content())
    mapping = [each for role, column in odd.mapping for each in ("--map", f"{role}={column}")]
    refused = bool(odd.refused)
    region = odd.region
    found = alone("leads", "preview", "odd", "--region", region, "--json", *mapping, expect=2 * refused).json
    assert list(found) == ENTRIES
    assert found["refused"] is refused
    assert found["leads"] + found["rejected"] + found["duplicates"] == found["data_rows"]
    assert found["rejected"] == len(found["rejected_rows"])
    assert found["leads"] == len(odd.leads)


@pytest.mark.parametrize(("region", "file"), [("XX", "list.csv"), ("CO", "nothing.csv"), ("CO", ".")])
def test_a_preview_that_cannot_be_is_refused_in_json_too(alone: Shell, region: str, file: str) -> None:
    said = alone("leads", "preview", file, "--region", region, "--json", expect=2)
    found = json.loads(said.out) if said.out else {"refused": True, "message": said.err}
    assert found["refused"]
    assert found["message"]


def test_what_is_not_taken_comes_back_as_a_list_to_be_mended(shell: Shell) -> None:
    columns = ("--name", "Nombre", "--phone", "Celular")
    said = shell("leads", "import", "mantenimiento", "list.csv", *columns, "--rejected", "rejected.csv")
    assert "2 of 4 rows are now leads" in said.out
    assert "2 rows were not taken, 1 of them is in the list twice, 1 cell was left out" in said.out
    text = Path("rejected.csv").read_text(encoding="utf-8-sig")
    first, second, third = csv.DictReader(text.splitlines())
    assert (first["line"], first["Nombre"], first["Celular"], first["Nota"]) == ("5", "'=cmd|calc", "3.0E+09", "'-x")
    assert (second["Celular"], second["Nota"]) == ("'+57 300 123 4567", "'@y")
    assert (third["line"], third["row_kept"]) == ("8", "True")
    mended = text.replace("3.0E+09", "3201234567")
    Path("mended.csv").write_text(mended, encoding="utf-8-sig")
    said = shell("leads", "import", "mantenimiento", "mended.csv", *columns, "--json").json
    assert (said["imported"], said["already_there"]) == (1, 2)
    (lead,) = shell("leads", "why", "3201234567", "--json").json
    assert lead["name"] == "=cmd|calc"


def test_a_source_remembers_its_columns(shell: Shell) -> None:
    assert "No source is known yet" in shell("leads", "sources").err
    shell(
        "leads", "import", "mantenimiento", "list.csv", "--source", "spiga", "--map", "phone=Celular", "--map",
        "name=Nombre", "--map", "key=Placa",
    )  # fmt: skip
    Path("later.xlsx").write_bytes(xlsx([["Nombre", "Celular", "Placa"], ["Luz", 3201234567, "Z"]]))
    assert "1 of 1 rows" in shell("leads", "import", "mantenimiento", "later.xlsx", "--source", "spiga").out
    assert "phone Celular · key Placa" in shell("leads", "sources").out
    assert shell("leads", "sources", "--json").json[0]["name"] == "spiga"


def test_one_person_is_added_and_told_of(shell: Shell) -> None:
    said = shell(
        "leads", "add", "mantenimiento", "--phone", "300 123 4567 / 12", "--name", "Óscar Muñoz", "--priority", "5",
        "--field", "placa=XYZ", "--expires", "2031-12-31T18:00:00-05:00",
    )  # fmt: skip
    assert "+573001234567" in said.out
    assert "too short" in said.err
    assert "called once the campaign runs" in said.err
    assert "in the campaign already" in shell("leads", "add", "mantenimiento", "--phone", "3001234567", expect=1).err
    for wrong in (
        ("--phone", "no"),
        ("--phone", "3101234567", "--expires", "pronto"),
        ("--phone", "3", "--field", "x"),
    ):
        assert "Traceback" not in shell("leads", "add", "mantenimiento", *wrong, expect=2).err


def test_the_file_for_what_is_not_taken_is_never_the_list(shell: Shell) -> None:
    shell("leads", "import", "mantenimiento", "list.csv", "--rejected", "./list.csv", expect=2)
    assert Path("list.csv").read_text(encoding="cp1252") == LIST
