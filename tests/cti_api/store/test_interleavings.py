"""Whatever happens in whatever order, by however many tasks: the store's promises hold."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
import sqlalchemy as sa

from cti_api.clock import SystemClock
from cti_api.errors import Conflict
from cti_api.model.calls import LIVE_ATTEMPT_STATES, Attempt, AttemptState, CallResult
from cti_api.model.ids import CampaignId
from cti_api.model.leads import Lead, LeadMove, LeadState, NewLead
from cti_api.store.opening import open_database
from cti_api.store.schema import attempts, leads
from cti_api.store.store import Store
from tests.support.store import CAMPAIGN, T0, at, attempt_for, closed, event, number

OTHER = CampaignId("otra")
NUMBERS = 8
"""Fewer numbers than leads: the two campaigns dial the same people."""


async def check(url: str, loaded: int) -> None:
    """The invariants that must hold at any moment (I1, I2, I10 and I12 of the failure catalogue's chapter 6)."""
    database = await open_database(url, SystemClock())
    try:
        calls = await database.read(
            lambda tx: tx.execute(sa.select(attempts.c.lead_id, attempts.c.e164, attempts.c.state)).all()
        )
        states = await database.read(
            lambda tx: dict(tuple(row) for row in tx.execute(sa.select(leads.c.id, leads.c.state)))
        )
    finally:
        await database.close()
    open_leads = Counter(call.lead_id for call in calls if call.state != AttemptState.CLOSED)
    live_numbers = Counter(call.e164 for call in calls if call.state in LIVE_ATTEMPT_STATES)
    assert max(open_leads.values(), default=0) <= 1, "one open attempt per lead"
    assert max(live_numbers.values(), default=0) <= 1, "one call per number"
    assert {lead for lead, state in states.items() if state == LeadState.DIALING} == set(open_leads)
    assert len(states) == loaded, "no lead lost"


class Worker:
    """Does one random thing after the other, as a dialer, an agent or an impatient supervisor would."""

    def __init__(self, store: Store, random: Random) -> None:
        self.store = store
        self.random = random
        self.held: list[Lead] = []
        self.calls: list[Attempt] = []
        self.seconds = 0

    async def step(self) -> None:
        self.seconds += 1
        what = self.random.choice(
            (self.reserve, self.open, self.open, self.mark, self.close, self.close, self.release, self.do_not_call)
        )
        with suppress(Conflict):  # a refusal is an answer; what must hold is checked in the database
            await what()

    async def reserve(self) -> None:
        campaign = self.random.choice((CAMPAIGN, OTHER))
        now = at(self.seconds)
        self.held += await self.store.leads.reserve(
            campaign, self.random.randint(1, 3), now, now + timedelta(seconds=4)
        )

    async def open(self) -> None:
        if self.held:
            lead = self.held.pop(self.random.randrange(len(self.held)))
            attempt = attempt_for(lead, at(self.seconds))
            await self.store.attempts.open(attempt, event(), by_hand=self.random.random() < 0.2)
            self.calls.append(attempt)

    async def mark(self) -> None:
        if self.calls:
            call = self.random.choice(self.calls)
            state = self.random.choice([s for s in AttemptState if s is not AttemptState.CLOSED])
            await self.store.attempts.mark(replace(call, state=state), event())

    async def close(self) -> None:
        if self.calls:
            call = self.random.choice(self.calls)  # often one already closed
            result = self.random.choice(list(CallResult))
            state = self.random.choice((LeadState.WAITING, LeadState.READY, LeadState.CALLBACK, LeadState.COMPLETED))
            move = LeadMove(state=state, reason="x", suppress_number=self.random.random() < 0.02)
            await self.store.attempts.close(closed(call, result, at(self.seconds)), move, event())

    async def release(self) -> None:
        if self.random.random() < 0.5:
            await self.store.leads.release_expired(at(self.seconds))
        else:
            await self.store.leads.release([lead.id for lead in self.held], at(self.seconds))
            self.held.clear()

    async def do_not_call(self) -> None:
        if self.random.random() < 0.05:
            await self.store.suppression.add([number(self.random.randrange(NUMBERS))], "x", at(self.seconds))


async def run(store: Store, url: str, seed: int, steps: int) -> None:
    random = Random(seed)
    await store.campaigns.create(OTHER, "Otra", "", T0)
    for campaign in (CAMPAIGN, OTHER):
        rows = [NewLead(name=f"{campaign} {n}", phones=(number(n), number(100 + n))) for n in range(NUMBERS)]
        await store.leads.add(campaign, rows, T0)
    async with Store.open(url, clock=SystemClock()) as second:
        # two stores: what one process would see as one writer is two that know nothing of each other
        workers = [Worker(s, Random(random.random())) for s in (store, second) for _ in range(3)]
        numbered: list[int] = []
        for round_ in range(steps):
            await asyncio.gather(*(worker.step() for worker in workers))
            if round_ % 10 == 0:
                numbered += [e.seq or 0 for e in await random.choice((store, second)).outbox.number(7)]
    while events := await store.outbox.number():
        numbered += [e.seq or 0 for e in events]
    assert numbered == list(range(1, len(numbered) + 1)), "numbers without gaps, in order"
    await check(url, 2 * NUMBERS)


@pytest.mark.parametrize("seed", range(3))
async def test_random_work_by_six_at_once_keeps_every_promise(store: Store, url: str, seed: int) -> None:
    await run(store, url, seed, steps=40)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 120))
async def test_random_work_for_longer_keeps_every_promise(store: Store, url: str, seed: int) -> None:
    await run(store, url, seed, steps=400)
