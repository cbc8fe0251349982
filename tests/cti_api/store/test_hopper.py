from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing

import asyncpg
import pytest
import sqlalchemy as sa

from cti_api.clock import SystemClock
from cti_api.errors import Conflict, NotFound, StoreUnavailable
from cti_api.model.agents import Agent
from cti_api.model.calls import CallResult
from cti_api.model.ids import AgentId, CampaignId, LeadId
from cti_api.model.leads import Lead, LeadState, NewLead
from cti_api.store import hopper
from cti_api.store.leads import LONG_AGO
from cti_api.store.store import Store
from tests.support.store import CAMPAIGN, T0, at, attempt_for, closed, event, move, new_leads, number

ANA = AgentId("ana")


async def reserve(store: Store, most: int = 100, now: float = 0.0, **more: object) -> list[Lead]:
    return await store.leads.reserve(CAMPAIGN, most, at(now), at(now + 60), **more)


def names(leads: list[Lead]) -> list[str]:
    return [lead.contact.name for lead in leads]


async def put(store: Store, *rows: tuple[str, int]) -> dict[str, Lead]:
    """Leads by name, each with a number of its own and that priority."""
    await store.leads.add(
        CAMPAIGN,
        [NewLead(name=name, phones=(number(n),), priority=priority) for n, (name, priority) in enumerate(rows)],
        T0,
    )
    leads = [await store.leads.with_number(CAMPAIGN, number(n)) for n in range(len(rows))]
    return {lead.contact.name: lead for lead in leads if lead is not None}


async def test_callbacks_due_come_first_then_priority_then_fewest_attempts_then_the_oldest(store: Store) -> None:
    leads = await put(store, ("old", 0), ("young", 0), ("tried", 0), ("urgent", 5), ("promised", 0), ("overdue", 0))
    await store.leads.move(leads["promised"].id, move(LeadState.CALLBACK, "cb", not_before=at(5)), T0)
    await store.leads.move(leads["overdue"].id, move(LeadState.CALLBACK, "cb", not_before=at(1)), T0)
    [tried] = [lead for lead in await reserve(store) if lead.contact.name == "tried"]
    attempt = attempt_for(tried)
    await store.attempts.open(attempt)
    await store.attempts.close(closed(attempt, CallResult.BUSY, at(1)), move(not_before=at(2)))
    await store.leads.release_all(at(2))
    taken = await reserve(store, now=10)
    assert names(taken) == ["overdue", "promised", "urgent", "old", "young", "tried"]
    assert {lead.state for lead in taken} == {LeadState.RESERVED}


async def test_no_more_than_asked_for_are_taken_and_none_twice(store: Store) -> None:
    await store.leads.add(CAMPAIGN, new_leads(5), T0)
    first, second = await reserve(store, 3), await reserve(store, 3)
    assert (len(first), len(second)) == (3, 2)
    assert not {lead.id for lead in first} & {lead.id for lead in second}
    assert await reserve(store) == []


async def test_a_lead_waits_until_its_hour(store: Store) -> None:
    leads = await put(store, ("later", 0))
    await store.leads.move(leads["later"].id, move(not_before=at(30)), T0)
    assert await reserve(store, now=29) == []
    assert names(await reserve(store, now=30)) == ["later"]


