"""What the store says, and what works again, when the disk or the database fails (catalogue F24 to F27)."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from cti_api.clock import SystemClock
from cti_api.errors import SettingsError, StoreUnavailable
from cti_api.model.calls import CallResult
from cti_api.model.leads import LeadState
from cti_api.store.migrate import upgrade
from cti_api.store.opening import open_database
from cti_api.store.schema import campaigns
from cti_api.store.sqlite import SqliteDatabase
from cti_api.store.store import Store
from tests.support.postgres import PostgresServer
from tests.support.store import CAMPAIGN, T0, at, attempt_for, closed, event, move, new_leads

CLOCK = SystemClock()

only_sqlite = pytest.mark.parametrize("engine", ["sqlite"])
only_postgres = pytest.mark.parametrize("engine", ["postgresql"])


@pytest.fixture
async def impatient(url: str) -> AsyncIterator[Store]:
    """A store that waits for locks no longer than a fifth of a second, with a campaign of three leads."""
    async with Store.open(url, clock=CLOCK, busy_seconds=0.2) as store:
        await store.campaigns.create(CAMPAIGN, "Mantenimiento", "x", T0)
        await store.leads.add(CAMPAIGN, new_leads(3), T0)
        yield store


def path_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


# ------------------------------------------------------------------ locked


@only_sqlite
async def test_a_store_locked_by_another_program_is_unavailable_and_then_works_again(
    impatient: Store, url: str
) -> None:
    other = sqlite3.connect(path_of(url), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable, match="locked by another program"):
        await impatient.leads.reserve(CAMPAIGN, 1, T0, at(60))
    assert not impatient.writable
    assert (await impatient.campaigns.counts(CAMPAIGN)).leads == 3, "reading goes on"
    other.execute("ROLLBACK")
    other.close()
    await impatient.probe()
    assert impatient.writable
    assert len(await impatient.leads.reserve(CAMPAIGN, 1, T0, at(60))) == 1


@only_sqlite
async def test_nobody_behind_a_locked_store_waits_for_everybody_before_him(impatient: Store, url: str) -> None:
    other = sqlite3.connect(path_of(url), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    outcomes = await asyncio.gather(*(impatient.probe() for _ in range(50)), return_exceptions=True)
    other.execute("ROLLBACK")
    other.close()
    assert {type(outcome) for outcome in outcomes} == {StoreUnavailable}
    behind = [outcome for outcome in outcomes if "this write waited too long" in str(outcome)]
    assert len(behind) >= 40, "they waited for the lock one after the other"
    await impatient.probe()


@only_postgres
async def test_rows_locked_by_another_program_are_unavailable_and_then_work_again(
    impatient: Store, url: str, postgres_server: PostgresServer
) -> None:
    other = await open_database(url, CLOCK)
    held, let_go = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    async def hold() -> None:
        async with other._engine.begin() as connection:
            await connection.execute(sa.select(campaigns).with_for_update())
            held.set()
            await let_go.wait()

    holding = loop.create_task(hold())
    await held.wait()
    with pytest.raises(StoreUnavailable, match="locked by another program"):
        await impatient.campaigns.replace_spec(CAMPAIGN, "t", "y", at(1))
    assert not impatient.writable
    let_go.set()
    await holding
    await other.close()
    await impatient.campaigns.replace_spec(CAMPAIGN, "t", "y", at(1))
    assert impatient.writable


async def test_a_write_that_hangs_shows_before_it_fails(store: Store, url: str) -> None:
    class Late:
        """A clock that is two seconds further each time it is looked at."""

        seconds = 0.0

        def monotonic(self) -> float:
            self.seconds += 2.0
            return self.seconds

        now = SystemClock.now

    database = await open_database(url, Late())
    seen: list[bool] = []
    await database.write(lambda tx: seen.append(database.writable))
    assert seen == [False]
    assert database.writable
    await database.close()


# ------------------------------------------------------------------ full, read-only


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of three megabytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "none", folder], capture_output=True)
    if mounted.returncode:
        pytest.skip("a small file system can only be mounted by root")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


async def fill(store: Store, batch: int = 100) -> int:
    """Add leads until there is no room; returns how many went in."""
    done = 0
    for n in range(10_000):
        try:
            done += (await store.leads.add(CAMPAIGN, new_leads(batch, first=n * batch), T0)).added
        except StoreUnavailable as error:
            assert "full" in str(error) or "gave an error" in str(error)
            return done
    raise AssertionError("the disk never became full")


async def test_a_full_disk_is_unavailable_loses_nothing_and_works_again_with_room(small_disk: Path) -> None:
    url = f"sqlite:///{small_disk}/vocero.db"
    await upgrade(url, CLOCK)
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"x" * 1_000_000)
    async with Store.open(url, clock=CLOCK) as store:
        await store.campaigns.create(CAMPAIGN, "Mantenimiento", "x", T0)
        added = await fill(store)
        assert not store.writable
        added += await fill(store, batch=1)
        assert not store.writable
        assert (await store.campaigns.counts(CAMPAIGN)).leads == added
        ballast.unlink()
        [lead] = await store.leads.reserve(CAMPAIGN, 1, T0, at(60))
        assert store.writable
        attempt = attempt_for(lead)
        await store.attempts.open(attempt, event())
        await store.attempts.close(closed(attempt, CallResult.BUSY, at(1)), move(), event())
    check = sqlite3.connect(small_disk / "vocero.db")
    assert check.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    check.close()


@only_sqlite
async def test_a_store_at_its_own_limit_is_unavailable_and_works_again_when_raised(url: str) -> None:
    database = await open_database(url, CLOCK)
    assert isinstance(database, SqliteDatabase)
    store = Store(database)

    def limit(pages: int) -> None:
        sa.event.listen(database._write_engine, "connect", lambda raw, _: raw.execute(f"PRAGMA max_page_count={pages}"))
        database._writer.submit(database._drop).result()

    await store.campaigns.create(CAMPAIGN, "Mantenimiento", "x", T0)
    limit(120)
    added = await fill(store)
    limit(100_000)
    assert (await store.leads.add(CAMPAIGN, new_leads(10, first=2_000_000), T0)).added == 10
    counts = await store.campaigns.counts(CAMPAIGN)
    assert counts.leads_by_state == {LeadState.NEW: added + 10}
    await database.close()


async def test_a_read_only_disk_is_refused(small_disk: Path) -> None:
    url = f"sqlite:///{small_disk}/vocero.db"
    await upgrade(url, CLOCK)
    await asyncio.to_thread(subprocess.run, ["mount", "-o", "remount,ro", small_disk], check=True)
    with pytest.raises(SettingsError, match="its disk is read-only"):
        async with Store.open(url, clock=CLOCK):
            pass


@only_postgres
async def test_a_read_only_server_is_unavailable_and_works_again(
    impatient: Store, url: str, postgres_server: PostgresServer
) -> None:
    name = sa.make_url(url).database
    cut = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
    await postgres_server.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on", cut)
    try:
        with pytest.raises(StoreUnavailable):
            await impatient.probe()  # the connection was cut
        with pytest.raises(StoreUnavailable, match="read-only"):
            await impatient.probe()
    finally:
        await postgres_server.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only", cut)
    with pytest.raises(StoreUnavailable):
        await impatient.probe()
    await impatient.probe()
    assert impatient.writable


# ------------------------------------------------------------------ lost


@only_postgres
async def test_a_lost_connection_is_unavailable_once_and_then_there_is_a_new_one(
    impatient: Store, url: str, postgres_server: PostgresServer
) -> None:
    await asyncio.gather(*(impatient.probe() for _ in range(5)))
    name = sa.make_url(url).database
    await postgres_server.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
    with pytest.raises(StoreUnavailable, match=r"connection to the store is lost|stopped or started"):
        await impatient.probe()
    assert not impatient.writable
    assert len(await impatient.leads.reserve(CAMPAIGN, 3, T0, at(60))) == 3
    assert impatient.writable


async def test_a_server_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="cannot be reached"):
        async with Store.open(f"postgresql://postgres@/store?host={tmp_path}", clock=CLOCK):
            pass


async def test_a_database_that_does_not_exist_is_a_matter_of_settings(postgres_server: PostgresServer) -> None:
    with pytest.raises(SettingsError, match="does not exist"):
        async with Store.open(postgres_server.url("nobody"), clock=CLOCK):
            pass


# ------------------------------------------------------------------ wrong from the start


@pytest.mark.parametrize("url", ["", "vocero.db", "mysql://host/db", "sqlite://", "sqlite:///:memory:"])
async def test_a_url_that_is_no_store_is_refused_with_what_to_write(url: str) -> None:
    with pytest.raises(SettingsError, match="write sqlite:///path"):
        async with Store.open(url, clock=CLOCK):
            pass


async def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="No such file or directory"):
        await upgrade(f"sqlite:///{tmp_path}/no/such/vocero.db", CLOCK)


async def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "vocero.db"
    path.write_text("name;phone\n" * 1000)
    with pytest.raises(SettingsError, match="is damaged"):
        async with Store.open(f"sqlite:///{path}", clock=CLOCK):
            pass


@only_sqlite
async def test_a_damaged_store_is_refused(store: Store, url: str, tmp_path: Path) -> None:
    await store.leads.add(CAMPAIGN, new_leads(500), T0)
    copy = tmp_path / "copy.db"
    with sqlite3.connect(path_of(url)) as source, sqlite3.connect(copy) as target:
        source.backup(target)
    source.close()
    target.close()
    pages = bytearray(copy.read_bytes())
    for page in range(20, 40):
        pages[page * 4096 : page * 4096 + 64] = b"\xff" * 64
    copy.write_bytes(pages)
    with pytest.raises(SettingsError, match="put its last copy back"):
        async with Store.open(f"sqlite:///{copy}", clock=CLOCK):
            pass


async def test_a_store_too_large_to_be_looked_through_is_dialled_from_in_time_and_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    large = tmp_path / "large.db"
    with closing(sqlite3.connect(large)) as file:
        file.execute(
            "CREATE TABLE many AS WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n LIMIT 400000) "
            "SELECT i, hex(randomblob(20)) AS t FROM n"
        )
        file.commit()
    database = await SqliteDatabase.open(large, CLOCK, check_seconds=0.0)
    assert await database.read(lambda tx: tx.execute(sa.text("SELECT count(*) FROM many")).scalar_one()) == 400_000
    await database.close()
    assert [record.message for record in caplog.records if record.name == "cti_api.store.sqlite"] == [
        "the store is too large to be looked through whole at a start"
    ]
    caplog.clear()
    await (await SqliteDatabase.open(large, CLOCK, check_seconds=600.0)).close()
    assert not caplog.records


@only_sqlite
async def test_the_file_is_its_owners_alone(store: Store, url: str) -> None:
    for file in path_of(url).parent.glob("fresh.db*"):
        file.unlink()
    fresh = path_of(url).with_name("fresh.db")
    await upgrade(f"sqlite:///{fresh}", CLOCK)
    async with Store.open(f"sqlite:///{fresh}", clock=CLOCK) as opened:
        await opened.lease.acquire("me", T0)
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in fresh.parent.glob("fresh.db*")}
    assert set(modes.values()) == {0o600}
    assert len(modes) == 4, "database, log, shared memory, lock"
