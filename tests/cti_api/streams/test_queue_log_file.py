"""The file of the queue_log: each line once, whatever ends the process and whoever takes the file away."""

from __future__ import annotations

import asyncio
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from cti_api.clock import SystemClock
from cti_api.model.agents import Agent
from cti_api.model.events import Event, EventKind
from cti_api.model.ids import AgentId, CampaignId, QueueId
from cti_api.relay import Relay
from cti_api.store.store import Store
from cti_api.streams.log_file import Kept, LogFile
from cti_api.streams.queue_log_writer import READER, QueueLog
from tests.support.consuming import becomes
from tests.support.queue_files import QUEUE_FILE
from tests.support.store import CAMPAIGN, T0, event
from vocero.lab.child import DIES_WITH_PARENT

CLOCK = SystemClock()
ROOT = Path(__file__).parents[3]
NOTHING = Kept(seq=0, known="nothing")


def lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "queue_log"


def a_file(path: Path) -> tuple[LogFile, Kept]:
    file = LogFile(path)
    return file, file.begin(NOTHING)


def begun(path: Path) -> LogFile:
    file, _ = a_file(path)
    return file


# ------------------------------------------------------------------ the file alone


def test_it_goes_on_where_it_was(path: Path) -> None:
    file, kept = a_file(path)
    assert kept == NOTHING
    file.add(("a", "b"), 7, {"x": 1})
    again, kept = a_file(path)
    assert (kept.seq, kept.known) == (7, {"x": 1})
    again.add(("c",), 8, None)
    assert lines(path) == ["a", "b", "c"]


@pytest.mark.parametrize("left", ["b\nc\n", "b\nhalf of a li", "b"])
def test_what_a_process_wrote_and_died_before_it_could_say_so_is_cut_off(path: Path, left: str) -> None:
    begun(path).add(("a",), 7, None)
    with path.open("a", encoding="utf-8") as dying:
        dying.write(left)
    file, kept = a_file(path)
    assert kept.seq == 7
    file.add(("b", "c"), 9, None)
    assert lines(path) == ["a", "b", "c"]


def test_lines_that_were_there_before_stay(path: Path) -> None:
    path.write_text("of somebody else\n", encoding="utf-8")
    begun(path).add(("a",), 1, None)
    begun(path).add(("b",), 2, None)
    assert lines(path) == ["of somebody else", "a", "b"]


def test_a_file_that_is_moved_away_goes_on_as_a_new_one(path: Path) -> None:
    file = begun(path)
    file.add(("a",), 1, None)
    moved = path.rename(path.with_name("queue_log.1"))
    file.add(("b",), 2, None)
    assert (lines(moved), lines(path)) == (["a"], ["b"])


def test_a_file_that_is_moved_away_in_the_moment_of_a_death_is_found_and_cut(path: Path) -> None:
    begun(path).add(("a",), 1, None)
    with path.open("a", encoding="utf-8") as dying:
        dying.write("b\n")
    moved = path.rename(path.with_name("queue_log.1"))
    path.touch()
    file, kept = a_file(path)
    file.add(("b",), kept.seq + 1, None)
    assert (lines(moved), lines(path)) == (["a"], ["b"])


def test_who_dies_with_the_first_lines_of_a_new_file_leaves_none_of_them(path: Path) -> None:
    file = begun(path)
    file.add(("a",), 1, None)
    path.rename(path.with_name("queue_log.1"))
    # what is said before lines go into a new file: it has none of ours
    file.add((), 1, None)
    beside = path.with_name(".queue_log.kept")
    before = beside.read_bytes()
    file.add(("b",), 2, None)
    beside.write_bytes(before)
    file, kept = a_file(path)
    assert kept.seq == 1
    file.add(("b",), 2, None)
    assert lines(path) == ["b"]


def test_a_file_that_is_emptied_goes_on_at_its_end(path: Path) -> None:
    file = begun(path)
    file.add(("a", "b"), 1, None)
    os.truncate(path, 0)
    file.add(("c",), 2, None)
    begun(path).add(("d",), 3, None)
    assert lines(path) == ["c", "d"]


def test_a_file_that_is_another_one_now_loses_nothing(path: Path) -> None:
    """Somebody has copied the folder to another disk."""
    begun(path).add(("a",), 1, None)
    copy = path.with_name("copy")
    copy.write_text("a\nand more\n", encoding="utf-8")
    path.unlink()
    copy.rename(path)
    begun(path).add(("b",), 2, None)
    assert lines(path) == ["a", "and more", "b"]


