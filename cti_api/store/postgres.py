"""PostgreSQL, for a product that outgrew one machine. Its writers do not wait in one queue: rows are locked instead."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Concatenate, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from cti_api.clock import Clock
from cti_api.errors import SettingsError, StoreUnavailable
from cti_api.store.acting import audited
from cti_api.store.database import BUSY_SECONDS, STALL_SECONDS, P, T, run_noting_appends
from cti_api.store.failures import in_our_words

CONNECTIONS: Final = 5
"""Kept open; more callers than that wait for one."""

CONNECT_SECONDS: Final = 5.0

ANSWER_SECONDS: Final = 10.0
"""The longest any single statement may take; longer counts as a lost store."""

UPGRADE_SECONDS: Final = 3600.0
"""The longest a statement of an upgrade may take: it may copy or index every row there is."""

UPGRADE_LOCK_SECONDS: Final = 60.0
"""How long an upgrade waits for somebody who reads its tables (a report, a backup)."""

DIALER_LOCK: Final = 0x766F6365726F
"""Key of the advisory lock (the letters ``vocero``); locks are per database, so stores on one server do not meet."""

# A holder that fell off the network is noticed by the server after 5 + 2 × 5 s, and its lock is freed.
_KEEPALIVE: Final = {"tcp_keepalives_idle": "5", "tcp_keepalives_interval": "5", "tcp_keepalives_count": "2"}


class PostgresDatabase:
    """A store in a PostgreSQL database. Made by `open`; see `cti_api.store.database.Database` for its promises."""

    lone_writer = False

    def __init__(self, url: sa.URL, clock: Clock, busy_seconds: float) -> None:
        self.news = asyncio.Event()
        self._url = url
        self._clock = clock
        self._failing = False
        self._writes: dict[object, float] = {}
        self._engine = create_async_engine(
            url,
            pool_size=CONNECTIONS,
            max_overflow=0,
            hide_parameters=True,  # names and numbers of people do not belong in a traceback
            pool_timeout=busy_seconds,
            connect_args={
                "timeout": CONNECT_SECONDS,
                "command_timeout": ANSWER_SECONDS,
                "server_settings": {"lock_timeout": f"{int(busy_seconds * 1000)}ms", "application_name": "vocero"},
            },
        )
        self._snapshots = self._engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    @classmethod
    async def open(cls, url: sa.URL, clock: Clock, busy_seconds: float = BUSY_SECONDS) -> PostgresDatabase:
        """Connect once, to know that it works.

        Raises `SettingsError` for a database, user or password that does not exist, `StoreUnavailable` for a server
        that cannot be reached.
        """
        database = cls(url, clock, busy_seconds)
        try:
            await database.read(_nothing)
        except sa.exc.DBAPIError as error:
            await database.close()
            raise SettingsError(f"The store {url.render_as_string()} refuses us: {error.orig}") from error
        except (TypeError, ValueError, OverflowError) as error:
            # What the driver says of an option it does not know, of a port or host that cannot be one.
            await database.close()
            raise SettingsError(f"The store {url.render_as_string()} cannot be reached that way: {error}") from error
        except BaseException:
            await database.close()
            raise
        return database

    @property
    def writable(self) -> bool:
        oldest = min(self._writes.values(), default=None)
        return not self._failing and (oldest is None or self._clock.monotonic() - oldest < STALL_SECONDS)

    async def read(self, work: Callable[Concatenate[sa.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        with in_our_words():
            async with self._snapshots.connect() as connection:
                return await connection.run_sync(work, *args, **kwargs)

    async def write(self, work: Callable[Concatenate[sa.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        with audited(work) as both:
            return await self._transaction(True, both, args, kwargs)

    async def write_lightly(
        self, work: Callable[Concatenate[sa.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        return await self._transaction(False, work, args, kwargs)

    async def _transaction(self, durably: bool, work: Callable[..., T], args: Any, kwargs: Any) -> T:
        this = object()
        self._writes[this] = self._clock.monotonic()
        try:
            with in_our_words():
                async with self._engine.begin() as connection:
                    if not durably:
                        await connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
                    result, appended = await connection.run_sync(run_noting_appends, work, args, kwargs)
        except StoreUnavailable:
            self._failing = True
            raise
        finally:
            del self._writes[this]
        self._failing = False
        if appended:
            self.news.set()
        return result

    async def rebuild(self, work: Callable[[sa.Connection], T]) -> T:
        """On a connection of its own, whose limits are an upgrade's."""
        engine = create_async_engine(
            self._url,
            poolclass=sa.NullPool,
            hide_parameters=True,
            connect_args={
                "timeout": CONNECT_SECONDS,
                "command_timeout": UPGRADE_SECONDS,
                "server_settings": {
                    "lock_timeout": f"{int(UPGRADE_LOCK_SECONDS * 1000)}ms",
                    "application_name": "vocero upgrade",
                },
            },
        )
        try:
            with in_our_words():
                async with engine.begin() as connection:
                    return await connection.run_sync(work)
        finally:
            await engine.dispose()

    async def scrub(self) -> bool:
        return True

    def exclusive_lock(self) -> AdvisoryLock:
        return AdvisoryLock(self._url)

    async def close(self) -> None:
        await self._engine.dispose()


class AdvisoryLock:
    """An advisory lock on a connection of its own. The server frees it when that connection ends, by kill -9 too."""

    def __init__(self, url: sa.URL) -> None:
        self._engine = create_async_engine(
            url,
            poolclass=sa.NullPool,
            isolation_level="AUTOCOMMIT",
            connect_args={
                "timeout": CONNECT_SECONDS,
                "command_timeout": ANSWER_SECONDS,
                "server_settings": {"application_name": "vocero dialer", **_KEEPALIVE},
            },
        )
        self._connection: AsyncConnection | None = None
        self._lost = False

    @property
    def lost(self) -> bool:
        return self._lost

    async def take(self) -> bool:
        with in_our_words():
            connection = await self._engine.connect()
            if await connection.scalar(sa.select(sa.func.pg_try_advisory_lock(DIALER_LOCK))):
                raw = (await connection.get_raw_connection()).driver_connection
                assert raw is not None
                # Told by the socket as it closes, long before anybody asks.
                raw.add_termination_listener(self._ended)
                self._connection, self._lost = connection, False
                return True
            await connection.close()
            return False

    async def held(self) -> bool:
        if self._connection is None:
            return False
        try:
            with in_our_words():
                await self._connection.scalar(sa.select(1))
        except StoreUnavailable:
            # Whatever broke the connection, the server frees the lock with it; we may not think we have it.
            await self._connection.invalidate()
            await self.free()
            self._lost = True
            return False
        return True

    async def free(self) -> None:
        connection, self._connection, self._lost = self._connection, None, False
        if connection is not None:
            await connection.close()
            await self._engine.dispose()

    def _ended(self, _connection: object) -> None:
        self._lost = self._connection is not None


def _nothing(tx: sa.Connection) -> None:
    tx.execute(sa.select(1))
