"""`vocero report`: what a person types for a report, and to see what was sent."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from cti_api.clock import SystemClock
from cti_api.reports.kinds import REPORTS
from cti_api.reports.run import RunId, RunStep
from tests.support.control_server import ControlServer
from tests.support.shell import Shell

CLOCK = SystemClock()


@pytest.fixture
def shell(server: ControlServer, alone: Shell, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.setenv("COLUMNS", "220")
    return alone


def test_a_report_is_written_as_workbook_and_as_csv(shell: Shell, tmp_path: Path) -> None:
    book, folder = tmp_path / "informe.xlsx", tmp_path / "hojas"
    said = shell("report", "weekly", "--week", "2026-W40", "-o", str(book), "--csv", str(folder)).err
    assert str(book) in said.replace("\n", "")
    assert CalamineWorkbook.from_path(book).sheet_names == list(REPORTS["weekly"].sheets)
    assert len(list(folder.glob("*.csv"))) == len(REPORTS["weekly"].sheets) - 1


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        (("report", "weekly"), "-o FILE.xlsx"),
        (("report", "weekly", "-o", "informe.pdf"), "ends in .xlsx"),
        (("report", "monthly", "-o", "x.xlsx", "--month", "octubre"), "is no period"),
        (("report", "campaign", "-o", "x.xlsx"), "say of which"),
        (("report", "again", "ffff"), "no id among the newest begins"),
    ],
)
def test_what_cannot_be_is_said_in_words(shell: Shell, typed: tuple[str, ...], says: str) -> None:
    assert says in shell(*typed, expect=2).err
    assert not Path("x.xlsx").exists()


def test_what_is_sent_by_itself_and_what_was_sent_are_told(server: ControlServer, shell: Shell) -> None:
    assert "mensual" in shell("report", "schedule").out
    assert "otra" in shell("report", "send", "campaign", "director@example.com", "--of", "otra", expect=1).err
    assert "There are none" in shell("report", "runs").err
    assert (
        "will be made and sent to director@example.com" in shell("report", "send", "weekly", "director@example.com").out
    )
    [run] = shell("report", "runs", "--json").json

    async def in_doubt() -> None:
        for step in (RunStep.BUILD, RunStep.GO, RunStep.NO_ANSWER):
            now = CLOCK.now() + timedelta(seconds=1)
            await server.store.report_runs.step(RunId(run["id"]), step, now, "No answer", message_id="<x@example.com>")

    server.do(in_doubt)
    shown = shell("report", "runs", "--state", "in_doubt").out
    assert run["id"][:8] in shown
    assert "<x@example.com>" in shown
    assert "director@example.com" in shell("report", "again", run["id"][:8]).out
    [fresh, old] = shell("report", "runs", "--json").json
    assert (fresh["again"], old["state"]) == (1, "closed")
    assert "Nothing of it is open" in shell("report", "close", fresh["id"]).out
