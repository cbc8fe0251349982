"""The store or Asterisk is away: no call is placed, calls that are up go on, nothing is lost, and somebody is told why.

The customers' telephones say when calls came and whether talks went on.
"""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from os import kill
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from cti_api.errors import VoceroError
from cti_api.model.ids import AgentId, TrunkId
from tests.support.shift import attempts, campaign_file, get, invited, people, placed, post, staff, until, until_state
from tests.support.witness import journal_calls
from vocero.lab.asterisk import AsteriskProgram
from vocero.lab.customers import Behaviour, number
from vocero.lab.ports import LOOPBACK
from vocero.lab.rig import Rig, RigTrunk

pytestmark = [pytest.mark.asterisk, pytest.mark.timeout(240)]

TRUNK = TrunkId("operador-a")
BOUND_SECONDS = 60.0

STOP_DIALLING_SECONDS = 1.0
"""Failure catalogue F25: originates stop this soon after the store is known to be away."""
AWAY_SECONDS = 4.0
"""How long we look on while the store is away."""

DISK_MEGABYTES = 12


# ------------------------------------------------------------------------------------------------------------ the store


@contextmanager
def a_full_disk(store: Path) -> Iterator[None]:
    """Not a byte is left on the store's disk, nor room in the log that SQLite writes over and over."""
    own = sqlite3.connect(store)
    own.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    own.close()
    ballast = store.with_name("ballast")
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 4096)
        except OSError:
            pass
    try:
        yield
    finally:
        ballast.unlink()


