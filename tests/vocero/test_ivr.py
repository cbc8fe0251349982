"""`vocero ivr`: a tree is checked, tried, tested and drawn from its file alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.support.shell import Shell
from tests.support.trees import SMALL
from vocero.cli import _app

FRONT_DESK = Path(__file__).parents[2] / "examples" / "p4_front_desk"


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "300")
    Path("tree.yaml").write_text(SMALL, encoding="utf-8")
    return Shell(capsys, tmp_path / "no.sock")


def talk(*lines: str, options: tuple[str, ...] = (), tree: Path = FRONT_DESK / "tree.yaml") -> str:
    """A conversation in the terminal: what was shown."""
    result = CliRunner(env={"COLUMNS": "300"}).invoke(
        _app(), ["ivr", "try", str(tree), *options], input="".join(f"{line}\n" for line in lines)
    )
    assert result.exception is None, result.output
    return result.output


def test_a_sound_tree_is_in_order(shell: Shell) -> None:
    assert "is in order: 4 nodes, 6 ways" in shell("ivr", "check", "tree.yaml").out
    assert shell("ivr", "check", "tree.yaml", "--json").json == {"tree": "pequeno", "nodes": 4, "ways": 6, "faults": []}


def test_a_tree_with_faults_is_refused_with_line_and_path(shell: Shell) -> None:
    Path("tree.yaml").write_text(SMALL.replace("then: linea", "then: lina"), encoding="utf-8")
    refused = shell("ivr", "check", "tree.yaml", expect=2)
    assert "tree.yaml: The tree file has 1 fault" in refused.err
    assert "line 13, nodes.principal.choices[0].then: there is no node lina; did you mean `linea`?" in refused.err
    [fault] = shell("ivr", "check", "tree.yaml", "--json", expect=2).json["faults"]
    assert (fault["line"], fault["path"]) == (13, "nodes.principal.choices[0].then")


def test_a_queue_that_is_not_there_is_refused_where_the_queues_are_named(shell: Shell) -> None:
    assert "there is no queue ventas" in shell("ivr", "check", "tree.yaml", "--queues", "venta,caja", expect=2).err
    shell("ivr", "check", "tree.yaml", "--queues", "ventas", "--queues", "caja")


def test_a_recording_is_looked_for_beside_the_tree(shell: Shell) -> None:
    text = SMALL.replace("Le paso con un asesor.", "{text: Le paso con un asesor., file: sounds/asesor.wav}")
    Path("tree.yaml").write_text(text, encoding="utf-8")
    assert "there is no recording sounds/asesor.wav" in shell("ivr", "check", "tree.yaml", expect=2).err
    Path("sounds").mkdir()
    Path("sounds/asesor.wav").touch()
    shell("ivr", "check", "tree.yaml")


def test_a_tree_within_it_is_the_file_beside_it(shell: Shell) -> None:
    text = SMALL.replace("  principal:\n", "  principal: {sub_tree: saludo, version: 2, then: menu}\n  menu:\n")
    Path("tree.yaml").write_text(text, encoding="utf-8")
    assert "there is no tree saludo of version 2" in shell("ivr", "check", "tree.yaml", expect=2).err
    part = "{tree: saludo, title: s, timezone: UTC, is_part: true, start: a, fallback: b, nodes: "
    part += "{a: {say: Hola., then: return}, b: {hang_up: Adiós.}}}"
    Path("saludo.yaml").write_text(part, encoding="utf-8")
    shell("ivr", "check", "tree.yaml")
    Path("saludo.yaml").write_text(part.replace("tree: saludo", "tree: otra"), encoding="utf-8")
    assert "calls itself otra" in shell("ivr", "check", "tree.yaml", expect=2).err
    Path("saludo.yaml").write_text(part.replace("{say: Hola., ", "{sub_tree: saludo, version: 1, "), encoding="utf-8")
    assert "is a part of itself" in shell("ivr", "check", "tree.yaml", expect=2).err


def test_the_schema_is_json(shell: Shell) -> None:
    schema = json.loads(shell("ivr", "schema").out)
    assert schema["required"] == ["tree", "title", "timezone", "start", "fallback", "nodes"]


def test_cases_that_hold_are_counted_with_what_they_cover(shell: Shell) -> None:
    files = [str(FRONT_DESK / name) for name in ("tree.yaml", "cases.yaml")]
    out = shell("ivr", "cases", *files, "--full").out
    assert "nodes covered, 100 %" in out
    assert "ways covered, 100 %" in out
    told = shell("ivr", "cases", *files, "--json").json
    assert all(case["passed"] for case in told["cases"])
    assert told["coverage"]["ways_missed"] == []


def test_a_case_that_fails_is_told_with_its_line_and_the_exit_code(shell: Shell) -> None:
    Path("cases.yaml").write_text("at: 2026-11-25\ncases:\n  - {name: a, does: 2, end: queue x}\n", encoding="utf-8")
    out = shell("ivr", "cases", "tree.yaml", "cases.yaml", expect=1).out
    assert "line 3: ends with «hang_up», not with «queue x»" in out
    assert "0 of 1 cases as expected" in out
    Path("cases.yaml").write_text("at: 2026-11-25\ncases:\n  - {name: a, does: 2, end: hang_up}\n", encoding="utf-8")
    assert "2 of 4 nodes covered, 50 %; not: linea, asesor" in shell("ivr", "cases", "tree.yaml", "cases.yaml").out
    shell("ivr", "cases", "tree.yaml", "cases.yaml", "--full", expect=1)


def test_a_picture_is_written(shell: Shell) -> None:
    shell("ivr", "draw", "tree.yaml", "--out", "tree.svg")
    assert Path("tree.svg").read_text(encoding="utf-8").startswith("<svg")
    assert "cannot be written" in shell("ivr", "draw", "tree.yaml", "--out", "nowhere/tree.svg", expect=2).err


def test_a_conversation_goes_by_keys_words_and_silence(tmp_path: Path) -> None:
    answers = tmp_path / "answers.yaml"
    answers.write_text("estado-de-cuenta: {estado: en_mora, saldo: 80}\n", encoding="utf-8")
    options = ("--at", "2026-11-25 10:00", "--answers", str(answers))
    shown = talk("", "?", "quiero dar de baja", "1", "71234567", "sí", "waited", "1", options=options)
    said = [line[2:] for line in shown.splitlines() if line.startswith("▶")]
    assert said[0] == "Gracias por llamar a la Cooperativa Illimani."
    assert said[2].startswith("No le escuché. ¿En qué le puedo ayudar?")
    assert said[3].startswith("Disculpe, no le entendí.")
    assert "Su línea tiene una deuda de 80 bolivianos" in shown
    assert "waits in the queue cartera, 300 s at most" in shown
    assert "cartera will call back the number that calls" in shown
    assert "The call is over: hang_up" in shown


def test_look_ups_are_answered_by_whoever_types() -> None:
    options = ("--at", "2026-11-25 10:00")
    shown = talk("5", "1", "71234567", 'estado=faltan_requisitos falta="una carta"', "no", "no", options=options)
    assert "looks up estado-de-cuenta (linea = 71234567, tramite = cancelacion)" in shown
    assert "le falta lo siguiente: una carta" in shown
    assert "En este momento no puedo revisar" in talk("5", "1", "71234567", "failed", "hangs_up", options=options)


def test_when_the_input_ends_the_caller_is_gone() -> None:
    assert "The call is over: hangs_up" in talk("3", options=("--at", "2026-11-25 10:00"))


def test_a_time_that_is_none_is_refused(shell: Shell) -> None:
    assert "--at must be a day and time" in shell("ivr", "try", "tree.yaml", "--at", "tomorrow", expect=2).err
