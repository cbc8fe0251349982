"""`vocero leads suppress --file`: a list of people who said no, as somebody keeps it."""

from __future__ import annotations

from pathlib import Path

import pytest

from cti_api.model.phone import PhoneNumber
from tests.support.control_server import ControlServer
from tests.support.sheets import xlsx
from tests.support.shell import Shell

CSV = (
    "Nombre;Teléfono;Teléfono 2;Vigente hasta\n"
    "Ana;300 123 4567;601 742 0000;\n"
    "Luis;+57 (300) 123-4568;;2026-01-01\n"
    "Eva;nada;;\n"
    "Ana otra vez;3001234567;3101112233;\n"
    "Pía;3.00E+09;300 123 4570;\n"
)
TAKEN = ["+573001234567", "+576017420000", "+573001234568", "+573101112233", "+573001234570"]


@pytest.fixture
def shell(server: ControlServer, alone: Shell) -> Shell:
    return alone


def refused(server: ControlServer, *numbers: str) -> list[bool]:
    return [server.do(lambda each=each: server.store.suppression.contains(PhoneNumber(each))) for each in numbers]


def test_every_number_of_every_row_is_taken_and_the_rest_comes_back_with_its_line(
    shell: Shell, server: ControlServer
) -> None:
    Path("bajas.csv").write_text(CSV, encoding="cp1252")
    command = ("leads", "suppress", "--file", "bajas.csv", "--source", "carta de la SIC", "--rejected", "left.csv")
    said = shell(*command, "--json").json
    assert (said["numbers"], said["new"], said["rejected"], said["source"]) == (5, 5, 2, "carta de la SIC")
    assert [row["line"] for row in said["rejected_rows"]] == [4, 6]
    assert refused(server, *TAKEN) == [True] * 5
    left = Path("left.csv").read_text(encoding="utf-8-sig").splitlines()
    assert left[0] == "line,column,reason,Nombre,Teléfono,Teléfono 2,Vigente hasta"
    assert left[1].startswith("4,Teléfono,")
    again = shell(*command, "--json").json
    assert (again["numbers"], again["new"]) == (5, 0)


def test_plain_numbers_without_a_heading_and_a_spreadsheet_are_read(shell: Shell, server: ControlServer) -> None:
    Path("bajas.txt").write_text("3001234567\n+57 601 742 0000\n59171234567\n", encoding="utf-8")
    told = shell("leads", "suppress", "--file", "bajas.txt").out
    assert "numbers of bajas.txt will not be called again" in told
    assert refused(server, "+573001234567", "+576017420000") == [True, True]
    Path("bajas.xlsx").write_bytes(xlsx([["Celular"], ["300 222 3344"], [3002223345]]))
    shell("leads", "suppress", "--file", "bajas.xlsx")
    assert refused(server, "+573002223344", "+573002223345") == [True, True]


def test_one_number_or_one_file(shell: Shell) -> None:
    assert "one number, or a file" in shell("leads", "suppress", expect=2).err
    Path("x.csv").write_text("telefono\n3001234567\n", encoding="utf-8")
    assert "one number, or a file" in shell("leads", "suppress", "+573001234567", "--file", "x.csv", expect=2).err
    assert "cannot be read" in shell("leads", "suppress", "--file", "none.csv", expect=2).err
    assert "no country" in shell("leads", "suppress", "--file", "x.csv", "--region", "XX", expect=2).err
    Path("none.csv").write_text("", encoding="utf-8")
    shell("leads", "suppress", "--file", "none.csv", expect=2)
