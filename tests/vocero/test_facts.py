"""`vocero facts import`: a file of another system's, and what became of each row."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.shell import Shell

FILE = """\
tipo;id;fecha;apertura;renovado
caso resuelto;77;2024-11-02 20:00;2024-11-02 08:00;
contrato;C-9;2024-11-02;;sí
caso resuelto;78;2024-11-02 20:00;;
caso abierto;79;ayer;;
"""


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
