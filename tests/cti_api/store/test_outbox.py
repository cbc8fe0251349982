from __future__ import annotations

import asyncio

import pytest

from cti_api.clock import SystemClock
from cti_api.errors import Conflict
from cti_api.model.events import Event, EventKind
from cti_api.store.store import Store
from tests.support.store import CAMPAIGN, MADE_UP, T0, at, event


async def test_an_event_comes_back_as_it_was_written_with_its_number(store: Store) -> None:
    told = Event(
        event_id=MADE_UP + "e" * 24,
        kind=EventKind.CALL_CONNECTED,
        occurred_at=at(1.000001),
        campaign_id=CAMPAIGN,
        lead_id=7,
        attempt_id="a" * 32,
        call_id="call",
        agent_id="ana",
        payload={"answer_to_agent_seconds": 0.041, "nota": "ñ", "list": [1, None, True]},
    )
    await store.outbox.append(told)
    assert await store.outbox.since(0) == [], "it has no number yet"
    [numbered] = await store.outbox.number()
    assert numbered.seq == 1
    assert await store.outbox.since(0) == [numbered]
    assert (numbered.event_id, numbered.occurred_at, numbered.payload) == (
        told.event_id,
        told.occurred_at,
        told.payload,
    )


async def test_numbers_have_no_gaps_though_transactions_failed_between(store: Store) -> None:
    first = event()
    await store.outbox.append(first)
    with pytest.raises(Conflict, match="event is already in the store"):
        await store.outbox.append(event(), first)
    await store.outbox.append(event(), event())
    assert [e.seq for e in await store.outbox.number()] == [1, 2, 3]
    assert await store.outbox.number() == []
    assert await store.outbox.head() == 3


async def test_two_who_number_at_once_give_each_number_once(store: Store, url: str) -> None:
    async with Store.open(url, clock=SystemClock()) as other:
        await asyncio.gather(*(store.outbox.append(event()) for _ in range(40)))
        parts = await asyncio.gather(*(s.outbox.number(3) for s in (store, other) for _ in range(10)))
    assert sorted(e.seq or 0 for part in parts for e in part) == list(range(1, 41))
    assert [e.seq for e in await store.outbox.since(0)] == list(range(1, 41))


async def test_events_are_read_from_a_number_on_and_no_more_than_asked_for(store: Store) -> None:
    await store.outbox.append(*(event(when=T0) for _ in range(5)))
    await store.outbox.number()
    assert [e.seq for e in await store.outbox.since(2)] == [3, 4, 5]
    assert [e.seq for e in await store.outbox.since(1, most=2)] == [2, 3]


async def test_a_readers_place_is_remembered_and_never_goes_back(store: Store) -> None:
    assert await store.outbox.cursor("kpi") == 0
    for seq, place in ((5, 5), (3, 5), (9, 9)):
        await store.outbox.advance("kpi", seq)
        assert await store.outbox.cursor("kpi") == place
    assert await store.outbox.cursor("mqtt") == 0
