from __future__ import annotations

import asyncio
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from cti_api.clock import SystemClock
from cti_api.errors import Conflict, NotFound, SettingsError
from cti_api.store import migrate, postgres
from cti_api.store.migrate import upgrade
from cti_api.store.opening import open_database
from cti_api.store.schema import metadata, outbox_head, phones
from cti_api.store.store import Store
from tests.support.store import CAMPAIGN, T0, at, attempt_for, new_leads, number

CLOCK = SystemClock()


def shape(tx: sa.Connection) -> Any:
    """Everything the database says of its tables, in its own words, the version table left out."""
    if tx.dialect.name == "sqlite":
        rows = tx.execute(sa.text("SELECT type, name, sql FROM sqlite_master WHERE tbl_name != 'alembic_version'"))
        words = {(kind, name): sorted(re.sub(r"[\s\"]+", " ", sql or "").split(", ")) for kind, name, sql in rows}
        return {key: [part.strip(" )").replace("( ", "(") for part in parts] for key, parts in words.items()}
    queries = (
        "SELECT table_name, column_name, data_type, character_maximum_length, is_nullable, column_default"
        " FROM information_schema.columns WHERE table_schema = 'public'",
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace",
    )
    rows = [tuple(row) for query in queries for row in tx.execute(sa.text(query))]
    return sorted((row for row in rows if "alembic" not in str(row)), key=str)


async def test_the_migrated_tables_are_those_of_the_schema(
    empty_url: str, engine: str, tmp_path: Any, request: pytest.FixtureRequest
) -> None:
    await upgrade(empty_url, CLOCK)
    migrated = await open_database(empty_url, CLOCK)
    if engine == "sqlite":
        fresh_url = f"sqlite:///{tmp_path}/fresh.db"
    else:
        server = request.getfixturevalue("postgres_server")
        fresh_url = server.url(await asyncio.to_thread(server.new_database))
    fresh = await open_database(fresh_url, CLOCK)
    try:
        await fresh.write(lambda tx: metadata.create_all(tx))
        differences = await migrated.write(
            lambda tx: compare_metadata(MigrationContext.configure(tx, opts={"compare_type": True}), metadata)
        )
        assert differences == []
        assert await migrated.read(shape) == await fresh.read(shape)
    finally:
        await migrated.close()
        await fresh.close()


async def test_upgrading_twice_changes_nothing(empty_url: str) -> None:
    await upgrade(empty_url, CLOCK)
    await upgrade(empty_url, CLOCK)
    async with Store.open(empty_url, clock=CLOCK) as store:
        assert await store.outbox.head() == 0


