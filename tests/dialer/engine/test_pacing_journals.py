"""What a pacer was told and decided is on the disk, is decided again the same, and never stops the dialling."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from cti_api.errors import InputError
from cti_api.model.agents import AgentState
from cti_api.model.calls import CallResult
from cti_api.model.ids import AgentId
from dialer.engine.pacing_journals import PacingJournals
from dialer.pacing import progressive
from dialer.pacing.interface import Event, EventKind, PacingConfig
from dialer.pacing.journal import Header
from dialer.pacing.replay import Asked, Journal, Told, replay
from tests.dialer.engine.conftest import CAMPAIGN, one_process
from tests.support.house import House
from tests.support.little_asterisk import LittleAsterisk
from tests.support.thoughts import spec


@pytest.fixture
def tables(tmp_path: Path, sqlite_template: Path) -> str:
    """A store with tables and nothing in them."""
    return f"sqlite:///{shutil.copy(sqlite_template, tmp_path)}"


def again(header: Header) -> progressive.Progressive:
    return progressive.make_pacer(header.config, header.seed)


def lines_of(file: Path) -> list[str]:
    return file.read_text(encoding="ascii").splitlines(keepends=True)


async def a_call_and_a_talk(house: House) -> None:
    await house.sign_in("ana")
    await house.start(CAMPAIGN)
    busy = await house.call()
    await house.asterisk.ends(busy, 17)
    assert (await house.until_closed(busy)).result is CallResult.BUSY
    await house.until(lambda: len(house.asterisk.calls) == 2, "the next one is called")
    talked = await house.talk_in(house.asterisk.calls[1], "ana")
    await house.asterisk.ends(talked)
    await house.is_in("ana", AgentState.WRAP_UP)
    house.engine.desk.make_ready(AgentId("ana"))
    await house.until_closed(talked)
    over, pacing = house.engine.floor.clock.now(), house.engine.campaigns.runs[CAMPAIGN].pacing
    assert pacing is not None
    # What happened is told with the next decision.
    await house.until(lambda: bool(pacing.explanations.since(over)), "something is decided after it")


async def test_a_campaigns_journal_is_decided_again_to_the_last_bit(
    tables: str, tmp_path: Path, asterisk: LittleAsterisk
) -> None:
    folder = tmp_path / "journals"
    async with one_process(tables, tmp_path, asterisk, journals=PacingJournals(folder)) as house:
        await a_call_and_a_talk(house)
        assert house.engine.floor.followers.keys() == {CAMPAIGN}
    (file,) = files_in(folder)
    assert file.name.endswith(f"-{CAMPAIGN}.pacing")
    assert replay(lines_of(file), again) == []
    journal = Journal(lines_of(file))
    everything = list(journal)
    assert (journal.header.policy, journal.header.note.split()[0]) == ("progressive", CAMPAIGN)
    told = [each.event.kind for each in everything if isinstance(each, Told)]
    assert {EventKind.DIALED, EventKind.FAILED, EventKind.CONNECTED, EventKind.TALK_END, EventKind.WRAP_END} <= {*told}
    assert sum(each.taken.dial for each in everything if isinstance(each, Asked)) >= 2


async def test_a_folder_that_cannot_be_written_stops_no_call(
    tables: str, tmp_path: Path, asterisk: LittleAsterisk, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "journals"
    folder.write_text("a file is in its place")
    async with one_process(tables, tmp_path, asterisk, journals=PacingJournals(folder)) as house:
        await a_call_and_a_talk(house)
    assert "a pacing journal cannot be written" in caplog.messages


def files_in(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.pacing"))


def told_often(journals: PacingJournals, began: str, times: int) -> None:
    journal = journals.begin(spec(), began, PacingConfig(), 1, progressive.make_pacer(PacingConfig(), 1))
    for second in range(times):
        journal.pacer.observe(Event(EventKind.DIALED, float(second), f"call-{second}", None, 0.0))
    journal.end()


async def test_a_file_that_grows_too_large_is_broken_off_where_every_line_before_is_sound(tmp_path: Path) -> None:
    journals = PacingJournals(tmp_path, largest=2000)
    told_often(journals, "20261125T150000", 1000)
    await journals.flush()
    (file,) = files_in(tmp_path)
    assert 1000 < len(file.read_bytes()) <= 2000
    with pytest.raises(InputError, match="ends here without its last line"):
        list(Journal(lines_of(file)))


async def test_of_many_files_the_oldest_go_and_the_others_stay(tmp_path: Path) -> None:
    journals = PacingJournals(tmp_path, most=3)
    for day in range(11, 16):
        told_often(journals, f"202611{day}T150000", 2)
        await journals.flush()
    (tmp_path / "notes.txt").write_text("of somebody else")
    await journals.flush()
    assert [file.name[6:8] for file in files_in(tmp_path)] == ["13", "14", "15"]
    assert (tmp_path / "notes.txt").exists()


async def test_a_file_that_is_still_written_is_not_among_those_that_go(tmp_path: Path) -> None:
    journals, config = PacingJournals(tmp_path, most=1), PacingConfig()
    journal = journals.begin(spec(), "20261111T150000", config, 1, progressive.make_pacer(config, 1))
    for second in range(3):
        journal.pacer.observe(Event(EventKind.DIALED, float(second), f"call-{second}", None, 0.0))
        told_often(journals, f"2026111{second + 2}T150000", 2)
        await journals.flush()
    first, *_ = lines_of(tmp_path / f"20261111T150000-{spec().id}.pacing")
    assert first.startswith("vocero-pacing-journal 1 ")


async def test_a_call_that_ended_while_no_dialer_ran_is_told_to_the_next_ones_pacer_with_one_last_word(
    tables: str, tmp_path: Path, asterisk: LittleAsterisk
) -> None:
    async with one_process(tables, tmp_path, asterisk) as house:
        await house.sign_in("ana")
        await house.start(CAMPAIGN)
        left = await house.call()
        await asterisk.rings(left)
        await house.until(lambda: (flight := house.engine.floor.book.get(left)) is not None and flight.call.rang)
    asterisk.channels.clear()
    folder = tmp_path / "journals"
    async with one_process(tables, tmp_path, asterisk, journals=PacingJournals(folder)) as again:
        assert (await again.until_closed(left)).result is CallResult.INTERRUPTED
        decided = again.engine.campaigns.runs[CAMPAIGN].pacing
        assert decided is not None
        await again.until(lambda: decided.explanations.latest is not None, "the pacer is asked")
        seen = sum(decided.explanations.reasons.values())
        await again.until(lambda: sum(decided.explanations.reasons.values()) > seen, "and once more")
    (file,) = files_in(folder)
    told = [each.event for each in Journal(lines_of(file)) if isinstance(each, Told)]
    assert [event.kind for event in told if event.call_id == left] == [EventKind.DIALED, EventKind.CANCELLED]
