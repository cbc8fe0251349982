from __future__ import annotations

from dataclasses import replace

import pytest

from cti_api.errors import Conflict, NotFound
from cti_api.model.agents import Agent, AgentConnect, AgentPhone, AgentState, AgentStatus
from cti_api.model.events import EventKind
from cti_api.model.ids import AgentId, CampaignId
from cti_api.store.store import Store
from tests.support.store import CAMPAIGN, T0, at, event

ANA = Agent(id=AgentId("ana"), name="Ana María Ríos", campaigns=(CAMPAIGN,))


async def test_an_account_is_kept_with_its_campaigns(store: Store) -> None:
    await store.agents.add(ANA, T0)
    assert await store.agents.get(ANA.id) == ANA
    assert await store.agents.all() == [ANA]


async def test_an_account_changes_whole(store: Store) -> None:
    await store.campaigns.create(CampaignId("otra"), "Otra", "", T0)
    await store.agents.add(ANA, T0)
    changed = replace(
        ANA, name="Ana", campaigns=(CampaignId("otra"),), connect=AgentConnect.RUNG, phone=AgentPhone.BROWSER
    )
    await store.agents.change(changed)
    assert await store.agents.get(ANA.id) == changed


async def test_a_name_is_taken_once_and_campaigns_must_be_there(store: Store) -> None:
    await store.agents.add(ANA, T0)
    with pytest.raises(Conflict, match="already an agent of this name"):
        await store.agents.add(ANA, T0)
    luis = replace(ANA, id=AgentId("luis"), campaigns=(CampaignId("nadie"),))
    with pytest.raises(NotFound):
        await store.agents.add(luis, T0)
    assert [agent.id for agent in await store.agents.all()] == ["ana"], "nothing of a refused account is left"


async def test_an_agent_nobody_added_is_not_found(store: Store) -> None:
    for asked in (
        store.agents.get(ANA.id),
        store.agents.change(ANA),
        store.agents.log_state(AgentStatus(agent_id=ANA.id, state=AgentState.READY, since=T0)),
    ):
        with pytest.raises(NotFound):
            await asked


async def test_every_state_is_written_down_with_its_event(store: Store) -> None:
    await store.agents.add(ANA, T0)
    ready = AgentStatus(agent_id=ANA.id, state=AgentState.READY, since=at(1), source="agent")
    busy = AgentStatus(
        agent_id=ANA.id,
        state=AgentState.BUSY,
        since=at(2),
        pending=AgentState.NOT_READY,
        pending_reason="almuerzo",
        source="system",
    )
    told = event(EventKind.AGENT_STATE, agent_id=ANA.id)
    await store.agents.log_state(ready)
    await store.agents.log_state(busy, told)
    assert await store.agents.states(ANA.id, T0) == [ready, busy]
    assert await store.agents.states(ANA.id, at(2)) == [busy]
    assert [e.event_id for e in await store.outbox.number()] == [told.event_id]


async def test_the_state_an_agent_is_in_now_is_the_one_written_last(store: Store) -> None:
    luis, eva = (replace(ANA, id=AgentId(name)) for name in ("luis", "eva"))
    for agent in (ANA, luis, eva):
        await store.agents.add(agent, T0)
    ready = AgentStatus(agent_id=ANA.id, state=AgentState.READY, since=at(1))
    paused = AgentStatus(agent_id=ANA.id, state=AgentState.NOT_READY, since=at(2), reason="almuerzo")
    busy = AgentStatus(agent_id=luis.id, state=AgentState.BUSY, since=at(3), pending=AgentState.LOGGED_OFF)
    asked = replace(busy, pending=AgentState.NOT_READY, pending_reason="baño")
    for status in (ready, paused, busy, asked):
        await store.agents.log_state(status)
    assert await store.agents.present() == {ANA.id: paused, luis.id: asked}
