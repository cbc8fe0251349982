"""A callback that nobody makes in time is somebody's, or an ordinary lead, or done with: as the campaign says."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cti_api.model.ids import AgentId, CampaignId
from cti_api.model.leads import LeadState
from tests.support.house import House
from tests.support.store import move, new_leads, number

LUIS = AgentId("luis")
CAMPAIGN = CampaignId("personales")
HOUR = timedelta(hours=1)
FOLLOW_UPS = [{"name": "aviso", "on": "exhausted", "task": {"text": "Escribirle"}}]


async def promised(house: House, late: timedelta, **callbacks: str) -> int:
    """A campaign at work, whose only lead luis promised to call back; luis is away."""
    run_campaign = await house.prepare(
        CAMPAIGN, new_leads(1, first=700), callbacks={"any_agent_after": "8 h", **callbacks}, follow_ups=FOLLOW_UPS
    )
    store, now = house.engine.floor.store, house.engine.floor.clock.now()
    (lead,) = await store.leads.find(number(700).digits, CAMPAIGN)
    agreed = move(LeadState.CALLBACK, not_before=now - late, agreed_at=now - late, callback_agent=LUIS)
    await store.leads.move(lead.id, agreed, now)
    await house.start(run_campaign)
    return int(lead.id)


async def look(house: House) -> int:
    return await house.engine.missed.look(house.engine.campaigns.runs[CAMPAIGN].spec)


async def test_without_a_limit_it_stays_its_agents_until_it_is_anybodys(house: House) -> None:
    lead_id = await promised(house, 7 * HOUR)
    assert await look(house) == 0
    lead = await house.engine.floor.store.leads.get(lead_id)
    assert (lead.state, lead.callback_agent) == (LeadState.CALLBACK, LUIS)


async def test_one_that_is_not_late_enough_is_not_missed(house: House) -> None:
    await promised(house, HOUR / 2, missed_after="1 h", when_missed="close")
    assert await look(house) == 0


@pytest.mark.parametrize(
    ("action", "states"),
    [
        ("any_agent", {LeadState.CALLBACK, LeadState.RESERVED}),  # due, and anybody's: the hopper takes it
        ("close", {LeadState.CLOSED}),
        ("follow_up", {LeadState.EXHAUSTED}),
    ],
)
async def test_what_the_campaign_says_is_done_once_and_counted(
    house: House, action: str, states: set[LeadState]
) -> None:
    lead_id = await promised(house, 2 * HOUR, missed_after="1 h", when_missed=action)
    assert (await look(house), await look(house)) == (1, 0)
    lead = await house.engine.floor.store.leads.get(lead_id)
    assert lead.state in states
    assert (lead.callback_agent, lead.waiting_reason) == (None, "callback_missed")
    assert await house.engine.floor.store.callbacks.missed_in(CAMPAIGN) == 1


async def test_one_that_goes_back_to_the_others_is_called_by_whoever_is_free(house: House) -> None:
    await house.sign_in("ana")
    lead_id = await promised(house, 2 * HOUR, missed_after="1 h", when_missed="retry")
    assert await look(house) == 1
    await house.until(lambda: len(house.asterisk.calls) == 1, "the person is called")
    assert not (await house.engine.floor.store.leads.get(lead_id)).promised
