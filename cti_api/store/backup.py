"""Copies of a SQLite store: taken while it works, put back when it is damaged.

A store in write-ahead mode is more than one file; copying the file by itself may miss what was committed last, or tear
it. (PostgreSQL has its own tools: ``pg_dump`` and ``pg_restore``.)
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from cti_api.errors import Conflict, InputError, SettingsError
from cti_api.store.opening import file_of
from cti_api.store.sqlite import dialer_lock

PAGES_AT_ONCE: Final = 2000
"""8 MB between two looks at the progress; the writer is never held up, a copy begun during a write starts over."""

BESIDE: Final = ("-wal", "-shm")
"""What SQLite keeps next to the file; without it the file is not the store."""

Progress = Callable[[int, int], None]
"""Pages done, pages in all."""


def store_file(url: str) -> Path:
    """The file of a SQLite store. Raises `InputError` for a store of another kind."""
    file = file_of(url)
    if file is None:
        raise InputError("Only a SQLite store is copied by Vocero: for PostgreSQL use pg_dump and pg_restore.")
    return file.absolute()


def backup(url: str, to: Path, progress: Progress | None = None) -> int:
    """A whole, sound copy of the store in the file `to`, which must not be there; its size in bytes.

    The dialer may go on working meanwhile; the copy is what was committed when it was finished. Raises `Conflict` where
    `to` is there, `SettingsError` where it cannot be written or the store cannot be read.
    """
    source = store_file(url)
    if not source.exists():
        raise InputError(f"There is no store {source}.")
    if to.exists():
        raise Conflict(f"{to} is there already: name another file, or remove it.")
    fresh = to.with_name(f".{to.name}.new")
    try:
        with _explained(to), _closing(source) as store:
            fresh.unlink(missing_ok=True)
            os.close(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            with _closing(fresh) as target:
                store.backup(target, pages=PAGES_AT_ONCE, progress=_told(progress))
                target.execute("PRAGMA journal_mode=DELETE")
                _check(target, fresh)
            _flush(fresh)
            fresh.rename(to)
            _flush(to.parent)
    finally:
        fresh.unlink(missing_ok=True)
    return to.stat().st_size


async def restore(url: str, copied: Path) -> Path | None:
    """Put a copy in the place of the store; returns where what was there is kept, or None where nothing was.

    Raises `Conflict` while a dialer runs on the store, `InputError` for a file that is no sound copy.
    """
    place = store_file(url)
    lock = dialer_lock(place)
    if not await lock.take():
        raise Conflict("A dialer runs on this store. Stop it first.")
    try:
        return await asyncio.to_thread(_put_in_place, copied, place)
    finally:
        await lock.free()


async def compact(url: str) -> tuple[int, int]:
    """Write the store's file anew, without what was deleted; its size before and after.

    Nothing that was erased by an earlier version, which left it in free pages, is in it then. Raises `Conflict` while a
    dialer runs on the store.
    """
    place = store_file(url)
    if not place.exists():
        raise InputError(f"There is no store {place}.")
    lock = dialer_lock(place)
    if not await lock.take():
        raise Conflict("A dialer runs on this store. Stop it first.")
    try:
        return await asyncio.to_thread(_compact, place)
    finally:
        await lock.free()


def _compact(place: Path) -> tuple[int, int]:
    before = place.stat().st_size
    with _explained(place), _closing(place) as store:
        store.execute("VACUUM")
        store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return before, place.stat().st_size


def _put_in_place(copied: Path, place: Path) -> Path | None:
    if not copied.is_file():
        raise InputError(f"There is no file {copied}.")
    fresh = place.with_name(f".{place.name}.new")
    with _explained(place):
        try:
            _write_anew(copied, fresh)
            aside = _set_aside(place)
            fresh.rename(place)
            _flush(place.parent)
        finally:
            fresh.unlink(missing_ok=True)
    return aside


def _write_anew(copied: Path, fresh: Path) -> None:
    fresh.unlink(missing_ok=True)
    os.close(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        with _closing(copied) as source, _closing(fresh) as target:
            _check(source, copied)
            if not source.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone():
                raise InputError(f"{copied} is a database, but no store of Vocero.")
            source.backup(target)
    except sqlite3.DatabaseError as error:
        raise InputError(f"{copied} is no sound copy of a store ({error}).") from error
    _flush(fresh)


def _set_aside(place: Path) -> Path | None:
    if not place.exists():
        return None
    names = (place.with_name(f"{place.name}.old-{n}") for n in itertools.count(1))
    aside = next(name for name in names if not name.exists())
    # The log beside it belongs to it, and to nothing else: left behind, SQLite would play it into the new file.
    for ending in (*BESIDE, ""):
        part = place.with_name(place.name + ending)
        if part.exists():
            part.rename(aside.with_name(aside.name + ending))
    return aside


def _check(database: sqlite3.Connection, path: Path) -> None:
    found = database.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise InputError(f"{path} is damaged ({found}).")


def _told(progress: Progress | None) -> Callable[[int, int, int], None] | None:
    if progress is None:
        return None
    return lambda _status, remaining, total: progress(total - remaining, total)


@contextlib.contextmanager
def _closing(path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(path, timeout=10)
    try:
        yield connection
    finally:
        connection.close()


@contextlib.contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SettingsError(f"{error.filename or path} cannot be written ({error.strerror}).") from error
    except sqlite3.Error as error:
        raise SettingsError(f"{path}: {error}") from error


def _flush(path: Path) -> None:
    """What was written is on the disk when this returns."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
