"""`vocero simulate`: what if, from flags, from a campaign's file, from what a campaign has seen; and journals."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zlib import crc32

import pytest

from cti_api.model.calls import CallResult
from cti_api.model.ids import CampaignId
from cti_api.model.leads import LeadState, NewLead
from tests.support.control_server import ControlServer
from tests.support.plans import PLANNED
from tests.support.shell import Said, Shell
from tests.support.store import T0, at, attempt_for, closed, event, move, number

BRIEF = ("--hours", "0.3", "--shifts", "2")
BRIEFEST = ("--hours", "0.1", "--shifts", "1")
AGENTLESS = Path(__file__).parents[2] / "examples" / "p3_survey" / "campaign.yaml"


@pytest.fixture
def shell(alone: Shell, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """Where no system runs."""
    monkeypatch.setenv("COLUMNS", "150")
    Path("campaign.yaml").write_text(PLANNED, encoding="utf-8")
    return alone


def supposed(said: Said) -> dict[str, tuple[str, str]]:
    return {each["what"]: (each["value"], each["source"]) for each in said.json["supposed"]}


def words(text: str) -> str:
    return " ".join(text.split())


def test_a_question_in_flags_is_answered_with_a_table_and_bars(shell: Shell) -> None:
    said = shell("simulate", "--agents", "6", "--answer-rate", "25%", "--limit", "2 %", "--policy", "progressive",
                 "--policy", "vicidial-like", *BRIEF)  # fmt: skip
    text = words(said.out)
    for expected in (
        "agents 6 asked for",
        "abandonment limit 2 % asked for",
        "answered by a person 25 % asked for",
        "talk 150 s on average usual",
        "leads a list without end usual",
        "Utilisation % progressive █",
        "Abandoned % │ the limit",
        "2 shifts each, of the same people and the same talks",
        "-like: made after a published description, not the product itself.",
    ):
        assert expected in text
    (row,) = [line for line in said.out.splitlines() if line.strip().startswith("progressive") and "0 of 2" in line]
    assert "±" in row


def test_a_program_reads_every_shift_and_the_same_question_has_the_same_answer(shell: Shell) -> None:
    asked = ("simulate", "--policy", "ratio:2", "--agents", "3", "--leads", "120", "--json", *BRIEF)
    first = shell(*asked).json
    assert first == shell(*asked).json
    assert (first["agents"], first["limit"], first["leads"]) == (3, 0.03, 120)
    (row,) = first["policies"]
    assert row["policy"] == "ratio:2"
    assert [shift["seed"] for shift in row["shifts"]] == [1, 2]
    mean = sum(shift["utilisation"] for shift in row["shifts"]) / 2
    assert row["utilisation"]["mean"] == pytest.approx(mean)
    assert row["leads_left"]["mean"] < 120
    assert shell(*asked, "--seed", "9").json != first


def test_a_whole_comparison_goes_in_processes_of_its_own(shell: Shell) -> None:
    asked = ("simulate", "--policy", "progressive", "--agents", "2", "--hours", "2", "--json")
    many = shell(*asked, "--shifts", "3").json["policies"][0]["shifts"]
    assert many[:2] == shell(*asked, "--shifts", "2").json["policies"][0]["shifts"]


def test_a_list_that_ends_says_when_and_who_is_left(shell: Shell) -> None:
    said = shell("simulate", "--policy", "progressive", "--leads", "40", "--attempts", "2", "--again-after", "5min",
                 "--agents", "4", "--hours", "1", "--shifts", "2")  # fmt: skip
    text = words(said.out)
    assert "calls done, h left" in text
    assert "attempts 2 asked for between two attempts 5 min asked for" in text
    assert "The list is done after, hours progressive █" in text


def test_a_narrow_terminal_cuts_no_figure_off(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    said = shell("simulate", "--policy", "vicidial-like-available:2", "--leads", "200", "--agents", "3", *BRIEF)
    assert max(len(line) for line in said.out.splitlines()) <= 80
    assert "left" in said.out
    assert "…" not in said.out


def test_a_campaigns_file_gives_its_rules_and_its_limits(shell: Shell) -> None:
    said = shell(
        "simulate", "--campaign", "campaign.yaml", "--leads", "100", "--policy", "progressive", "--json", *BRIEF
    )
    found = supposed(said)
    assert found["abandonment limit"] == ("3 %", "campaign file")
    assert found["attempts"] == ("3", "campaign file")
    assert found["lines"] == ("30", "campaign file")
    assert found["answered by a person"] == ("30 %", "usual")
    assert found["limit in each half hour too"] == ("no", "campaign file")


def test_a_file_that_promises_each_half_hour_is_simulated_so_unless_one_says_otherwise(shell: Shell) -> None:
    Path("campaign.yaml").write_text(PLANNED + "abandonment:\n  half_hour: true\n", encoding="utf-8")
    asked = ("simulate", "--campaign", "campaign.yaml", "--policy", "progressive", "--json", "--leads", "100", *BRIEF)
    assert supposed(shell(*asked))["limit in each half hour too"] == ("yes", "campaign file")
    assert supposed(shell(*asked, "--no-half-hour"))["limit in each half hour too"] == ("no", "asked for")


async def lived(server: ControlServer) -> None:
    """Seventy calls: forty talks of two minutes, ten machines, ten busy lines, ten that rang out."""
    store, campaign = server.store, CampaignId("mantenimiento")
    results = [CallResult.CONNECTED] * 40 + [CallResult.MACHINE] * 10 + [CallResult.BUSY] * 10
    for n, result in enumerate(results + [CallResult.NO_ANSWER] * 10):
        await store.leads.add(campaign, [NewLead(name="Ana", phones=(number(n),))], T0)
        (lead,) = await store.leads.reserve(campaign, 1, T0, at(60))
        attempt = attempt_for(lead, at(n))
        await store.attempts.open(attempt)
        facts: dict[str, Any] = {}
        if result is CallResult.CONNECTED:
            facts = {
                "answered_at": at(n + 8),
                "connected_at": at(n + 9),
                "ended_at": at(n + 129),
                "disposition": "cita",
            }
        done = result is CallResult.CONNECTED
        state = move(LeadState.COMPLETED if done else LeadState.WAITING, not_before=None if done else at(900))
        await store.attempts.close(closed(attempt, result, at(n + 150), **facts), state, event())


def test_a_campaign_that_has_seen_something_is_simulated_as_it_was(server: ControlServer, shell: Shell) -> None:
    shell("campaign", "create", "campaign.yaml")
    server.do(lambda: lived(server))
    said = shell("simulate", "--campaign", "mantenimiento", "--policy", "progressive", "--json", *BRIEF)
    found, source = supposed(said), "70 calls of the campaign"
    assert found["answered by a person"] == ("57.1 %", source)
    assert found["answered by a machine"] == ("14.3 %", source)
    assert found["failing at once"] == ("14.3 %", source)
    assert found["talk"] == ("2 min on average", source)
    assert found["ring until an answer"] == ("8 s on average", source)
    assert found["leads"] == ("30", "campaign")
    flag = shell("simulate", "--campaign", "mantenimiento", "--talk", "3min", "--leads", "0", "--policy", "progressive",
                 "--json", *BRIEF)  # fmt: skip
    assert supposed(flag)["talk"] == ("3 min on average", "asked for")
    assert supposed(flag)["leads"] == ("a list without end", "asked for")


def test_a_campaign_that_has_seen_little_is_not_gone_by(server: ControlServer, shell: Shell) -> None:
    shell("campaign", "create", "campaign.yaml")
    said = shell("simulate", "--campaign", "mantenimiento", "--policy", "progressive", "--json", *BRIEF)
    assert supposed(said)["answered by a person"] == ("30 %", "usual")
    assert supposed(said)["leads"] == ("a list without end", "campaign")


def test_a_journal_is_written_and_decided_again(shell: Shell) -> None:
    shell("simulate", "--policy", "power:2", "--journal", "shift.journal", *BRIEFEST)
    text = Path("shift.journal").read_text(encoding="ascii")
    assert text.startswith('vocero-pacing-journal 1 {"config": ')
    said = shell("simulate", "--replay", "shift.journal")
    assert words(said.out) == "✓ 720 decisions, every one the same"
    assert shell("simulate", "--replay", "shift.journal", "--json").json == {
        "decisions": 720, "different": 0, "first": []
    }  # fmt: skip


def test_a_journal_that_another_pacer_would_decide_otherwise_says_where(shell: Shell) -> None:
    shell("simulate", "--policy", "power:2", "--journal", "shift.journal", *BRIEFEST)
    first, *rest = Path("shift.journal").read_text(encoding="ascii").splitlines()
    lines = [first.replace('"policy": "power:2"', '"policy": "vicidial-like"'), *rest]
    # a journal that somebody wrote by hand has no checksums to keep
    body = [line for line in lines if not line.startswith(("k", "z"))]
    Path("other.journal").write_text(
        "\n".join([*body, f"z{crc32(''.join(line + chr(10) for line in body).encode()):08x}\n"]), encoding="ascii"
    )
    said = shell("simulate", "--replay", "other.journal", expect=1)
    assert "decisions are not the same; the first:" in said.out
    assert ": dial " in said.out


def test_a_journal_that_was_cut_off_is_decided_again_as_far_as_it_goes(shell: Shell) -> None:
    shell("simulate", "--policy", "power:2", "--journal", "shift.journal", *BRIEFEST)
    text = Path("shift.journal").read_text(encoding="ascii")
    Path("shift.journal").write_text(text[: len(text) // 2], encoding="ascii")
    said = words(shell("simulate", "--replay", "shift.journal", expect=2).err)
    same, _, fault = said.partition(" decisions before the fault are the same")
    before, _, all_of_them = same.split(" ✓ ")[-1].partition(" of ")
    assert before == all_of_them and 300 < int(before) < 430
    assert "Not a sound journal: line" in fault


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "cannot be read: No such file or directory"),
        (b"", "Not a sound journal: line 0: a pacing journal begins with vocero-pacing-journal"),
        (b"\xff\xfe\x00\n", "Not a sound journal: line 1"),
        (b"x" * 1_100_000, "the line is too long"),
    ],
)
def test_what_is_no_journal_is_refused_in_one_sentence(shell: Shell, content: bytes | None, told: str) -> None:
    if content is not None:
        Path("odd.journal").write_bytes(content)
    assert told in words(shell("simulate", "--replay", "odd.journal", expect=2).err)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--policy", "predictiv"), "did you mean predictive?"),
        (("--answer-rate", "25"), "must be from 0 % to 100 %; 25 % is written `25 %`"),
        (("--talk", "long"), "--talk long: must be a length of time"),
        (("--limit", "60%"), "--limit 60%: must be from 0 % to 50 %"),
        (("--answer-rate", "80%", "--machines", "30%"), "More than 100 % of the calls"),
        (("--campaign", str(AGENTLESS)), "has no agents: it is agents whose shifts are simulated"),
        (("--campaign", "nothing.yaml"), "nothing.yaml cannot be read: there is no such file"),
        (("--attempts", "3"), "for a list that ends: say with --leads how long it is"),
        (("--journal", "nowhere/shift.journal"), "nowhere/shift.journal"),
    ],
)
def test_a_wrong_question_is_refused_with_what_to_write(shell: Shell, options: tuple[str, ...], told: str) -> None:
    assert told in words(shell("simulate", *options, expect=2).err)
