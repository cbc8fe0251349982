"""Everything counted anew while the process runs: in pieces, with the same rows at the end, no part told meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from cti_api.counting import Counting
from cti_api.errors import StillCounting
from cti_api.figures import Figures, Question
from cti_api.kpi.business_hours import BY_THE_CLOCK
from cti_api.model.events import EventKind
from cti_api.relay import Relay
from cti_api.store.kpi_tables import COUNTED
from cti_api.store.store import Store
from tests.support.shift import until
from tests.support.store import at, event

BOGOTA = ZoneInfo("America/Bogota")
MARCH = Question(first=date(2026, 3, 1), last=date(2026, 3, 31))


async def lived(store: Store) -> None:
    """Forty calls and an agent's day."""
    calls = [
        event(
            EventKind.ATTEMPT_CLOSED, at(n * 60), campaign_id="norte", lead_id=n % 15, attempt_id=f"{n:032x}",
            agent_id="ana", payload={"result": "connected", "talk_seconds": n / 7, "contact": bool(n % 3)},
        )
        for n in range(40)
    ]  # fmt: skip
    states = [
        event(EventKind.AGENT_STATE, at(n * 333.3), agent_id="ana", payload={"state": state, "reason": ""})
        for n, state in enumerate(("ready", "busy", "wrap_up", "ready", "not_ready", "logged_off", "ready"))
    ]
    await store.outbox.append(*sorted((*calls, *states), key=lambda each: each.occurred_at))


async def rows(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that is counted."""

    def read(tx: sa.Connection) -> dict[str, list[tuple[Any, ...]]]:
        return {
            each.name: [tuple(row) for row in tx.execute(sa.select(each).order_by(*each.primary_key))]
            for each in COUNTED
        }

    return await store._database.read(read)


@asynccontextmanager
async def counting(store: Store) -> AsyncIterator[None]:
    relay = Relay(store.outbox)
    async with asyncio.TaskGroup() as tasks:
        both = [tasks.create_task(relay.run()), tasks.create_task(Counting(store.kpi, BOGOTA, BY_THE_CLOCK).run(relay))]
        yield
        for each in both:
            each.cancel()


async def is_counted(store: Store) -> bool:
    standing = await store.kpi.standing()
    return standing.is_whole and standing.counted >= await store.outbox.head() > 0


async def test_counted_anew_every_row_is_the_same_and_meanwhile_no_figure_is_told(store: Store) -> None:
    await lived(store)
    figures = Figures(store.kpi, BOGOTA, {})
    async with counting(store):
        await until(lambda: is_counted(store), 10, "all is counted")
    before, told = await rows(store), await figures.ask(["calls_made", "talk_time"], MARCH)
    assert [len(each) for each in before.values()] > [40, 0, 0, 0]
    await store.kpi.rebuild()
    with pytest.raises(StillCounting, match="0 of 47 events"):
        await figures.ask(["calls_made"], MARCH)
    async with counting(store):
        await until(lambda: is_counted(store), 10, "all is counted anew")
    assert await rows(store) == before
    assert await figures.ask(["calls_made", "talk_time"], MARCH) == told


async def test_who_is_killed_in_the_middle_goes_on_where_they_were(store: Store) -> None:
    await lived(store)
    while await store.outbox.number():
        pass
    while await store.kpi.ingest(BOGOTA) is not None:
        pass
    before = await rows(store)
    await store.kpi.rebuild()
    assert await store.kpi.empty(7)
    await store.kpi.rebuild()  # twice is once
    while await store.kpi.empty(7):
        assert not (await store.kpi.standing()).is_whole
    assert await store.kpi.ingest(BOGOTA, 5) == 5
    assert (await store.kpi.standing()).is_whole is False
    await store.kpi.begin()  # the next process
    while await store.kpi.ingest(BOGOTA) is not None:
        pass
    assert (await store.kpi.standing()).is_whole
    assert await rows(store) == before


async def test_where_nothing_was_counted_yet_all_that_there_is_comes_first(store: Store) -> None:
    await lived(store)
    while await store.outbox.number():
        pass
    await store.kpi.begin()
    with pytest.raises(StillCounting, match="of 47 events"):
        await Figures(store.kpi, BOGOTA, {}).ask(["calls_made"], MARCH)
