"""SQLite: one thread that owns the one writing connection, and reading connections beside it.

SQLite has one writer at a time, so the product gives writing to one thread: a whole transaction is one hop to that
thread. (The same statements, each awaited through aiosqlite, cost five times the CPU: 3.6 ms against 0.8 ms for a
transaction of five.) Readers go through aiosqlite; write-ahead logging lets them read while the writer writes.

Transactions are begun by us: the driver's own habit of beginning one late, before the first INSERT, would let a
transaction that began by reading fail half-way with SQLITE_BUSY. ``BEGIN IMMEDIATE`` takes the write lock first.
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Concatenate, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from cti_api.clock import Clock
from cti_api.errors import SettingsError, StoreUnavailable
from cti_api.store.acting import audited
from cti_api.store.database import BUSY_SECONDS, STALL_SECONDS, P, T, run_noting_appends
from cti_api.store.failures import in_our_words, translate

READERS: Final = 2
"""Reading connections kept open; each has a thread. The machine this is made for has two cores."""

SCRUB_WAIT_MS: Final = 200
"""How long the emptying of the log waits for readers."""

CHECK_SECONDS: Final = 3.0
"""How long a file is looked through before it is trusted: about 2 GB that are in memory. A larger one is dialled from
all the same, rather than after minutes; each copy that is made of it is looked through whole."""

INTERRUPT_AGAIN_SECONDS: Final = 0.01
BUSY_AGAIN_SECONDS: Final = 0.02

CACHE_KIB: Final = 16 * 1024
"""Page cache of the writing connection: the hopper's indexes of 100,000 leads fit."""

log = logging.getLogger(__name__)


