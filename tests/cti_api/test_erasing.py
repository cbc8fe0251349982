"""What an erasure leaves to be done on the disk is done, whoever dies meanwhile."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cti_api.clock import SystemClock
from cti_api.erasing import Eraser
from cti_api.model.calls import CallResult
from cti_api.model.leads import LeadState
from cti_api.store.store import Store
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


def write(file: Path, content: bytes) -> None:
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(content)


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
    assert await Eraser(store, folder).carry_on(at(10**4))
    assert files_in(folder) == ["of-somebody-else.wav"]
    assert await store.erasures.unfinished() == {}
    [audit] = await store.erasures.all()
    assert (audit.id, audit.files, audit.finished_at) == (erasure, 3, at(10**4))
    assert await Eraser(store, folder).carry_on(at(10**5))
    assert (await store.erasures.all()) == [audit]


async def test_what_cannot_be_removed_is_tried_again(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "recordings"
    who = await recorded(store, folder, 2)
    (folder / "call-0.wav").unlink()
    (folder / "call-0.wav").mkdir()
    erasure = await erase(store, who)
    assert not await Eraser(store, folder).carry_on(at(10**4))
    assert await store.erasures.unfinished() == {erasure: ["call-0.wav"]}
    (folder / "call-0.wav").rmdir()
    assert await Eraser(store, folder).carry_on(at(10**4))
    assert await store.erasures.unfinished() == {}


async def test_a_recording_that_was_never_made_is_no_fault(store: Store, tmp_path: Path) -> None:
    who = await recorded(store, tmp_path / "recordings", 1)
    await erase(store, who)
    assert await Eraser(store, tmp_path / "nowhere").carry_on(at(10**4))


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_an_eraser_killed_between_a_file_and_its_record_is_carried_on(
    store: Store, url: str, tmp_path: Path
) -> None:
    folder = tmp_path / "recordings"
    who = await recorded(store, folder, 3)
    erasure = await erase(store, who)
    holding = sqlite3.connect(tmp_path / "vocero.db", isolation_level=None)
    holding.execute("BEGIN IMMEDIATE")  # the file can be removed, that it was cannot be written
    worker = await asyncio.create_subprocess_exec(
        *(*DIES_WITH_PARENT, sys.executable, "-m", "tests.support.eraser", url, str(folder)), cwd=ROOT
    )
    await until(lambda: len(files_in(folder)) < 3, 30, "one is removed")
    worker.kill()
    await worker.wait()
    holding.close()
    assert files_in(folder) == ["call-1.wav", "call-2.wav"]
    assert await store.erasures.unfinished() == {erasure: ["call-0.wav", "call-1.wav", "call-2.wav"]}
    assert await Eraser(store, folder).carry_on(at(10**4))
    assert files_in(folder) == []
    assert await store.erasures.unfinished() == {}
