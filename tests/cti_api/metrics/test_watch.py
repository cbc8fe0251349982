"""Counters follow the outbox, through a store that goes away and events told twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

from prometheus_client import CollectorRegistry

from cti_api.errors import StoreUnavailable
from cti_api.metrics.families import Families
from cti_api.metrics.observe import Observer
from cti_api.metrics.watch import watch
from cti_api.model.events import Event, EventKind
from cti_api.relay import Relay
from cti_api.store.store import Store
from tests.support.store import event

NOW = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)


def busy(seq: int) -> Event:
    return Event(
        event_id=str(seq),
        seq=seq,
        kind=EventKind.ATTEMPT_CLOSED,
        occurred_at=NOW,
        campaign_id="m",
        payload={"result": "busy"},
    )


class BrokenOnce:
    """Gives two batches, fails, and goes on from the number it is asked for; then there is silence."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.silent = asyncio.Event()

    async def read(self, after: int) -> AsyncIterator[Sequence[Event]]:
        self.asked.append(after)
        if len(self.asked) == 1:
            yield [busy(8), busy(9)]
            yield [busy(10)]
            raise StoreUnavailable("The store is locked by another program.")
        yield [busy(10), busy(11)]
        self.silent.set()
        await asyncio.Event().wait()


async def test_each_event_is_counted_once_and_a_store_that_is_away_is_waited_for() -> None:
    registry, events = CollectorRegistry(), BrokenOnce()
    async with asyncio.TaskGroup() as tasks:
        watching = tasks.create_task(watch(events, Observer(Families(registry)), after=7, retry_seconds=0))
        await events.silent.wait()
        watching.cancel()
    assert events.asked == [7, 10]
    assert registry.get_sample_value("vocero_attempts_total", {"campaign": "m", "result": "busy"}) == 4
    assert registry.get_sample_value("vocero_store_errors_total") == 1


async def counted_until(store: Store, most: int, registry: CollectorRegistry) -> None:
    """One life of the reader, begun as `vocero up` begins it, that ends once it has counted the event number `most`."""
    relay, observer = Relay(store.outbox), Observer(Families(registry))
    seen = asyncio.Event()

    class Told:
        async def read(self, after: int) -> AsyncIterator[Sequence[Event]]:
            async for batch in relay.read(after):
                yield batch
                if (batch[-1].seq or 0) >= most:
                    seen.set()

    async with asyncio.timeout(30), asyncio.TaskGroup() as tasks:
        work = [
            tasks.create_task(watch(Told(), observer, await store.outbox.head())),
            tasks.create_task(relay.run()),
        ]
        await seen.wait()
        for task in work:
            task.cancel()


async def test_a_reader_that_is_started_again_begins_at_0_and_counts_what_the_one_before_did_not(store: Store) -> None:
    lives = []
    for events in (3, 2, 4):
        # written while nobody counts, as in a process that ended before it had told of them
        await store.outbox.append(*(made_up() for _ in range(events)))
        registry = CollectorRegistry()
        await counted_until(store, await store.outbox.head() + events, registry)
        lives.append(registry.get_sample_value("vocero_attempts_total", {"campaign": "m", "result": "busy"}))
    assert lives == [3, 2, 4]


def made_up() -> Event:
    return event(EventKind.ATTEMPT_CLOSED, NOW, campaign_id="m", payload={"result": "busy"})
