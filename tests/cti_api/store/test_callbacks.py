"""Callbacks that nobody made in time: found by the time agreed on, written down once, moved as the campaign says."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from cti_api.model.agents import Agent
from cti_api.model.events import EventKind
from cti_api.model.ids import AgentId
from cti_api.model.leads import Lead, LeadMove, LeadState
from cti_api.store.callbacks import MissedCallback, OverdueCallback
from cti_api.store.schema import outbox
from cti_api.store.store import Store
from tests.support.store import CAMPAIGN, T0, at, move, new_leads, number

ANA = AgentId("ana")


async def promise(store: Store, n: int = 0, due: float = 100.0, agent: AgentId | None = None) -> Lead:
    await store.leads.add(CAMPAIGN, new_leads(1, first=n), T0)
    lead = await store.leads.with_number(CAMPAIGN, number(n))
    assert lead is not None
    agreed = move(LeadState.CALLBACK, "callback:volver", not_before=at(due), agreed_at=at(due), callback_agent=agent)
    await store.leads.move(lead.id, agreed, T0)
    return await store.leads.get(lead.id)


def missed(found: OverdueCallback, then: LeadMove) -> MissedCallback:
    return MissedCallback(
        lead_id=found.lead.id, due_at=found.due_at, agent_id=found.lead.callback_agent, action="any_agent", move=then
    )


def still_one(found: OverdueCallback) -> LeadMove:
    return move(LeadState.CALLBACK, "callback_missed", not_before=found.lead.not_before)


async def test_it_is_late_by_the_time_agreed_on_whatever_the_hours_made_of_it(store: Store) -> None:
    lead = await promise(store)
    await store.leads.move(lead.id, move(LeadState.CALLBACK, "gate:co-hours", not_before=at(9_000)), at(101))
    assert await store.callbacks.overdue(CAMPAIGN, at(99)) == []
    (found,) = await store.callbacks.overdue(CAMPAIGN, at(100))
    assert (found.lead.id, found.due_at, found.lead.not_before) == (lead.id, at(100), at(9_000))


async def test_it_is_missed_once_and_told_once(store: Store) -> None:
    await store.agents.add(Agent(id=ANA, name="Ana", campaigns=(CAMPAIGN,)), T0)
    lead = await promise(store, agent=ANA)
    (found,) = await store.callbacks.overdue(CAMPAIGN, at(200))
    assert await store.callbacks.miss([missed(found, still_one(found))], at(300)) == 1
    after = await store.leads.get(lead.id)
    assert (after.state, after.callback_agent, after.not_before) == (LeadState.CALLBACK, None, at(100))
    assert await store.callbacks.overdue(CAMPAIGN, at(99_000)) == []
    assert await store.callbacks.missed_in(CAMPAIGN) == 1
    kind = sa.select(outbox.c.agent_id, outbox.c.payload).where(outbox.c.kind == EventKind.CALLBACK_MISSED.value)
    ((agent, payload),) = await store._database.read(lambda tx: tx.execute(kind).all())
    assert agent == ANA
    assert payload == {
        "due_at": at(100).isoformat(), "action": "any_agent", "lead_state": "callback",
        "lead_reason": "callback_missed",
    }  # fmt: skip


async def test_one_that_is_agreed_anew_may_be_missed_anew(store: Store) -> None:
    lead = await promise(store)
    (found,) = await store.callbacks.overdue(CAMPAIGN, at(200))
    await store.callbacks.miss([missed(found, still_one(found))], at(300))
    anew = move(LeadState.CALLBACK, "callback:volver", not_before=at(500), agreed_at=at(500))
    await store.leads.move(lead.id, anew, at(400))
    (again,) = await store.callbacks.overdue(CAMPAIGN, at(600))
    assert again.due_at == at(500)


@pytest.mark.parametrize("taken", ["reserved", "agreed anew"])
async def test_one_that_somebody_took_up_meanwhile_is_not_missed(store: Store, taken: str) -> None:
    lead = await promise(store)
    (found,) = await store.callbacks.overdue(CAMPAIGN, at(200))
    if taken == "reserved":
        await store.leads.reserve(CAMPAIGN, 1, at(200), at(260))
    else:
        anew = move(LeadState.CALLBACK, "callback:volver", not_before=at(900), agreed_at=at(900))
        await store.leads.move(lead.id, anew, at(200))
    assert await store.callbacks.miss([missed(found, move(LeadState.CLOSED, "callback_missed"))], at(300)) == 0
    assert (await store.leads.get(lead.id)).state is not LeadState.CLOSED
    assert await store.callbacks.missed_in(CAMPAIGN) == 0


async def test_what_is_missed_goes_where_the_campaign_sends_it(store: Store) -> None:
    for n, state in enumerate((LeadState.READY, LeadState.CLOSED, LeadState.EXHAUSTED)):
        lead = await promise(store, n)
        (found,) = await store.callbacks.overdue(CAMPAIGN, at(200))
        await store.callbacks.miss([missed(found, move(state, "callback_missed"))], at(300))
        after = await store.leads.get(lead.id)
        assert (after.state, after.waiting_reason, after.promised) == (state, "callback_missed", False)
