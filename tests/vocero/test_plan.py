"""`vocero campaign plan`: drawn from a file with no system running, or from the file of a campaign."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cti_api.law import shipped
from tests.support.control_server import control_server
from tests.support.plans import PLANNED
from tests.support.shell import Shell

CO = Path(shipped.__file__).parent / "packs" / "co.yaml"
FROM = ("--from", "2026-12-02T09:00")


@pytest.fixture
def shell(alone: Shell, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """Where no system runs."""
    monkeypatch.setenv("COLUMNS", "120")
    Path("campaign.yaml").write_text(PLANNED, encoding="utf-8")
    return alone


def steps(shell: Shell, *more: str) -> list[dict[str, Any]]:
    found = shell("campaign", "plan", "campaign.yaml", *FROM, "--json", *more).json["steps"]
    assert isinstance(found, list)
    return found


def test_the_calendar_has_its_days_parts_and_calls(shell: Shell) -> None:
    said = shell("campaign", "plan", "campaign.yaml", *FROM, "--results", "busy")
    lines = said.out.splitlines()
    assert lines[0].split() == ["Wed", "Thu", "Fri", "Sat", "Sun", "Mon"]
    (first,) = [line for line in lines if line.startswith("         09:00")]
    assert "①09:00" in first
    assert "↻11:00" in said.out
    (noon,) = [line for line in lines if line.startswith("midday")]
    assert noon.split()[:3] == ["midday", "12:00", "②12:00"]
    (night,) = [line for line in lines if line.startswith("         19:00")]
    assert night.split() == ["19:00", *["▒" * 8] * 6]
    for words in (
        "the next number, Fri 4 Dec 12:00 (2 days apart, midday's turn)",
        "waits until Wed 2 Dec 11:00: Deben pasar 2 h desde el contacto anterior. (co-attempts-gap)",
        "Exhausted on Mon 7 Dec 15:00: 3 attempts, 4 calls, 6 days from the first to the last.",
    ):
        assert words in " ".join(said.out.split())
    assert "line 21, retry.rules.busy.again_in: becomes 2 h" in said.err.replace("\n", " ")


def test_it_ends_with_what_follows_and_when_the_law_lets_it_go(shell: Shell) -> None:
    follow_ups = """\
follow_ups:
  - {name: aviso, on: exhausted, after: 5 h, message: {channel: whatsapp, template: hola, language: es_CO}}
