"""How a store is set up, on its disk and for those who read it at once."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from cti_api.clock import SystemClock
from cti_api.errors import InputError, StoreUnavailable
from cti_api.model.leads import LeadState
from cti_api.store.opening import open_database
from cti_api.store.schema import campaigns
from cti_api.store.sqlite import FileLock
from cti_api.store.store import Store
from tests.support.store import CAMPAIGN, T0, at, new_leads

CLOCK = SystemClock()

only_sqlite = pytest.mark.parametrize("engine", ["sqlite"])


def path_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


@only_sqlite
async def test_the_writing_connection_is_durable_and_takes_the_lock_before_it_reads(url: str) -> None:
    database = await open_database(url, CLOCK)
    other = sqlite3.connect(path_of(url), isolation_level=None, timeout=0.0, check_same_thread=False)

    def settings(tx: sa.Connection) -> tuple[object, ...]:
        asked = ("journal_mode", "synchronous", "foreign_keys")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        return tuple(tx.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in asked)

    full, normal = 2, 1
    assert await database.write(settings) == ("wal", full, 1)
    assert await database.write_lightly(settings) == ("wal", normal, 1)
    assert await database.write(settings) == ("wal", full, 1)
    await database.close()
    other.close()


async def test_a_reader_cannot_write(store: Store, url: str) -> None:
    database = await open_database(url, CLOCK)
    with pytest.raises(StoreUnavailable, match="read-only"):
        await database.read(lambda tx: tx.execute(sa.delete(campaigns)))
    await database.close()
    assert len(await store.campaigns.all()) == 1


async def test_a_reader_sees_one_moment(store: Store, url: str) -> None:
    database = await open_database(url, CLOCK)
    loop = asyncio.get_running_loop()
    counted = sa.select(sa.func.count()).select_from(campaigns)
    second: list[asyncio.Task[object]] = []
    first_look, written = asyncio.Event(), asyncio.Event()

    def look_twice(tx: sa.Connection) -> tuple[int, int]:
        before = tx.execute(counted).scalar_one()
        first_look.set()
        sa.util.await_(written.wait())
        return before, tx.execute(counted).scalar_one()

    second.append(loop.create_task(database.read(look_twice)))
    await first_look.wait()
    await store.campaigns.create("otra", "Otra", "", T0)
    written.set()
    assert await second[0] == (1, 1)
    await database.close()


async def test_a_cancelled_caller_leaves_a_store_that_works(store: Store) -> None:
    await store.leads.add(CAMPAIGN, new_leads(50), T0)
    loop = asyncio.get_running_loop()
    for n in range(40):
        task = loop.create_task(store.leads.reserve(CAMPAIGN, 1, T0, at(60)))
        for _ in range(n % 8):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    await store.probe()
    counts = (await store.campaigns.counts(CAMPAIGN)).leads_by_state
    assert sum(counts.values()) == 50
    left = await store.leads.reserve(CAMPAIGN, 50, T0, at(60))
    assert len(left) == counts.get(LeadState.NEW, 0)


async def test_text_no_database_keeps_is_an_input_error(store: Store) -> None:
    with pytest.raises(InputError, match="cannot be stored"):
        await store.campaigns.replace_spec(CAMPAIGN, "t", "\ud800", T0)


@only_sqlite
async def test_a_store_opened_twice_in_one_process_keeps_its_log_when_one_is_closed(store: Store, url: str) -> None:
    log = path_of(url).with_name("vocero.db-wal")
    async with Store.open(url, clock=CLOCK) as second:
        await second.probe()
    # Had the second dropped the first one's locks, its closing would have found itself alone and removed the log.
    assert log.exists()
    program = f"import sqlite3; c = sqlite3.connect({str(path_of(url))!r}); c.execute('UPDATE leads SET priority = 0')"
    other = await asyncio.create_subprocess_exec(sys.executable, "-c", program)
    assert await other.wait() == 0
    assert log.exists()


async def test_a_file_lock_is_held_by_one_at_a_time(tmp_path: Path) -> None:
    first, second = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")
    assert await first.take()
    assert not await second.take()
    await first.free()
    assert await second.take()
    assert (await first.held(), await second.held()) == (False, True)
    await second.free()
