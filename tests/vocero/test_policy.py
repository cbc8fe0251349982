"""`vocero policy`: answers without any store or running system."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cti_api.law import shipped
from vocero.cli import main

CO = Path(shipped.__file__).parent / "packs" / "co.yaml"
CASES = [
    {"at": "2026-11-24T15:00:00Z", "region": "CO", "zone": None, "purpose": "commercial", "channel": "voice"},
    {"at": "2026-07-13T15:00:00Z", "region": "CO", "zone": None, "purpose": "collections", "channel": "sms"},
    {"at": "2026-11-24T15:00:00Z", "region": "CL", "zone": "America/Santiago", "purpose": "survey", "channel": "email"},
]


class Shell:
    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: str, expect: int = 0) -> tuple[str, str]:
        self._capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main(["policy", *arguments])
        captured = self._capsys.readouterr()
        assert int(left.value.code or 0) == expect, captured
        return captured.out, captured.err


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    Path("cases.json").write_text(json.dumps(CASES), encoding="utf-8")
    return Shell(capsys)


def answers(shell: Shell, *more: str) -> list[dict[str, Any]]:
    found = json.loads(shell("ask", "--cases", "cases.json", "--json", *more)[0])
    assert isinstance(found, list)
    return found


def test_each_case_is_answered_in_its_order(shell: Shell) -> None:
    found = answers(shell)
    assert [each["allowed"] for each in found] == [True, False, False]
    assert found[1] == {
        "allowed": False,
        "rule": "co-2300-art3-hours",
        "reason": "No es seguro si el 13 de julio de 2026 es festivo (Virgen de Chiquinquirá, que no está en la Ley 51 "
        "de 1983; se cita una Ley 2578 de 2026 sin comprobar): "
        "no se contacta a nadie hasta que un administrador lo confirme en el paquete.",
        "next_open": "2026-07-14T12:00:00Z",
    }
    assert found[2]["next_open"] is None


def test_no_case_has_no_answer(shell: Shell) -> None:
    Path("cases.json").write_text("[]", encoding="utf-8")
    assert answers(shell) == []


def test_a_person_reads_a_table(shell: Shell) -> None:
    out, _ = shell("ask", "--cases", "cases.json")
    for word in ("CO commercial voice", "yes", "no", "2026-07-14 12:00:00", "never by waiting"):
        assert word in out


def test_an_administrator_settles_a_day_in_a_pack_of_their_own(shell: Shell) -> None:
    settled = CO.read_text(encoding="utf-8").replace(
        "  disputed:\n", "  confirmed:\n    2026-07-13: working_day\n  disputed:\n"
    )
    Path("co.yaml").write_text(settled, encoding="utf-8")
    assert [each["allowed"] for each in answers(shell, "--pack", "co.yaml")] == [True, True, False]
    shell("ask", "--cases", "cases.json", "--pack", "co.yaml", "--pack", "co.yaml", expect=2)


@pytest.mark.parametrize("name", shipped.SHIPPED)
def test_the_shipped_packs_are_in_order(shell: Shell, name: str) -> None:
    out, err = shell("check", str(CO.with_name(f"{name}.yaml")))
    assert "is in order" in err
    assert "prudence" in out
    shown = json.loads(shell("check", str(CO.with_name(f"{name}.yaml")), "--json")[0])
    assert shown["pack"] == name
    assert shown["rules"]


def test_faults_are_told_in_clear_lines(shell: Shell) -> None:
    Path("bad.yaml").write_text(CO.read_text(encoding="utf-8").replace("07:00-19:00", "7-19", 1), encoding="utf-8")
    out, err = shell("check", "bad.yaml", expect=2)
    assert out == ""
    assert "rules.co-2300-art3-hours.days.mon-fri[0]: must be" in err
    Path("cases.json").write_text('[{"at": "today"}]', encoding="utf-8")
    assert "[0].at: must be a UTC instant" in shell("ask", "--cases", "cases.json", expect=2)[1]
    Path("cases.json").write_bytes(b"\xff\xfe")
    assert shell("ask", "--cases", "cases.json", expect=2)[1] == "✗ cases.json cannot be read: it is not UTF-8\n"
    Path("bad.yaml").write_bytes(b"\xff")
    assert "not UTF-8" in shell("check", "bad.yaml", expect=2)[1]
    assert "No such file" in shell("ask", "--cases", "nothing.json", expect=2)[1]
