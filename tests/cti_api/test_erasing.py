"""What an erasure leaves to be done on the disk is done, whoever dies meanwhile."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cti_api.clock import SystemClock
from cti_api.erasing import Eraser
from cti_api.journal_mask import mask_calls
from cti_api.model.calls import CallResult
from cti_api.model.leads import LeadState
from cti_api.store.erasures import StepKind
from cti_api.store.store import Store
from dialer.calls.journal import read_traces
from tests.support.shift import until
from tests.support.store import CAMPAIGN, T0, at, attempt_for, closed, move, new_leads, number
from vocero.lab.child import DIES_WITH_PARENT

CLOCK = SystemClock()
ROOT = Path(__file__).parents[2]


@pytest.fixture
async def store(url: str, tmp_path: Path) -> AsyncIterator[Store]:
    async with Store.open(url, clock=CLOCK, erasure_key=tmp_path / "erasure.key") as opened:
        await opened.campaigns.create(CAMPAIGN, "Mantenimiento", "id: mantenimiento\n", T0)
        yield opened


async def recorded(store: Store, folder: Path, calls: int) -> str:
    """Somebody with so many recorded calls; how they are found."""
    await store.leads.add(CAMPAIGN, new_leads(1), T0)
    for n in range(calls):
        [lead] = await store.leads.reserve(CAMPAIGN, 1, at(n), at(n + 1))
        attempt = attempt_for(lead, at(n), recording=f"call-{n}.wav")
        write(folder / attempt.recording, b"RIFF")
        await store.attempts.open(attempt)
        await store.attempts.close(closed(attempt, CallResult.BUSY, at(n)), move(LeadState.READY))
    return number(0).e164


def eraser(store: Store, folder: Path) -> Eraser:
    return Eraser(store, folder, folder.parent / "journal.csv")


async def left(store: Store, kind: StepKind = StepKind.RECORDING) -> list[str]:
    return [step.name for step in await store.erasures.steps() if step.kind is kind]


def write(file: Path, content: bytes) -> None:
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(content)


def read(file: Path) -> bytes:
    return file.read_bytes()


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def erase(store: Store, who: str) -> str:
    return (await store.erasures.erase(who, [who], "mesa", "pedido", at(10**4))).id


async def test_recordings_go_after_the_commit_and_are_struck_off(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "recordings"
    who = await recorded(store, folder, 3)
    write(folder / "of-somebody-else.wav", b"RIFF")
    write(tmp_path / "outside", b"")
    erasure = await erase(store, who)
    assert len(files_in(folder)) == 4
    assert await eraser(store, folder).carry_on(at(10**4))
    assert files_in(folder) == ["of-somebody-else.wav"]
    assert await store.erasures.unfinished() == await store.erasures.steps() == []
    [audit] = await store.erasures.all()
    assert (audit.id, audit.files, audit.finished_at) == (erasure, 3, at(10**4))
    assert await eraser(store, folder).carry_on(at(10**5))
    assert (await store.erasures.all()) == [audit]


async def test_what_cannot_be_removed_is_tried_again(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "recordings"
    who = await recorded(store, folder, 2)
    (folder / "call-0.wav").unlink()
    (folder / "call-0.wav").mkdir()
    await erase(store, who)
    assert not await eraser(store, folder).carry_on(at(10**4))
    assert await left(store) == ["call-0.wav"]
    (folder / "call-0.wav").rmdir()
    assert await eraser(store, folder).carry_on(at(10**4))
    assert await store.erasures.unfinished() == await store.erasures.steps() == []


async def test_a_recording_that_was_never_made_is_no_fault(store: Store, tmp_path: Path) -> None:
    who = await recorded(store, tmp_path / "recordings", 1)
    await erase(store, who)
    assert await eraser(store, tmp_path / "nowhere").carry_on(at(10**4))


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_an_eraser_killed_between_a_file_and_its_record_is_carried_on(
    store: Store, url: str, tmp_path: Path
) -> None:
    folder = tmp_path / "recordings"
    who = await recorded(store, folder, 3)
    await erase(store, who)
    holding = sqlite3.connect(tmp_path / "vocero.db", isolation_level=None)
    holding.execute("BEGIN IMMEDIATE")  # the file can be removed, that it was cannot be written
    worker = await asyncio.create_subprocess_exec(
        *(*DIES_WITH_PARENT, sys.executable, "-m", "tests.support.eraser", url, str(folder)), cwd=ROOT
    )
    await until(lambda: len(files_in(folder)) < 3, 30, "one is removed")
    worker.kill()
    await worker.wait()
    holding.close()
    assert await left(store) == ["call-0.wav", "call-1.wav", "call-2.wav"]
    assert await eraser(store, folder).carry_on(at(10**4))
    assert files_in(folder) == []
    assert await store.erasures.unfinished() == await store.erasures.steps() == []


JOURNAL = """\
"CHAN_START","1.0","{call}","{call}","Local/573000000000@vocero-out-0001;1",""
"CHAN_START","1.1","{call}-out","{call}","Local/573000000000@vocero-out-0001;2",""
"CHAN_START","1.2","1700000000.7","{call}","PJSIP/principal-00000003",""
"CHAN_START","1.3","{other}","{other}","Local/573009999999@vocero-out-0002;1",""
"VOCERO_DIALED","1.4","{call}-out","{call}","Local/573000000000@vocero-out-0001;2","cause=19 sip=180"
"HANGUP","1.5","{call}","{call}","Local/573000000000@vocero-out-0001;1","{{""hangupcause"":19}}"
"CHAN_START","1.6","{call}","{call}","Local/5730000000"""