@pytest.mark.parametrize("said", ["", "{", "[]", '{"seq": "x"}', "null"])
def test_where_nobody_can_read_what_was_said_it_goes_on_at_the_end(path: Path, said: str) -> None:
    begun(path).add(("a",), 1, None)
    path.with_name(".queue_log.kept").write_text(said, encoding="utf-8")
    file, kept = a_file(path)
    assert kept == NOTHING
    file.add(("b",), 2, None)
    assert lines(path) == ["a", "b"]


# ------------------------------------------------------------------ the reader


@asynccontextmanager
async def writing(store: Store, path: Path) -> AsyncIterator[QueueLog]:
    relay, reader = Relay(store.outbox), QueueLog(path, store, CLOCK)
    await store.outbox.join(READER)  # from here on
    async with asyncio.TaskGroup() as tasks:
        work = [tasks.create_task(relay.run()), tasks.create_task(reader.run(relay))]
        yield reader
        for task in work:
            task.cancel()


def told(kind: EventKind, at: float, payload: dict[str, object], **ids: str) -> Event:
    return event(kind, T0 + timedelta(seconds=at), payload=payload, **ids)


async def test_an_agent_is_a_member_of_the_queues_and_campaigns_they_serve(store: Store, path: Path) -> None:
    await store.queues.put(QueueId("soporte"), QUEUE_FILE, T0)
    await store.agents.add(Agent(id=AgentId("ana"), name="Ana", campaigns=(CampaignId(CAMPAIGN),)), T0)
    async with writing(store, path):
        await store.outbox.append(told(EventKind.AGENT_STATE, 0, {"state": "ready"}, agent_id="ana"))
        await becomes(lambda: path.exists() and len(lines(path)) == 2)
        # the next one begins from what was known
    async with writing(store, path):
        await store.outbox.append(told(EventKind.AGENT_STATE, 5, {"state": "logged_off"}, agent_id="ana"))
        await becomes(lambda: len(lines(path)) == 4)
    found = [line.split("|", 2)[2] for line in lines(path)]
    names = ("soporte", CAMPAIGN)
    assert found == [f"{name}|Agent/ana|{what}|" for what in ("ADDMEMBER", "REMOVEMEMBER") for name in names]


async def test_a_disk_that_cannot_be_written_is_waited_for(
    store: Store, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path.mkdir()  # noqa: ASYNC240 - nothing can be written there, whoever runs the tests
    async with writing(store, path):
        await store.outbox.append(told(EventKind.CALLER_QUEUED, 0, {"queue": "ventas"}, call_id="c1"))
        await becomes(lambda: "events wait for the queue_log" in caplog.text)
    path.rmdir()  # noqa: ASYNC240
    async with writing(store, path):
        await becomes(lambda: path.exists() and len(lines(path)) == 1)


async def test_killed_again_and_again_it_has_each_line_once(store: Store, url: str, path: Path) -> None:
    await killed(store, url, path, calls=600, kills=2)


@pytest.mark.long
@pytest.mark.timeout(600)
async def test_killed_twenty_times_it_has_each_line_once(store: Store, url: str, path: Path) -> None:
    await killed(store, url, path, calls=20_000, kills=20)


async def killed(store: Store, url: str, path: Path, calls: int, kills: int) -> None:
    await store.outbox.join(READER)
    names = [f"c{call:05}" for call in range(calls)]
    for at, name in enumerate(names):
        ids = {"call_id": name, "agent_id": "ana"}
        await store.outbox.append(
            told(EventKind.CALLER_QUEUED, at, {"queue": "ventas"}, **ids),
            told(EventKind.CALLER_JOINED, at + 5, {"queue": "ventas"}, **ids),
            told(EventKind.CALLER_CLOSED, at + 65, {"queue": "ventas", "outcome": "answered"}, **ids),
        )
    while await store.outbox.number():
        pass
    step = calls * 100 // kills  # bytes, of about 130 that a call has
    for kill in range(kills):
        await worker_until(url, path, beyond=1 + kill * step)
    await worker_until(url, path, beyond=None)
    found = Counter((fields[1], fields[4]) for fields in (line.split("|") for line in lines(path)))
    assert found == Counter((name, what) for name in names for what in ("ENTERQUEUE", "CONNECT", "COMPLETECALLER"))
    assert {line.count("|") for line in lines(path)} == {7}  # none is cut


async def worker_until(url: str, path: Path, beyond: int | None) -> None:
    """Let a worker write until the file is longer than that, and kill it; None: let it come to the end."""
    worker = await asyncio.create_subprocess_exec(
        *DIES_WITH_PARENT, sys.executable, "-m", "tests.support.queue_log_worker", url, str(path), cwd=ROOT
    )
    if beyond is not None:
        await becomes(lambda: (path.exists() and path.stat().st_size > beyond) or worker.returncode is not None)
        if worker.returncode is None:
            worker.kill()
    async with asyncio.timeout(60):
        assert await worker.wait() in ((0,) if beyond is None else (0, -9))
