"""`vocero facts import`: a file of another system's, and what became of each row."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.control_server import ControlServer
from tests.support.shell import Shell

FILE = """\
tipo;id;fecha;apertura;renovado
caso resuelto;77;2024-11-02 20:00;2024-11-02 08:00;
contrato;C-9;2024-11-02;;sí
caso resuelto;78;2024-11-02 20:00;;
caso abierto;79;ayer;;
"""


def test_hours_are_on_the_company_s_clock_or_on_the_one_that_is_said(server: ControlServer, alone: Shell) -> None:
    Path("hechos.csv").write_text("tipo;id;fecha\ncaso abierto;77;2024-11-02 20:00\n", encoding="utf-8")
    settings = "asterisk: {ami: {secret: 0123456789abcdef01}}\ntimezone: America/Mexico_City\n"
    Path("mexico.yaml").write_text(settings, encoding="utf-8")
    Path("mexico.yaml").chmod(0o600)
    told = ("facts", "import", "hechos.csv", "--system")
    alone("--settings", "mexico.yaml", *told, "mexico")
    alone("--settings", "mexico.yaml", *told, "madrid", "--timezone", "Europe/Madrid")
    events = server.do(server.store.outbox.number)
    assert [(each.payload["system"], each.payload["opened_at"]) for each in events] == [
        ("mexico", "2024-11-02T20:00:00-06:00"), ("madrid", "2024-11-02T20:00:00+01:00"),
    ]  # fmt: skip
    assert "is no time zone" in alone(*told, "mesa", "--timezone", "Bogotá", expect=2).err


@pytest.mark.usefixtures("server")
def test_each_row_of_a_file_is_counted_once_or_told_with_its_line(alone: Shell) -> None:
    Path("hechos.csv").write_text(FILE, encoding="utf-8")
    said = alone("facts", "import", "hechos.csv", "--system", "mesa").out
    assert "2 of 4 rows are counted: 2 new" in said
    assert "nobody told that this case was opened" in said
    answers = alone("facts", "import", "hechos.csv", "--system", "mesa", "--json").json
    assert [(each["line"], each["taken"]) for each in answers] == [
        (2, "same"), (3, "same"), (4, "unknown"), (5, "refused"),
    ]  # fmt: skip
