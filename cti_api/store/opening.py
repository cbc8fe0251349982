"""From a URL to an open database."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import sqlalchemy as sa

from cti_api.clock import Clock
from cti_api.errors import SettingsError
from cti_api.store.database import BUSY_SECONDS, Database
from cti_api.store.postgres import PostgresDatabase
from cti_api.store.sqlite import SqliteDatabase

_WRITE: Final = "write sqlite:///path/to/file or postgresql://user@host/name"


def file_of(url: str) -> Path | None:
    """The file that an SQLite store's URL names; None for any other URL."""
    try:
        parsed = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError):
        return None
    is_file = parsed.get_backend_name() == "sqlite" and parsed.database not in (None, "", ":memory:")
    return Path(str(parsed.database)) if is_file else None


async def open_database(url: str, clock: Clock, busy_seconds: float = BUSY_SECONDS) -> Database:
    """Open the database at `url`, whatever is in it.

    Raises `SettingsError` for a URL that is none of ours or a database that refuses us, `StoreUnavailable` for one
    that does not answer.
    """
    try:
        parsed = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError) as error:  # ValueError: a port that is no number
        raise SettingsError(f"The store's URL is not a URL: {_WRITE}.") from error
    match parsed.get_backend_name():
        case "sqlite":
            if not parsed.database or parsed.database == ":memory:":
                raise SettingsError(f"The store must outlive the process: {_WRITE}.")
            return await SqliteDatabase.open(Path(parsed.database), clock, busy_seconds)
        case "postgresql":
            return await PostgresDatabase.open(_for_asyncpg(parsed), clock, busy_seconds)
        case other:
            raise SettingsError(f"The store cannot be in {other}: {_WRITE}.")


def _for_asyncpg(url: sa.URL) -> sa.URL:
    """``sslmode``, as PostgreSQL's own programs call it, is ``ssl`` there."""
    query = {"ssl" if name == "sslmode" else name: value for name, value in url.query.items()}
    return url.set(drivername="postgresql+asyncpg", query=query)