@asynccontextmanager
async def locked(url: str) -> AsyncIterator[None]:
    """Another program holds what a writer needs, all the while."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
        return
    client = await asyncpg.connect(url)
    try:
        async with client.transaction():
            await client.execute("LOCK TABLE leads IN EXCLUSIVE MODE")
            yield
    finally:
        await client.close()


async def test_while_nobody_is_due_nothing_is_asked_of_the_writer(store: Store, url: str) -> None:
    leads = await put(store, ("later", 0))
    await store.leads.move(leads["later"].id, move(not_before=at(30)), T0)
    async with Store.open(url, clock=SystemClock(), busy_seconds=0.2) as impatient, locked(url):
        assert await reserve(impatient, now=29) == []
        with pytest.raises(StoreUnavailable):
            await reserve(impatient, now=30)


async def asked_in_order(store: Store, now: float) -> bool:
    """Whether a reservation of then looks through those who wait, by what the database is asked."""
    asked: list[str] = []

    def listen(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    def listened(tx: sa.Connection) -> None:
        sa.event.listen(tx, "before_cursor_execute", listen)
        hopper.reserve(tx, CAMPAIGN, 100, at(now), at(now + 60), [], LONG_AGO)
        sa.event.remove(tx, "before_cursor_execute", listen)

    await store._database.write(listened)
    return any("ORDER BY leads.priority DESC" in statement for statement in asked)


async def test_those_who_wait_are_not_looked_through_for_a_callback_of_somebody_absent(store: Store) -> None:
    await store.agents.add(Agent(id=ANA, name="Ana", campaigns=(CAMPAIGN,)), T0)
    leads = await put(store, ("hers", 0), ("later", 0))
    await store.leads.move(leads["hers"].id, move(LeadState.CALLBACK, not_before=T0, callback_agent=ANA), T0)
    await store.leads.move(leads["later"].id, move(not_before=at(30)), T0)
    assert not await asked_in_order(store, now=29)
    assert await reserve(store, now=29) == []
    assert names(await reserve(store, now=29, for_agents=[ANA])) == ["hers"]
    assert await asked_in_order(store, now=30)


async def test_a_personal_callback_is_only_for_its_agent(store: Store) -> None:
    await store.agents.add(Agent(id=ANA, name="Ana", campaigns=(CAMPAIGN,)), T0)
    leads = await put(store, ("hers", 0), ("anyones", 0))
    await store.leads.move(leads["hers"].id, move(LeadState.CALLBACK, not_before=T0, callback_agent=ANA), T0)
    await store.leads.move(leads["anyones"].id, move(LeadState.CALLBACK, not_before=T0), T0)
    assert names(await reserve(store, for_agents=[AgentId("luis")])) == ["anyones"]
    [hers] = await reserve(store, for_agents=[ANA, AgentId("luis")])
    assert (hers.contact.name, hers.callback_agent) == ("hers", ANA)


async def test_a_personal_callback_that_its_agent_did_not_come_for_is_anybodys(store: Store) -> None:
    await store.agents.add(Agent(id=ANA, name="Ana", campaigns=(CAMPAIGN,)), T0)
    leads = await put(store, ("early", 0), ("late", 0))
    for name, due in (("early", 10), ("late", 11)):
        promise = move(LeadState.CALLBACK, not_before=at(due), callback_agent=ANA)
        await store.leads.move(leads[name].id, promise, T0)
    assert names(await reserve(store, now=60, anyones_until=at(10))) == ["early"]
    assert names(await reserve(store, now=60, anyones_until=at(11))) == ["late"]


async def test_a_number_in_a_call_of_another_campaign_is_left_out_until_it_ends(store: Store) -> None:
    other = CampaignId("otra")
    await store.campaigns.create(other, "Otra", "", T0)
    for campaign in (CAMPAIGN, other):
        await store.leads.add(campaign, [NewLead(name="Ana", phones=(number(1),))], T0)
    [lead] = await store.leads.reserve(other, 1, T0, at(60))
    attempt = attempt_for(lead)
    await store.attempts.open(attempt)
    assert await reserve(store) == []
    await store.attempts.close(closed(attempt, CallResult.BUSY, at(1)), move())
    assert len(await reserve(store)) == 1


async def test_released_leads_are_what_they_were_before(store: Store) -> None:
    leads = await put(store, ("fresh", 0), ("waiting", 0), ("promised", 0))
    await store.leads.move(leads["waiting"].id, move(LeadState.WAITING, "retry:busy", not_before=at(1)), T0)
    await store.leads.move(leads["promised"].id, move(LeadState.CALLBACK, "callback", not_before=at(2)), T0)
    before = [await store.leads.get(lead.id) for lead in leads.values()]
    taken = await reserve(store, now=5)
    assert await store.leads.release([lead.id for lead in taken], at(6)) == 3
    assert await store.leads.release([lead.id for lead in taken], at(6)) == 0
    assert [await store.leads.get(lead.id) for lead in leads.values()] == before


async def test_a_lease_that_ended_gives_its_leads_back_and_no_others(store: Store) -> None:
    await store.leads.add(CAMPAIGN, new_leads(3), T0)
    await store.leads.reserve(CAMPAIGN, 2, T0, at(10))
    [late] = await store.leads.reserve(CAMPAIGN, 1, T0, at(20))
    assert await store.leads.release_expired(at(9)) == 0
    assert await store.leads.release_expired(at(10)) == 2
    assert (await store.leads.get(late.id)).state is LeadState.RESERVED
    assert await store.leads.release_all(at(11)) == 1


async def test_two_who_reserve_at_once_never_get_the_same_lead(store: Store) -> None:
    await store.leads.add(CAMPAIGN, new_leads(120), T0)
    taken = await asyncio.gather(*(reserve(store, 10) for _ in range(20)))
    ids = [lead.id for part in taken for lead in part]
    assert len(ids) == len(set(ids)) == 120


async def test_the_next_lead_is_due_now_later_or_never(store: Store) -> None:
    assert await store.leads.next_due(CAMPAIGN, T0) is None
    leads = await put(store, ("a", 0), ("b", 0))
    assert await store.leads.next_due(CAMPAIGN, at(3)) == at(3)
    await store.leads.move(leads["a"].id, move(not_before=at(50)), T0)
    await store.leads.move(leads["b"].id, move(LeadState.CALLBACK, not_before=at(40)), T0)
    assert await store.leads.next_due(CAMPAIGN, at(3)) == at(40)
    assert await store.leads.next_due(CAMPAIGN, at(60)) == at(60)
    await store.leads.move(leads["b"].id, move(LeadState.COMPLETED), T0)
    await store.leads.move(leads["a"].id, move(LeadState.CLOSED), T0)
    assert await store.leads.next_due(CAMPAIGN, at(3)) is None


async def test_a_gate_can_send_a_reserved_lead_to_wait_and_tells_it(store: Store) -> None:
    await store.leads.add(CAMPAIGN, new_leads(1), T0)
    [lead] = await reserve(store)
    told = event(lead_id=lead.id)
    done = await store.leads.move(lead.id, move(LeadState.WAITING, "campaign_hours", not_before=at(99)), at(1), told)
    assert done.state is LeadState.WAITING
    moved = await store.leads.get(lead.id)
    assert (moved.state, moved.not_before, moved.waiting_reason) == (LeadState.WAITING, at(99), "campaign_hours")
    assert [e.event_id for e in (await store.outbox.number())[1:]] == [told.event_id]
    assert await store.leads.release([lead.id], at(2)) == 0


async def test_a_final_state_is_never_left(store: Store) -> None:
    await store.leads.add(CAMPAIGN, new_leads(1), T0)
    [lead] = await reserve(store)
    await store.leads.move(lead.id, move(LeadState.EXHAUSTED), T0)
    with pytest.raises(Conflict, match="is exhausted"):
        await store.leads.move(lead.id, move(LeadState.READY), T0)
    with pytest.raises(NotFound):
        await store.leads.move(LeadId(10**6), move(), T0)
    with pytest.raises(NotFound):
        await store.leads.get(LeadId(10**6))


async def test_a_lead_is_reserved_or_dialled_by_no_decision(store: Store) -> None:
    await store.leads.add(CAMPAIGN, new_leads(1), T0)
    [lead] = await reserve(store)
    with pytest.raises(ValueError, match="by being reserved or dialled"):
        await store.leads.move(lead.id, move(LeadState.DIALING), T0)


async def test_a_lead_is_open_until_the_last_one_is_in_a_final_state(store: Store) -> None:
    assert not await store.leads.any_open(CAMPAIGN)
    assert not await store.leads.all_final(CAMPAIGN), "there are none"
    await store.leads.add(CAMPAIGN, new_leads(2), T0)
    first, second = await store.leads.reserve(CAMPAIGN, 2, T0, at(60))
    await store.leads.move(first.id, move(LeadState.CLOSED), T0)
    assert await store.leads.any_open(CAMPAIGN)
    assert not await store.leads.all_final(CAMPAIGN)
    await store.leads.move(second.id, move(LeadState.EXHAUSTED), T0)
    assert not await store.leads.any_open(CAMPAIGN)
    assert await store.leads.all_final(CAMPAIGN)