"""
    Path("campaign.yaml").write_text(PLANNED + follow_ups, encoding="utf-8")
    said = " ".join(shell("campaign", "plan", "campaign.yaml", *FROM).out.split())
    assert "→ WhatsApp hola (aviso, after exhausted) Wed 9 Dec 07:00, at the person's own hours, not Mon 7 Dec" in said
    (told,) = shell("campaign", "plan", "campaign.yaml", *FROM, "--json").json["follow_ups"]
    assert told.endswith("20:00 (co-2300-art3-hours)")


def test_a_holiday_is_named_and_long_gaps_are_drawn_short(shell: Shell) -> None:
    Path("campaign.yaml").write_text(PLANNED.replace("days_apart: 2", "days_apart: 9"), encoding="utf-8")
    said = shell("campaign", "plan", "campaign.yaml", "--from", "2026-12-08")
    assert "✶ Tue 8 Dec: holiday La Inmaculada Concepción" in said.out
    assert "8 days" in said.out


def test_who_waits_for_hours_that_the_law_always_closes_waits_without_end_and_that_is_short(shell: Shell) -> None:
    late = PLANNED.replace("evening: 15:00-19:00", "night: 19:00-22:00").replace("08:00-19:00", "08:00-22:00")
    Path("campaign.yaml").write_text(late, encoding="utf-8")
    said = shell("campaign", "plan", "campaign.yaml", *FROM)
    assert "No end in sight: the lead is waiting" in said.out
    assert len(said.out.splitlines()) < 200
    assert "night: is closed by the law for all of its hours" in said.err.replace("\n", " ")
    assert "waits for it without end" in said.err.replace("\n", " ")


def test_a_program_reads_every_step(shell: Shell) -> None:
    first, *_, last = steps(shell, "--results", "machine,wrong_number")
    assert first == {
        "kind": "call", "at": "2026-12-02T14:00:00Z", "day_part": "morning", "attempt": 1, "number_kind": "mobile",
        "number": first["number"], "brings": "machine", "then": "next_phone:machine", "uses_attempt": True,
        "not_before": "2026-12-04T17:00:00Z",
    }  # fmt: skip
    assert last["then"] == "exhausted"
    whole = shell("campaign", "plan", "campaign.yaml", *FROM, "--json").json
    assert (whole["attempts"], whole["state"], whole["timezone"]) == (3, "exhausted", "America/Bogota")
    assert [(each["path"], each["line"]) for each in whole["doubts"]] == [("retry.rules.busy.again_in", 21)]


def test_another_country_and_another_pack_give_another_plan(shell: Shell) -> None:
    Path("co.yaml").write_text(CO.read_text("utf-8").replace("sat: 08:00-15:00", "sat: 08:00-09:00"), encoding="utf-8")
    at = ("--from", "2026-12-05T10:00", "--json")
    rules = {
        options: shell("campaign", "plan", "campaign.yaml", *at, *options).json["steps"][0].get("rule", "none")
        for options in ((), ("--pack", "co.yaml"), ("--region", "PE"), ("--region", "CL"))
    }
    assert list(rules.values()) == ["none", "co-2300-art3-hours", "pe-other-hours", "strict-unknown-country"]


def test_a_population_answers_by_the_hour(shell: Shell) -> None:
    asked = ("campaign", "plan", "campaign.yaml", *FROM, "--simulate", "50", "--answers", "0.1,evening=100%")
    found = shell(*asked, "--json").json
    assert (found["people"], found["outside"]) == (50, 0)
    assert found["answers"] == {"morning": 0.1, "midday": 0.1, "evening": 1.0, "": 0.1}
    assert found["reached"] == 50
    said = shell(*asked).out
    assert "evening (answered 100 %)" in said
    assert "0 calls outside of the law's hours" in said


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("nothing.yaml",), "there is no such file"),
        (("campaign.yaml", "--region", "Colombia"), "two letters"),
        (("campaign.yaml", "--from", "mañana"), "write a day as 2026-12-01"),
        (("campaign.yaml", "--from", "9999-12-31"), "between the years 2000 and 2200"),
        (("campaign.yaml", "--results", "bussy"), "did you mean busy"),
        (
            ("campaign.yaml", "--simulate", "9", "--answers", "night=2%"),
            "parts of the day are morning, midday, evening",
        ),
        (("campaign.yaml", "--simulate", "9", "--answers", "mucho"), "must be a share"),
    ],
)
def test_what_cannot_be_planned_is_refused_in_one_sentence(shell: Shell, options: tuple[str, ...], told: str) -> None:
    said = shell("campaign", "plan", *options, expect=2)
    assert told in said.err
    assert "Traceback" not in said.err


def test_a_file_with_a_contradiction_is_refused_with_its_line(shell: Shell) -> None:
    Path("campaign.yaml").write_text(PLANNED.replace("max_attempts: 3", "max_attempts: 4"), encoding="utf-8")
    said = shell("campaign", "plan", "campaign.yaml", expect=2)
    assert "line 12, retry.per_day_part: 4 attempts do not fit with one in each part of the day" in said.err


def test_a_campaign_that_is_there_is_planned_by_its_id(shell: Shell, tmp_path: Path) -> None:
    shell("campaign", "plan", "mantenimiento", expect=3)
    with control_server(tmp_path):
        made = shell("campaign", "create", "campaign.yaml")
        assert "line 21, retry.rules.busy.again_in: becomes 2 h" in " ".join(made.err.split())
        found = json.loads(shell("campaign", "plan", "mantenimiento", *FROM, "--json").out)
        assert [step["day_part"] for step in found["steps"]] == ["morning", "midday", "evening"]
        assert "There is no campaign otra." in shell("campaign", "plan", "otra", expect=1).err