async def test_numbers_go_out_of_asterisk_s_journal_and_nothing_else_does(store: Store, tmp_path: Path) -> None:
    who = await recorded(store, tmp_path / "recordings", 1)
    [call] = [record.attempt.id for record in await store.attempts.records(CAMPAIGN)]
    rows = JOURNAL.format(call=call, other="f" * 32).encode()
    journals = [tmp_path / name for name in ("journal.csv", "journal.csv.1", "journal.csv-20261123")]
    for journal in journals:
        write(journal, rows)
    write(tmp_path / "journal.csv.2.gz", rows)
    await erase(store, who)
    assert await eraser(store, tmp_path / "recordings").carry_on(at(10**4))
    whole = rows.replace(b"573000000000", b"000000000000")
    assert [read(journal) for journal in journals] == [whole] * 3
    assert read(tmp_path / "journal.csv.2.gz") == rows
    traces = [read_traces(each.decode().splitlines()) for each in (rows, whole)]
    assert traces[0] == traces[1], "the dialer reads the same of the call"


def test_a_journal_that_is_rotated_at_that_moment_is_masked_and_the_new_one_stays_whole(tmp_path: Path) -> None:
    journal, rotated, begun = tmp_path / "journal.csv", tmp_path / "journal.csv.1", tmp_path / "begun"
    row, new_row = JOURNAL.format(call="a" * 32, other="f" * 32).splitlines()[0], b'"CHAN_END","2.0","","","",""\n'
    others = JOURNAL.format(call="e" * 32, other="f" * 32).rpartition("\n")[0]
    write(journal, f"{others}\n".encode() * 4000 + f"{row}\n".encode())
    over = threading.Event()

    def rotate() -> None:
        while not over.is_set():
            journal.rename(rotated)
            write(begun, new_row)
            begun.rename(journal)
            assert read(journal) == new_row
            rotated.replace(journal)

    with ThreadPoolExecutor(1) as other:
        rotating = other.submit(rotate)
        try:
            masked = 0
            while not masked and not rotating.done():
                masked = mask_calls(journal, ["a" * 32])
        finally:
            over.set()
        rotating.result()
    assert read(journal).endswith(row.replace("573000000000", "0" * 12).encode() + b"\n")


async def test_a_journal_that_cannot_be_written_is_tried_again(store: Store, tmp_path: Path) -> None:
    who = await recorded(store, tmp_path / "recordings", 1)
    [call] = [record.attempt.id for record in await store.attempts.records(CAMPAIGN)]
    write(tmp_path / "journal.csv", JOURNAL.format(call=call, other="f" * 32).encode())
    await erase(store, who)
    unreadable = tmp_path / "journal.csv.1"
    unreadable.symlink_to("/proc/self/mem")  # a file whose first byte is an error of the disk, for root too
    assert not await eraser(store, tmp_path / "recordings").carry_on(at(10**4))
    assert await left(store, StepKind.JOURNAL) == [call]
    assert await left(store) == []
    unreadable.unlink()
    assert await eraser(store, tmp_path / "recordings").carry_on(at(10**4))
    assert await store.erasures.unfinished() == await store.erasures.steps() == []
