"""What the store costs: SQLite on this machine's disk, every commit on it (FULL), SQLAlchemy included.

Run alone with ``python -m tests.bench bench_store``.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from cti_api.clock import SystemClock
from cti_api.law.registry_file import RegistryEntry
from cti_api.model.agents import Agent
from cti_api.model.calls import Attempt, AttemptState, CallResult
from cti_api.model.events import EventKind
from cti_api.model.ids import AgentId
from cti_api.model.leads import LeadState
from cti_api.store.answer_days import answer_days
from cti_api.store.migrate import upgrade
from cti_api.store.store import Store
from tests.bench.figure import Figure
from tests.support.store import CAMPAIGN, T0, at, attempt_for, closed, event, move, new_leads, number
from vocero.commands.campaign import WATCH_SECONDS, counted_within

CLOCK = SystemClock()
ANA = AgentId("ana")


@asynccontextmanager
async def fresh_store() -> AsyncIterator[Store]:
    # beside the project, not in a memory file system: the disk is what is measured
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as folder:
        url = f"sqlite:///{folder}/vocero.db"
        await upgrade(url, CLOCK)
        async with Store.open(url, clock=CLOCK) as store:
            await store.campaigns.create(CAMPAIGN, "Mantenimiento", "", T0)
            await store.agents.add(Agent(id=ANA, name="Ana", campaigns=(CAMPAIGN,)), T0)
            yield store


async def intake(leads: int = 10_000) -> list[Figure]:
    """Import of a list."""
    async with fresh_store() as store:
        began = time.monotonic()
        await store.leads.add(CAMPAIGN, new_leads(leads), T0)
        return [Figure(f"import of {leads} leads", time.monotonic() - began, "s", "≤ 5")]


async def reservation(leads: int = 100_000, most: int = 100, rounds: int = 30) -> list[Figure]:
    """Taking leads out of many; the second time the first 2000 in order wait for a later hour."""
    async with fresh_store() as store:
        await store.leads.add(CAMPAIGN, new_leads(leads), T0)
        fresh = await _reserve(store, most, rounds)
        for lead in await store.leads.reserve(CAMPAIGN, 2000, T0, at(60)):
            await store.leads.move(lead.id, move(not_before=at(10**6)), T0)
        await store.leads.release_all(T0)
        passed_over = await _reserve(store, most, rounds)
        due = await _timed(lambda: store.leads.next_due(CAMPAIGN, T0), rounds)
        counts = await _timed(lambda: store.campaigns.counts(CAMPAIGN), rounds)
    return [
        Figure(f"reserve {most} of {leads} leads, p95", fresh, "ms", "≤ 50"),
        Figure(f"reserve {most} of {leads} leads behind 2000 that wait, p95", passed_over, "ms", "≤ 50"),
        Figure(f"next due of {leads} leads, p95", due, "ms", "≤ 50"),
        Figure(f"counts of a campaign of {leads} leads, p95", counts, "ms", "≤ 50"),
        Figure(f"of a second, a watched campaign of {leads} leads costs", watched(counts / 1000), "%", "≤ 6"),
    ]


def watched(counting: float) -> float:
    """Percent of the time that goes into counting for whoever watches; counting once takes so many seconds."""
    return 100 * counting / max(WATCH_SECONDS, counted_within(counting))


async def _reserve(store: Store, most: int, rounds: int) -> float:
    p95 = await _timed(lambda: store.leads.reserve(CAMPAIGN, most, T0, at(60)), rounds)
    await store.leads.release_all(T0)
    return p95


async def _timed(ask: object, rounds: int) -> float:
    """95th percentile in milliseconds."""
    took = []
    for _ in range(rounds):
        began = time.monotonic()
        await ask()
        took.append((time.monotonic() - began) * 1000)
    return statistics.quantiles(took, n=20)[-1]


async def attempts(count: int = 1500) -> list[Figure]:
    """Intent and close, one after the other: the latency a dialer waits for before each Originate."""
    async with fresh_store() as store:
        await store.leads.add(CAMPAIGN, new_leads(count), T0)
        leads = await store.leads.reserve(CAMPAIGN, count, T0, at(60))
        opening, closing = [], []
        began = time.monotonic()
        for lead in leads:
            attempt = attempt_for(lead)
            start = time.monotonic()
            await store.attempts.open(attempt, event(EventKind.CALL_ORIGINATED))
            middle = time.monotonic()
            await store.attempts.close(closed(attempt, CallResult.BUSY, at(1)), move(), event(), event())
            opening.append((middle - start) * 1000)
            closing.append((time.monotonic() - middle) * 1000)
        took = time.monotonic() - began
    return [
        Figure("attempts opened and closed per second", count / took, "1/s", "≥ 150"),
        Figure("open an attempt, p95", statistics.quantiles(opening, n=20)[-1], "ms", "≤ 15"),
        Figure("close an attempt, p95", statistics.quantiles(closing, n=20)[-1], "ms", "≤ 15"),
    ]


async def a_whole_life(count: int = 600) -> list[Figure]:
    """CPU of everything the store does for one connected call: hopper, intent, four marks, end, close, numbering."""
    async with fresh_store() as store:
        await store.leads.add(CAMPAIGN, new_leads(count), T0)
        began = time.process_time()
        for first in range(0, count, 20):
            leads = await store.leads.reserve(CAMPAIGN, 20, T0, at(60))
            await asyncio.gather(*(_live(store, attempt_for(lead)) for lead in leads))
            del first
            while await store.outbox.number():
                pass
        cpu = (time.process_time() - began) / count * 1000
    return [Figure("CPU of a connected call's whole life", cpu, "ms", "≤ 8")]


async def _live(store: Store, attempt: Attempt) -> None:
    await store.attempts.open(attempt, event(EventKind.CALL_ORIGINATED))
    ringing = replace(attempt, state=AttemptState.RINGING, ringing_at=at(1))
    await store.attempts.mark(ringing, event(EventKind.CALL_DELIVERED))
    answered = replace(ringing, state=AttemptState.ANSWERED, answered_at=at(2), live_at=at(2))
    await store.attempts.mark(answered, event(EventKind.CALL_ESTABLISHED))
    offered = replace(answered, state=AttemptState.OFFERED, offered_at=at(2), agent_id=ANA)
    await store.attempts.mark(offered)
    connected = replace(offered, state=AttemptState.CONNECTED, connected_at=at(2.1))
    await store.attempts.mark(connected, event(EventKind.CALL_CONNECTED))
    over = replace(connected, state=AttemptState.WRAP_UP, ended_at=at(60), result=CallResult.CONNECTED)
    await store.attempts.mark(over, event(EventKind.CALL_CLEARED))
    done = closed(over, CallResult.CONNECTED, at(70), disposition="cita", disposition_fields={"fecha": "2026-03-09"})
    await store.attempts.close(done, move(LeadState.COMPLETED), event(EventKind.ATTEMPT_CLOSED))


async def on_record(calls: int = 1_000_000, rounds: int = 300) -> list[Figure]:
    """What the law is told of a person, before each Originate: twenty calls on record, of a million in the store, and a
    public list of a hundred thousand numbers."""
    async with fresh_store() as store:
        await store.leads.add(CAMPAIGN, new_leads(1), T0)
        [lead] = await store.leads.reserve(CAMPAIGN, 1, T0, at(60))
        await store.attempts.open(attempt_for(lead))
        asked = {"calls": calls, "people": calls // 20}
        await store._database.write(lambda tx: tx.execute(sa.text(_COPIES), asked))
        copy = await store.registries.begin("RNE", T0, T0)
        for first in range(0, 100_000, 1000):
            await store.registries.add(copy, [RegistryEntry(number(n)) for n in range(first, first + 1000)])
        await store.registries.finish(copy, T0)
        people = iter(range(0, rounds))
        known = await store.record.of([number(7)], number(7), T0)
        assert len(known.history) == 20
        p95 = await _timed(lambda: _ask(store, next(people)), rounds)
        year = [T0.date() - timedelta(days=ago) for ago in range(366)]
        rows = [{"campaign_id": CAMPAIGN, "day": day, "live_answers": 2700, "abandoned": 30} for day in year]
        await store._database.write(lambda tx: tx.execute(sa.insert(answer_days), rows))
        month = await _timed(lambda: store.answer_days.since(CAMPAIGN, year[-1]), rounds)
    return [
        Figure(f"what is on record of a person, of {calls} calls, p95", p95, "ms", "≤ 5"),
        Figure(f"a year's share of abandoned calls, of {calls} calls, p95", month, "ms", "≤ 50"),
    ]


async def _ask(store: Store, nth: int) -> None:
    await store.record.of([number(nth)], number(nth), T0)


_COPIES = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :calls)
INSERT INTO attempts (id, campaign_id, lead_id, e164, trunk, state, decision, created_at, result, recording,
                      disposition_version, lead_state, lead_reason)
SELECT printf('%032x', i), campaign_id, lead_id, printf('+57300%07d', i % :people), trunk, 'closed', decision,
       created_at, 'busy', '', 0, '', '' FROM n, attempts WHERE attempts.state != 'closed'
"""
"""Closed calls, twenty to each of so many people, made from the only one there is."""


async def figures() -> list[Figure]:
    """Everything measured here."""
    return [*await intake(), *await reservation(), *await attempts(), *await a_whole_life(), *await on_record()]
