"""Copies of a SQLite store, taken while it works and put back."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cti_api.clock import SystemClock
from cti_api.errors import Conflict, InputError, SettingsError
from cti_api.store.backup import backup, compact, restore
from cti_api.store.migrate import upgrade
from cti_api.store.store import Store
from tests.support.store import CAMPAIGN, T0, new_leads

CLOCK = SystemClock()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def place(folder: Path) -> str:
    return f"sqlite:///{folder}/vocero.db"


@pytest.fixture
async def made(place: str) -> None:
    """A store with a campaign of 200 leads; nobody works with it now."""
    await upgrade(place, CLOCK)
    async with Store.open(place, clock=CLOCK) as store:
        await store.campaigns.create(CAMPAIGN, "Mantenimiento", "id: mantenimiento\n", T0)
        await store.leads.add(CAMPAIGN, new_leads(200), T0)


@pytest.fixture
async def working(made: None, place: str) -> AsyncIterator[Store]:
    """The same, at work."""
    async with Store.open(place, clock=CLOCK) as store:
        yield store


async def leads_in(file: Path) -> int:
    async with Store.open(f"sqlite:///{file}", clock=CLOCK) as store:
        counts = await store.campaigns.counts(CAMPAIGN)
        return sum(counts.leads_by_state.values())


async def test_a_copy_is_one_file_with_all_that_was_committed(working: Store, place: str, folder: Path) -> None:
    told: list[tuple[int, int]] = []
    backup(place, folder / "copy.db", lambda done, total: told.append((done, total)))
    assert await leads_in(folder / "copy.db") == 200
    assert told[-1][0] == told[-1][1] > 0
    assert (folder / "copy.db").stat().st_mode & 0o777 == 0o600


async def test_the_copy_is_whole_while_leads_are_written(working: Store, place: str, folder: Path) -> None:
    async def write() -> None:
        for first in range(1000, 3000, 100):
            await working.leads.add(CAMPAIGN, new_leads(100, first=first), T0)

    await asyncio.gather(write(), *(asyncio.to_thread(backup, place, folder / f"copy-{n}.db") for n in range(4)))
    for n in range(4):
        assert (await leads_in(folder / f"copy-{n}.db") - 200) % 100 == 0, "no batch is half there"


async def test_what_was_lost_since_the_copy_is_what_was_written_since(made: None, place: str, folder: Path) -> None:
    async with Store.open(place, clock=CLOCK) as store:
        backup(place, folder / "copy.db")
        await store.leads.add(CAMPAIGN, new_leads(50, first=1000), T0)
    aside = await restore(place, folder / "copy.db")
    assert await leads_in(folder / "vocero.db") == 200
    assert aside == folder / "vocero.db.old-1"
    assert await leads_in(aside) == 250, "nothing that was there is lost"


async def test_a_damaged_store_is_replaced_with_what_lay_beside_it(made: None, place: str, folder: Path) -> None:
    backup(place, folder / "copy.db")
    (folder / "vocero.db").write_bytes(b"nothing of a database" * 1000)
    (folder / "vocero.db-wal").write_bytes(b"of another file")
    with pytest.raises(SettingsError):
        await leads_in(folder / "vocero.db")
    await restore(place, folder / "copy.db")
    assert await leads_in(folder / "vocero.db") == 200
    assert (folder / "vocero.db.old-1-wal").exists()


async def test_nothing_is_put_back_under_a_dialer_that_runs(working: Store, place: str, folder: Path) -> None:
    backup(place, folder / "copy.db")
    await working.lease.acquire("a dialer", T0)
    with pytest.raises(Conflict, match="Stop it first"):
        await restore(place, folder / "copy.db")
    await working.lease.release()
    await restore(place, folder / "copy.db")


async def test_a_copy_overwrites_nothing(working: Store, place: str, folder: Path) -> None:
    (folder / "copy.db").write_text("something of somebody's")
    with pytest.raises(Conflict, match="is there already"):
        backup(place, folder / "copy.db")
    assert (folder / "copy.db").read_text() == "something of somebody's"
    with pytest.raises(SettingsError, match="cannot be written"):
        backup(place, folder / "no" / "such" / "copy.db")


@pytest.mark.parametrize("content", [b"", b"no database at all" * 100, None])
async def test_what_is_no_copy_of_a_store_is_not_put_in_its_place(
    made: None, place: str, folder: Path, content: bytes | None
) -> None:
    copied = folder / "copy.db"
    if content is None:
        sqlite3.connect(copied).execute("CREATE TABLE others (x INTEGER)")
    else:
        copied.write_bytes(content)
    with pytest.raises(InputError):
        await restore(place, copied)
    assert await leads_in(folder / "vocero.db") == 200
    assert not (folder / "vocero.db.old-1").exists()


async def test_what_an_earlier_version_left_in_free_pages_is_gone_from_a_compacted_store(
    made: None, place: str, folder: Path
) -> None:
    earlier = sqlite3.connect(folder / "vocero.db", isolation_level=None)
    earlier.execute("PRAGMA secure_delete=OFF")  # Debian's SQLite overwrites unless told not to; others do not
    earlier.execute("UPDATE contacts SET name = 'Zoraida Quevedo' || id")
    earlier.execute("UPDATE contacts SET name = ''")
    earlier.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    earlier.close()
    assert b"Zoraida" in file_content(folder / "vocero.db")
    before, after = await compact(place)
    assert before >= after > 0
    assert b"Zoraida" not in file_content(folder / "vocero.db")
    assert await leads_in(folder / "vocero.db") == 200


async def test_a_store_is_not_compacted_under_a_dialer_that_runs(working: Store, place: str) -> None:
    await working.lease.acquire("somebody", T0)
    with pytest.raises(Conflict, match="Stop it first"):
        await compact(place)


def file_content(file: Path) -> bytes:
    return file.read_bytes()


async def test_postgresql_has_its_own_tools(folder: Path) -> None:
    with pytest.raises(InputError, match="pg_dump"):
        backup("postgresql://vocero@localhost/vocero", folder / "copy.db")