class SqliteDatabase:
    """A store in one file. Made by `open`; see `cti_api.store.database.Database` for its promises."""

    lone_writer = True

    def __init__(self, path: Path, clock: Clock, busy_seconds: float) -> None:
        self.news = asyncio.Event()
        self._path = path = path.absolute()
        self._clock = clock
        self._busy_seconds = busy_seconds
        self._loop = asyncio.get_running_loop()
        # One thread: it is what makes the writer one, and its queue is first come, first served.
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="store-writer")
        self._writing: sa.Connection | None = None
        self._durably = True
        self._write_began: float | None = None
        self._failing = False

        arguments = {"timeout": busy_seconds, "isolation_level": None}
        self._write_engine = sa.create_engine(
            f"sqlite:///{path}", poolclass=sa.NullPool, hide_parameters=True, connect_args=arguments
        )
        sa.event.listen(self._write_engine, "connect", _prepare_writer)
        sa.event.listen(self._write_engine, "begin", _begin_immediate)
        self._read_engine = create_async_engine(
            f"sqlite+aiosqlite:///{path}",
            pool_size=READERS,
            max_overflow=0,
            hide_parameters=True,
            connect_args=arguments,
        )
        sa.event.listen(self._read_engine.sync_engine, "connect", _prepare_reader)
        sa.event.listen(self._read_engine.sync_engine, "begin", _begin)

    @classmethod
    async def open(
        cls, path: Path, clock: Clock, busy_seconds: float = BUSY_SECONDS, check_seconds: float = CHECK_SECONDS
    ) -> SqliteDatabase:
        """Open the file, make it when it is not there (readable by its owner only), and check that it is sound, as far
        as `check_seconds` go.

        Raises `SettingsError` for a file that cannot be made, is not a database, or is damaged.
        """
        _make_file(path)
        database = cls(path, clock, busy_seconds)
        try:
            await database._loop.run_in_executor(database._writer, database._check, check_seconds)
        except BaseException:
            await database.close()
            raise
        return database

    @property
    def writable(self) -> bool:
        began = self._write_began
        return not self._failing and (began is None or self._clock.monotonic() - began < STALL_SECONDS)

    async def read(self, work: Callable[Concatenate[sa.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        with in_our_words():
            async with self._read_engine.connect() as connection:
                return await connection.run_sync(work, *args, **kwargs)

    async def write(self, work: Callable[Concatenate[sa.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        with audited(work) as both:
            return await self._hand_over(True, both, args, kwargs)

    async def write_lightly(
        self, work: Callable[Concatenate[sa.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        return await self._hand_over(False, work, args, kwargs)

    async def rebuild(self, work: Callable[[sa.Connection], T]) -> T:
        return await self._loop.run_in_executor(self._writer, self._rebuild, work)

    async def scrub(self) -> bool:
        return await self._loop.run_in_executor(self._writer, self._empty_log)

    def exclusive_lock(self) -> FileLock:
        return dialer_lock(self._path)

    async def close(self) -> None:
        """Let the writes already asked for finish, then close every connection."""
        await self._loop.run_in_executor(self._writer, self._drop)
        self._writer.shutdown(wait=False)
        await self._read_engine.dispose()

    async def _hand_over(self, durably: bool, work: Callable[..., T], args: Any, kwargs: Any) -> T:
        asked = self._clock.monotonic()
        return await self._loop.run_in_executor(self._writer, self._transaction, asked, durably, work, args, kwargs)

    # -------------------------------------------------------------- on the writer's thread

    def _transaction(self, asked: float, durably: bool, work: Callable[..., T], args: Any, kwargs: Any) -> T:
        self._write_began = self._clock.monotonic()
        try:
            if self._write_began - asked > self._busy_seconds:
                # Everyone behind a locked store would otherwise wait for all those before it, one after the other.
                raise StoreUnavailable("The store is locked by another program: this write waited too long.")
            with in_our_words():
                connection = self._connect(durably)
                with connection.begin():
                    result, appended = run_noting_appends(connection, work, args, kwargs)
        except StoreUnavailable:
            self._failing = True
            self._drop()  # whatever state the file or the disk left it in: the next write starts afresh
            raise
        finally:
            self._write_began = None
        self._failing = False
        if appended:
            self._loop.call_soon_threadsafe(self.news.set)
        return result

    def _rebuild(self, work: Callable[[sa.Connection], T]) -> T:
        """SQLite changes a table by making it anew and dropping the old one, which is to delete every row of it, and is
        refused while rows of other tables name them (https://www.sqlite.org/lang_altertable.html, section 7)."""
        try:
            with in_our_words():
                connection = self._connect(durably=True)
                # Here and not in the transaction, where it does nothing.
                _raw(connection).execute("PRAGMA foreign_keys=OFF")
                with connection.begin():
                    result = work(connection)
                    _refuse_orphans(connection)
                return result
        finally:
            self._drop()  # the next write begins with the keys held again

    def _empty_log(self) -> bool:
        """Into the file with what the log holds, and the log cut off: pages as they were before are in it."""
        with in_our_words():
            raw = _raw(self._connect(durably=True))
            # Whoever writes next waits behind this: a reader who holds the log is not waited for.
            raw.execute(f"PRAGMA busy_timeout={SCRUB_WAIT_MS}")
            try:
                busy, *_ = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            finally:
                raw.execute(f"PRAGMA busy_timeout={int(self._busy_seconds * 1000)}")
        return not busy

    def _connect(self, durably: bool) -> sa.Connection:
        if self._writing is None:
            self._writing = self._write_engine.connect()
            self._durably = True
        if durably != self._durably:
            # Not within a transaction. FULL flushes the log at each commit, and with it all that NORMAL left to be.
            _raw(self._writing).execute(f"PRAGMA synchronous={'FULL' if durably else 'NORMAL'}")
            self._durably = durably
        return self._writing

    def _drop(self) -> None:
        if self._writing is not None:
            self._writing.close()
            self._writing = None

    def _check(self, seconds: float) -> None:
        """Refuse a damaged file before anything trusts it (failure catalogue F26)."""
        try:
            # Its own connection, outside any transaction: the check must not wait for a writer.
            connection = sqlite3.connect(self._path, timeout=self._busy_seconds, check_same_thread=False)
            found = self._look_through(connection, seconds)
            mode = self._to_log(connection)
            connection.close()  # not where it is no database: that would throw the log beside it away
        except sqlite3.Error as error:
            if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
                raise SettingsError(f"The store {self._path} is damaged ({error}): put its last copy back.") from error
            raise translate(error) or error from error
        if found != "ok":
            raise SettingsError(f"The store {self._path} is damaged ({found}): put its last copy back.")
        if mode != "wal":
            raise SettingsError(f"The store {self._path} is on a disk without shared memory: put it on a local disk.")

    def _to_log(self, connection: sqlite3.Connection) -> str:
        """Switch to the write-ahead log, and say what became of it.

        Where two programs switch the same new file at once, SQLite tells one of them at once that it is busy, without
        the wait that the connection was given: each would wait for the other.
        """
        until = self._clock.monotonic() + self._busy_seconds
        while True:
            try:
                mode: str = connection.execute("PRAGMA journal_mode=WAL").fetchone()[0]
                return mode
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or self._clock.monotonic() >= until:
                    raise
            time.sleep(BUSY_AGAIN_SECONDS)

    def _look_through(self, connection: sqlite3.Connection, seconds: float) -> str:
        """The first fault found in that time, else ``ok``."""
        try:
            with _interrupted_after(connection, seconds):
                found: str = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
                return found
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_INTERRUPT:
                raise
        size = self._path.stat().st_size
        log.warning("the store is too large to be looked through whole at a start", extra={"bytes": size})
        return "ok"


@contextmanager
def _interrupted_after(connection: sqlite3.Connection, seconds: float) -> Iterator[None]:
    """What the connection does is broken off then, with ``SQLITE_INTERRUPT``."""
    over = threading.Event()

    def interrupt() -> None:
        wait = seconds
        while not over.wait(wait):  # again, since one that comes between two statements stops neither
            connection.interrupt()
            wait = INTERRUPT_AGAIN_SECONDS

    watch = threading.Thread(target=interrupt, name="store-check")
    watch.start()
    try:
        yield
    finally:
        over.set()
        watch.join()


def dialer_lock(store: Path) -> FileLock:
    """The lock of the one living dialer on the store in this file; not taken yet."""
    return FileLock(store.with_name(store.name + ".dialer-lock"))


class FileLock:
    """``flock`` on a file beside the store. The kernel frees it when its holder dies, by kill -9 too."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    async def take(self) -> bool:
        try:
            file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise SettingsError(f"{self._path} cannot be opened ({error.strerror}){_whose(self._path)}.") from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            return False
        self._file = file
        return True

    @property
    def lost(self) -> bool:
        return False  # the kernel takes it from nobody

    async def held(self) -> bool:
        return self._file is not None

    async def free(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _whose(path: Path) -> str:
    """Whose file it is and what to do, where it is another user's: somebody ran a command as root."""
    if not path.exists() or (owner := path.stat().st_uid) == os.geteuid():
        return ""
    return f": it belongs to {'root' if owner == 0 else f'user {owner}'}; run chown {os.geteuid()} {path}"


def _make_file(path: Path) -> None:
    """Make the file, unless it is there. One that is there is never opened here: closing it again would drop SQLite's
    own locks on it, whichever connection of this process holds them (https://www.sqlite.org/howtocorrupt.html, 2.2).
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        if not os.access(path, os.R_OK | os.W_OK):
            raise SettingsError(
                f"The store {path} may not be written by this user, or its disk is read-only."
            ) from None
    except OSError as error:
        raise SettingsError(f"The store {path} cannot be opened: {error.strerror}.") from error


def _raw(connection: sa.Connection) -> sqlite3.Connection:
    raw = connection.connection.dbapi_connection
    assert isinstance(raw, sqlite3.Connection)
    return raw


def _refuse_orphans(connection: sa.Connection) -> None:
    """Raise `SettingsError` where a row names one that is not there."""
    found = {(table, parent) for table, _, parent, _ in connection.exec_driver_sql("PRAGMA foreign_key_check")}
    if found:
        which = ", ".join(f"{table} without their {parent}" for table, parent in sorted(found))
        raise SettingsError(f"The upgrade would leave rows of {which}: nothing was changed, keep the version you have.")


def _prepare_writer(connection: sqlite3.Connection, _record: object) -> None:
    # FULL: what was committed survives a power cut (https://www.sqlite.org/pragma.html#pragma_synchronous).
    # secure_delete: what is deleted or written anew is overwritten with zeros, so that erased people are.
    for pragma in ("synchronous=FULL", "foreign_keys=ON", "secure_delete=ON", f"cache_size=-{CACHE_KIB}"):
        connection.execute(f"PRAGMA {pragma}")


def _prepare_reader(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA query_only=ON")
    cursor.close()


def _begin_immediate(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN")