@contextmanager
def a_locked_store(store: Path) -> Iterator[None]:
    """Another program holds SQLite's write lock."""
    other = sqlite3.connect(store, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system that is soon full."""
    folder = tmp_path / "disk"
    folder.mkdir()
    size = f"size={DISK_MEGABYTES}m"
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", size, "none", folder], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("a small file system can only be mounted by root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


async def test_a_full_disk_costs_no_call_no_talk_and_no_record(
    asterisk_program: AsteriskProgram, tmp_path: Path, small_disk: Path
) -> None:
    await _a_shift_without_a_store(asterisk_program, tmp_path / "rig", small_disk / "vocero.db", a_full_disk)


async def test_a_store_that_another_program_locks_costs_no_call_no_talk_and_no_record(
    asterisk_program: AsteriskProgram, tmp_path: Path
) -> None:
    await _a_shift_without_a_store(asterisk_program, tmp_path / "rig", tmp_path / "vocero.db", a_locked_store)


async def _a_shift_without_a_store(
    program: AsteriskProgram, folder: Path, store: Path, trouble: Callable[[Path], AbstractContextManager[None]]
) -> None:
    """While the store is away no call is placed and a talk goes on; afterwards every call is in the store."""
    talker = number(Behaviour.TALKS, 1)
    many = [number(Behaviour.HANGS_UP if n % 3 == 1 else Behaviour.BUSY, 100 + n) for n in range(600)]
    async with Rig(folder, program, trunks=[RigTrunk(id=TRUNK)], store_url=f"sqlite:///{store}") as rig:
        await rig.make_campaign("charla", campaign_file("charla", [TRUNK]), people([talker]))
        # all wait long for an agent: that nobody is abandoned is another test's affair
        file = campaign_file("lista", [TRUNK], calls_per_second=8, hold="10 s")
        await rig.make_campaign("lista", file, people(many))
        await staff(rig, ["charla"], "lia")
        await staff(rig, ["lista"], "ana", "luis", "marta")
        for campaign in ("charla", "lista"):
            await post(rig, f"/campaigns/{campaign}/start")
        await until(lambda: _state(rig, "lia", "busy"), BOUND_SECONDS, "somebody talks")
        await until(lambda: len(invited(rig)) > 10, BOUND_SECONDS, "the list is dialled")

        with trouble(store):
            await until(lambda: _store_is(rig, writable=False), BOUND_SECONDS, "it is seen that the store is away")
            seen_at = time.time()
            await asyncio.sleep(AWAY_SECONDS)
            journal = journal_calls(rig.asterisk.journal)
            late = [attempt for attempt, call in journal.items() if call.began > seen_at + STOP_DIALLING_SECONDS]
            assert late == []
            assert (await get(rig, "/campaigns/lista"))["alarm"] == "store"
            assert await _state(rig, "lia", "busy")
            assert rig.customers[TRUNK].counts()[talker].hung_up == 0
            dialed_before = len(invited(rig))

        await until(lambda: _store_is(rig, writable=True), BOUND_SECONDS, "the store is back")
        await until(lambda: len(invited(rig)) > dialed_before + 10, BOUND_SECONDS, "the list is dialled again")
        await post(rig, "/agents/lia/hangup")
        await until_state(rig, "charla", "completed", BOUND_SECONDS)
        await post(rig, "/campaigns/lista/drain")
        status = await until_state(rig, "lista", "completed", BOUND_SECONDS)

        tried = await attempts(rig, "charla", "lista")
        assert {one["state"] for one in tried} == {"closed"}
        assert {one["result"] for one in tried} <= {"connected", "busy", "never_dialed"}
        assert placed(tried) == invited(rig)
        assert set(invited(rig).values()) == {1}
        assert not status["leads_by_state"].keys() & {"reserved", "dialing"}, "a lead was left behind"
    check = sqlite3.connect(store)
    assert check.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    check.close()


# ------------------------------------------------------------------------------------------------------------- Asterisk


@pytest_asyncio.fixture
async def rig(asterisk_program: AsteriskProgram, tmp_path: Path) -> AsyncIterator[Rig]:
    """A rig with a campaign of one person and one agent, not begun."""
    async with Rig(tmp_path, asterisk_program, trunks=[RigTrunk(id=TRUNK)]) as rig:
        file = campaign_file("una", [TRUNK])
        await rig.make_campaign("una", file, people([number(Behaviour.HANGS_UP_AT_ONCE, 1)]))
        await staff(rig, ["una"], "ana")
        yield rig


async def test_a_wrong_password_is_told_and_nothing_is_dialled(rig: Rig) -> None:
    secret = rig.asterisk.ami_secret
    await rig.dialer.stop()
    _set(rig, secret="x" * 24)
    await rig.start_dialer()
    await until(lambda: _trouble(rig), BOUND_SECONDS, "the trouble with the link is told")
    trouble = await _trouble(rig)
    assert "does not let the manager user 'vocero' in" in trouble
    assert "\n" not in trouble
    await post(rig, "/campaigns/una/start")
    await until(lambda: _alarm(rig, "link_down"), BOUND_SECONDS, "the campaign says that it cannot dial")
    assert invited(rig) == {}
    await rig.dialer.stop()
    _set(rig, secret=secret)
    await rig.start_dialer()
    await until_state(rig, "una", "completed", BOUND_SECONDS)
    assert set(invited(rig).values()) == {1}


async def test_a_dialer_that_finds_no_asterisk_says_so_and_dials_when_there_is_one(rig: Rig) -> None:
    await rig.dialer.stop()
    await rig.asterisk.stop()
    await rig.start_dialer()
    await until(lambda: _trouble(rig), BOUND_SECONDS, "the trouble with the link is told")
    assert "connection refused" in await _trouble(rig)
    await post(rig, "/campaigns/una/start")
    await until(lambda: _alarm(rig, "link_down"), BOUND_SECONDS, "the campaign says that it cannot dial")
    await rig.asterisk.start()
    await rig.reconciled()
    assert await _trouble(rig) == ""
    # The agent never signed out: the softphone is found again and called, and the campaign goes on.
    await until_state(rig, "una", "completed", BOUND_SECONDS)
    assert set(invited(rig).values()) == {1}


async def test_a_second_dialer_on_the_same_store_is_refused_in_one_sentence(rig: Rig) -> None:
    said, code = await asyncio.to_thread(_up, rig.settings_file)
    assert code == 1
    assert said.count("\n") == 1
    assert "another dialer" in said.lower() or "already running" in said.lower()
    assert (await get(rig, "/status"))["reconciled"]


async def test_a_port_that_is_taken_is_refused_in_one_sentence(rig: Rig) -> None:
    await rig.dialer.stop()
    port = rig.ports.first + 3
    with socket.create_server((LOOPBACK, port)):
        said, code = await asyncio.to_thread(_up, rig.settings_file)
    assert code == 1
    assert said.splitlines()[-1].endswith(f"Port {port} of {LOOPBACK} is taken: set api.metrics_port to another")
    assert "Traceback" not in said


async def test_the_dialer_ends_at_once_also_while_a_softphone_rings(rig: Rig) -> None:
    await post(rig, "/agents/ana/logout")
    kill(rig.phones[AgentId("ana")].pid, signal.SIGSTOP)  # it rings, and nobody will ever answer
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_refused(rig.log_in(AgentId("ana"))))
            await until(lambda: _rings(rig), BOUND_SECONDS, "the softphone is called")
            await rig.dialer.stop()
    finally:
        kill(rig.phones[AgentId("ana")].pid, signal.SIGCONT)
    assert "dialer.engine.engine: stopped" in rig.dialer.output.read_text(), "it had to be killed"


# -------------------------------------------------------------------------------------------------------------- helpers


def _set(rig: Rig, *, secret: str) -> None:
    settings = json.loads(rig.settings_file.read_text())
    settings["asterisk"]["ami"]["secret"] = secret
    rig.settings_file.write_text(json.dumps(settings))


def _up(settings: Path) -> tuple[str, int]:
    """`vocero up` with these settings, until it ends by itself; what it said, and its exit code."""
    done = subprocess.run(
        [sys.executable, "-m", "vocero", "--settings", str(settings), "up"],
        capture_output=True,
        text=True,
        timeout=BOUND_SECONDS,
        check=False,
        cwd=settings.parent,
    )
    return done.stdout + done.stderr, done.returncode


async def _refused(asked: Any) -> None:
    """Something asked of a dialer that ends: it answers as it likes."""
    try:
        await asked
    except VoceroError:
        return


async def _state(rig: Rig, agent: str, state: str) -> bool:
    return bool((await get(rig, f"/agents/{agent}"))["state"] == state)


async def _store_is(rig: Rig, *, writable: bool) -> bool:
    return bool((await get(rig, "/status"))["store_writable"] is writable)


async def _trouble(rig: Rig) -> str:
    said = str((await get(rig, "/status"))["link_trouble"])
    return "" if said == "not tried yet" else said


async def _alarm(rig: Rig, alarm: str) -> bool:
    return bool((await get(rig, "/campaigns/una"))["alarm"] == alarm)


async def _rings(rig: Rig) -> bool:
    return any(name.startswith("PJSIP/ana-") for name in await rig.channels())
