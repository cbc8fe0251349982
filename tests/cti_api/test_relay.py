from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest

from cti_api.clock import SystemClock
from cti_api.errors import StoreUnavailable
from cti_api.model.events import Event
from cti_api.relay import RECENT, Relay
from cti_api.store.database import Database
from cti_api.store.opening import open_database
from cti_api.store.outbox import Outbox
from cti_api.store.store import Store
from tests.support.store import event


@asynccontextmanager
async def running(relay: Relay) -> AsyncIterator[None]:
    task = asyncio.get_running_loop().create_task(relay.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert task.cancelled(), task.exception()


async def take(batches: AsyncIterator[Sequence[Event]], count: int) -> list[int]:
    """Numbers of the next `count` events."""
    seen: list[int] = []
    async with asyncio.timeout(30):
        async for batch in batches:
            seen += [e.seq or 0 for e in batch]
            if len(seen) >= count:
                return seen
    raise AssertionError("the events ended")


async def test_a_reader_gets_everything_in_order_what_was_there_and_what_comes(store: Store) -> None:
    relay = Relay(store.outbox)
    await store.outbox.append(event(), event())
    async with running(relay):
        reader = relay.read(0)
        assert await take(reader, 2) == [1, 2]
        await store.outbox.append(event())
        assert await take(reader, 1) == [3]
        assert await take(relay.read(1), 2) == [2, 3]


async def test_readers_that_come_late_or_are_slow_miss_nothing(store: Store) -> None:
    relay = Relay(store.outbox)
    total = 3 * RECENT
    async with running(relay):
        slow = relay.read(0)
        await store.outbox.append(event())
        assert await take(slow, 1) == [1]
        for _ in range(6):
            await store.outbox.append(*(event() for _ in range(total // 6)))
        assert await take(relay.read(total - 1), 2) == [total, total + 1]
        assert await take(slow, total) == list(range(2, total + 2))
        assert await take(relay.read(0), total + 1) == list(range(1, total + 2))


async def test_a_reader_that_comes_back_begins_with_what_it_had_not_dealt_with(store: Store) -> None:
    relay = Relay(store.outbox)
    await store.outbox.append(*(event() for _ in range(4)))
    async with running(relay):
        first = relay.follow("kpi")
        assert [e.seq for e in await anext(first)] == [1, 2, 3, 4]
        await first.aclose()  # it died with the batch in its hands
        again = relay.follow("kpi")
        assert [e.seq for e in await anext(again)] == [1, 2, 3, 4]
        await store.outbox.append(event())
        assert [e.seq for e in await anext(again)] == [5]
        await again.aclose()
        assert await store.outbox.cursor("kpi") == 4
        assert await store.outbox.cursor("mqtt") == 0


async def test_two_readers_each_keep_their_own_place(store: Store) -> None:
    relay = Relay(store.outbox)
    async with running(relay), asyncio.TaskGroup() as group:
        readers = [group.create_task(take(relay.follow(name), 30)) for name in ("kpi", "mqtt")]
        for _ in range(30):
            await store.outbox.append(event())
    assert [reader.result() for reader in readers] == [list(range(1, 31))] * 2


class Lossy:
    """A database whose first few writes fail for the caller; the last of those has happened all the same."""

    def __init__(self, database: Database, failures: int) -> None:
        self.database = database
        self.failures = failures

    def __getattr__(self, name: str) -> Any:
        return getattr(self.database, name)

    async def write(self, *work: Any) -> Any:
        if not self.failures:
            return await self.database.write(*work)
        self.failures -= 1
        if not self.failures:
            await self.database.write(*work)
        raise StoreUnavailable("The connection to the store is lost.")


async def test_a_store_that_is_away_delays_events_and_loses_none(
    store: Store, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    database = await open_database(url, SystemClock())
    relay = Relay(Outbox(Lossy(database, failures=3)), retry_seconds=0.01)
    await store.outbox.append(event(), event())
    async with running(relay):
        assert await take(relay.read(0), 2) == [1, 2]
        await store.outbox.append(event())
        assert await take(relay.read(2), 1) == [3]
    await database.close()
    assert caplog.text.count("events wait for the store") == 3
