"""Brings a store's tables to this version, in one transaction, without Alembic's command line."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from cti_api.clock import Clock
from cti_api.errors import Conflict, SettingsError
from cti_api.store.database import Database
from cti_api.store.opening import open_database

SCRIPTS: Final = Path(__file__).parent / "migrations"
"""The versions that this one knows, itself the last."""

MIGRATING: Final = 0x766F6365726F + 1
"""Key of the advisory lock that lets one process migrate at a time (SQLite's writer is one anyway)."""


async def upgrade(url: str, clock: Clock, scripts: Path = SCRIPTS) -> None:
    """Make the tables, or bring them to this version; does nothing where they are. Kept whole or not at all.

    Raises `Conflict` where a dialer runs on tables of another version, `SettingsError` for a store of a newer version,
    and as `cti_api.store.opening.open_database` does.
    """
    database = await open_database(url, clock)
    try:
        await upgrade_open(database, scripts)
    finally:
        await database.close()


async def upgrade_open(database: Database, scripts: Path = SCRIPTS) -> None:
    """The same for a database that is open already."""
    if await database.read(_is_current, scripts):
        return
    lock = database.exclusive_lock()
    if not await lock.take():
        raise Conflict(
            "A dialer or another upgrade is at work on this store, whose tables are of another version. Stop it first."
        )
    try:
        await database.rebuild(partial(_upgrade, scripts=scripts))
    finally:
        await lock.free()


def check(tx: sa.Connection) -> None:
    """Raise `SettingsError` unless the tables are of this version."""
    if _is_current(tx, SCRIPTS):
        return
    present = _refuse_newer(tx, SCRIPTS)
    raise SettingsError(
        "The store has no tables yet: run `vocero db upgrade`."
        if present is None
        else "The store is of an older version: run `vocero db upgrade`."
    )


def _upgrade(tx: sa.Connection, scripts: Path) -> None:
    if tx.dialect.name == "postgresql":
        tx.execute(sa.select(sa.func.pg_advisory_xact_lock(MIGRATING)))
    _refuse_newer(tx, scripts)
    config = Config()
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    config.attributes["connection"] = tx
    command.upgrade(config, "head")


def _is_current(tx: sa.Connection, scripts: Path) -> bool:
    present = MigrationContext.configure(tx).get_current_revision()
    return present == ScriptDirectory(str(scripts)).get_current_head()


def _refuse_newer(tx: sa.Connection, scripts: Path) -> str | None:
    """The revision that is there, one of ours or None."""
    present = MigrationContext.configure(tx).get_current_revision()
    known = {script.revision for script in ScriptDirectory(str(scripts)).walk_revisions()}
    if present is not None and present not in known:
        raise SettingsError(f"The store was written by a newer version ({present}): install that version.")
    return present