async def test_a_store_is_opened_and_upgraded_in_one(empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with Store.open(empty_url, clock=CLOCK, upgrade=True) as store:
        assert await store.outbox.head() == 0
        monkeypatch.setattr(migrate, "_upgrade", None)
        async with Store.open(empty_url, clock=CLOCK, upgrade=True):
            pass


async def test_two_upgrades_at_once_make_the_tables_once(empty_url: str) -> None:
    ends = await asyncio.gather(*(upgrade(empty_url, CLOCK) for _ in range(2)), return_exceptions=True)
    assert None in ends
    assert [type(end) for end in ends if end is not None] in ([], [Conflict])
    async with Store.open(empty_url, clock=CLOCK) as store:
        assert await store.outbox.head() == 0


async def test_nothing_is_changed_under_a_dialer_that_runs(empty_url: str) -> None:
    database = await open_database(empty_url, CLOCK)
    try:
        lock = database.exclusive_lock()
        assert await lock.take()
        with pytest.raises(Conflict, match="Stop it first"):
            await upgrade(empty_url, CLOCK)
        assert await database.read(lambda tx: sa.inspect(tx).get_table_names()) == []
        await lock.free()
        await upgrade(empty_url, CLOCK)
        assert await lock.take(), "the upgrade gave the lock back"
        await upgrade(empty_url, CLOCK)  # nothing to change: nobody is asked to stop
        await lock.free()
    finally:
        await database.close()


async def test_a_store_without_tables_is_refused_with_what_to_do(empty_url: str) -> None:
    with pytest.raises(SettingsError, match="vocero db upgrade"):
        async with Store.open(empty_url, clock=CLOCK):
            pass


async def test_a_store_of_a_newer_version_is_refused(empty_url: str) -> None:
    url = empty_url
    await upgrade(url, CLOCK)
    database = await open_database(url, CLOCK)
    await database.write(lambda tx: tx.execute(sa.text("UPDATE alembic_version SET version_num = '9999'")))
    await database.close()
    with pytest.raises(SettingsError, match="newer version"):
        async with Store.open(url, clock=CLOCK):
            pass
    with pytest.raises(SettingsError, match="newer version"):
        await upgrade(url, CLOCK)


async def test_a_failed_upgrade_leaves_nothing_behind(empty_url: str) -> None:
    database = await open_database(empty_url, CLOCK)
    # a table of the same name as one the migration makes, late in its course
    await database.write(lambda tx: tx.execute(sa.text("CREATE TABLE dispositions (x INTEGER)")))
    with pytest.raises(sa.exc.DBAPIError):
        await upgrade(empty_url, CLOCK)
    tables = await database.read(lambda tx: sa.inspect(tx).get_table_names())
    await database.close()
    assert tables == ["dispositions"]


async def test_numbering_begins_with_one_row_and_no_second_can_come(url: str) -> None:
    database = await open_database(url, CLOCK)
    try:
        with pytest.raises(sa.exc.IntegrityError):
            await database.write(lambda tx: tx.execute(sa.insert(outbox_head), {"id": 2, "seq": 0}))
    finally:
        await database.close()


@pytest.fixture
def next_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A version after this one, whose upgrade does what the test says."""

    def invent(*does: str) -> None:
        scripts = tmp_path / "migrations"
        shutil.copytree(migrate._SCRIPTS, scripts, ignore=shutil.ignore_patterns("__pycache__"))
        present = ScriptDirectory(str(scripts)).get_current_head()
        head = f"from alembic import op\n\nrevision, down_revision = '9999', '{present}'\n\n\ndef upgrade():\n"
        body = "".join(f"    {line}\n" for line in does)
        (scripts / "versions" / "m9999_invented.py").write_text(head + body, encoding="utf-8")
        monkeypatch.setattr(migrate, "_SCRIPTS", scripts)

    return invent


@pytest.fixture
async def filled(empty_url: str) -> str:
    """A store of its own with rows in every table that others name. (Borrowed ones keep their version.)"""
    await upgrade(empty_url, CLOCK)
    async with Store.open(empty_url, clock=CLOCK) as store:
        await store.campaigns.create(CAMPAIGN, "Mantenimiento", "", T0)
        await store.leads.add(CAMPAIGN, new_leads(3), T0)
        (lead,) = await store.leads.reserve(CAMPAIGN, 1, T0, at(60))
        await store.attempts.open(attempt_for(lead))
    return empty_url


@pytest.mark.parametrize("table", ["contacts", "campaigns", "leads"])
async def test_a_table_that_others_name_can_be_changed_in_a_filled_store(
    filled: str, next_version: Any, table: str
) -> None:
    next_version(
        f"with op.batch_alter_table('{table}') as batch:",
        "    batch.alter_column('created_at', nullable=True)",
    )
    await upgrade(filled, CLOCK)
    async with Store.open(filled, clock=CLOCK) as store:
        found = await store.leads.with_number(CAMPAIGN, number(0))
        assert found is not None
        assert len(await store.attempts.history(found.id)) == 1
    database = await open_database(filled, CLOCK)
    try:
        with pytest.raises(NotFound):
            stranger = {"contact_id": 4711, "position": 0, "e164": "+573009999999"}
            await database.write(lambda tx: tx.execute(sa.insert(phones), stranger))
    finally:
        await database.close()


async def test_an_upgrade_that_would_leave_rows_without_their_parents_changes_nothing(
    filled: str, next_version: Any
) -> None:
    next_version("op.execute('DELETE FROM contacts')")
    with pytest.raises((SettingsError, NotFound)):
        await upgrade(filled, CLOCK)
    database = await open_database(filled, CLOCK)
    try:
        assert await database.read(lambda tx: tx.scalar(sa.text("SELECT count(*) FROM contacts"))) == 3
    finally:
        await database.close()


@pytest.mark.parametrize("engine", ["postgresql"])
async def test_an_upgrade_may_take_longer_than_a_call_can_wait(
    filled: str, next_version: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "ANSWER_SECONDS", 0.5)
    next_version("op.execute('SELECT pg_sleep(1)')")
    await upgrade(filled, CLOCK)
