"""What the dialling loop makes of campaigns side by side: leads that wait, agents that are shared, hours, the end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cti_api.model.campaigns import CampaignState
from cti_api.model.ids import AgentId, CampaignId, LeadId, TrunkId
from cti_api.model.leads import LeadState, NewLead
from cti_api.store.store import Store
from dialer.engine.campaigns import CampaignRun
from dialer.engine.hopper import LEASE, STALE, Hopper
from tests.support.house import House
from tests.support.shift import campaign_file
from tests.support.store import move, new_leads, number

TURNO, OTHER = CampaignId("turno"), CampaignId("otra")
TRUNK = TrunkId("operador-a")


class HandClock:
    """Shows what it is set to."""

    def __init__(self, at: datetime) -> None:
        self.at, self.seconds = at, 0.0

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.seconds

    def passes(self, time: timedelta) -> None:
        self.at += time
        self.seconds += time.total_seconds()


@pytest.fixture
def store(house: House) -> Store:
    return house.engine.floor.store


async def other_campaign(house: House, leads: list[NewLead], **entries: Any) -> CampaignRun:
    """A second campaign that everybody works in, started."""
    floor = house.engine.floor
    text = campaign_file(OTHER, [TRUNK], **entries).decode()
    await floor.store.campaigns.create(OTHER, "Otra", text, floor.clock.now())
    await floor.store.leads.add(OTHER, leads, floor.clock.now())
    for seat in floor.board:
        agent = seat.agent
        changed = type(agent)(id=agent.id, name=agent.name, connect=agent.connect, campaigns=(TURNO, OTHER))
        await floor.store.agents.change(changed)
        floor.board.put(changed, floor.clock.now())
    await house.engine.campaigns.start(OTHER)
    return house.engine.campaigns.runs[OTHER]


async def test_leads_that_waited_for_an_agent_for_long_come_back_to_the_list(store: Store) -> None:
    clock = HandClock(datetime.now(UTC))
    hopper = Hopper(store, clock, TURNO)
    await hopper.fill(3, [])
    assert len(hopper) == 3
    clock.passes(LEASE - STALE)
    assert hopper.take() is None, "their lease is nearly over"
    clock.passes(STALE)
    assert await store.leads.release_expired(clock.now()) == 3
    clock.passes(timedelta(seconds=1))
    await hopper.fill(3, [])
    assert (len(hopper), hopper.is_all) == (3, False), "there may be more"
    await hopper.fill(4, [])
    assert (len(hopper), hopper.is_all) == (3, True)
    await hopper.fill(3, [])
    assert not hopper.is_all, "nobody asked for more than is here"


async def test_whoever_became_due_meanwhile_comes_before_leads_that_waited_in_the_hopper_for_long(store: Store) -> None:
    clock = HandClock(datetime.now(UTC))
    hopper = Hopper(store, clock, TURNO)
    await hopper.fill(1, [])
    clock.passes(LEASE - STALE)
    callback = LeadId(3)
    await store.leads.move(callback, move(LeadState.CALLBACK, not_before=clock.now()), clock.now())
    await hopper.fill(1, [])
    lead = hopper.take()
    assert lead is not None
    assert lead.id == callback
    assert lead.promised


async def test_the_engine_gives_back_what_nobody_holds_any_more(house: House, store: Store) -> None:
    now = datetime.now(UTC)
    (lead,) = await store.leads.reserve(TURNO, 1, now, now - timedelta(seconds=1))
    house.engine.floor.wake.set()

    async def is_back() -> bool:
        return (await store.leads.get(lead.id)).state is LeadState.NEW

    await house.until_so(is_back, "the lead is in its list again")


async def test_a_campaign_that_has_no_lines_leaves_the_agents_to_those_that_have(house: House) -> None:
    await house.sign_in("ana", "luis")
    await other_campaign(house, new_leads(5, first=100), max_channels=1, priority=9)
    await house.until(lambda: len(house.asterisk.calls) == 1, "the first campaign uses its only channel")
    await house.engine.campaigns.start(TURNO)
    await house.until(lambda: len(house.asterisk.calls) == 2, "the other agent is the second campaign's")


async def test_calls_of_a_paused_campaign_still_count_on_their_agents(house: House) -> None:
    await house.sign_in("ana")
    await house.call()
    await house.engine.campaigns.pause(TURNO)
    run = await other_campaign(house, new_leads(5, first=100))
    await house.until(lambda: "free" in run.last_decision, "the other campaign was asked")
    assert len(house.asterisk.calls) == 1


async def test_outside_its_hours_a_campaign_leaves_its_leads_as_they_are_and_says_when_it_opens(
    house: House, store: Store
) -> None:
    await house.sign_in("ana")
    in_three_days = f"{datetime.now(UTC) + timedelta(days=3):%a}".lower()
    hours = {"timezone": "America/Bogota", "days": {in_three_days: ["08:00-12:00"]}}
    run = await other_campaign(house, new_leads(5, first=100), hours=hours)
    await house.until(lambda: not run.is_open, "it is closed")
    assert "outside of the campaign's hours; it opens again at" in run.last_decision
    counts = await store.campaigns.counts(OTHER)
    assert counts.leads_by_state == {LeadState.NEW: 5}
    assert house.asterisk.calls == []
    assert run.state is CampaignState.RUNNING


async def test_a_manual_campaign_does_not_end_by_itself(house: House) -> None:
    await house.sign_in("ana")
    run = await other_campaign(house, new_leads(1, first=100), mode="manual")
    agent, called = AgentId("ana"), number(200)
    attempt = await house.engine.by_hand.dial(agent, run, called)
    await house.until(lambda: attempt in house.asterisk.calls, "the agent's call is placed")
    await house.asterisk.ends(attempt, 17)
    await house.until_closed(attempt)
    for lead in await house.engine.floor.store.leads.find("Cliente 100"):
        await house.engine.floor.store.leads.move(lead.id, move(LeadState.CLOSED), datetime.now(UTC))
    run.counted_at = 0.0
    await house.engine.campaigns.finish_if_done(run)
    assert run.state is CampaignState.RUNNING
    assert OTHER in house.engine.campaigns.runs
