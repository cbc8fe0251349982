"""Who agreed with an agent to be called back by them is called by them, and by somebody else rather than by nobody."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cti_api.model.agents import AgentState
from cti_api.model.calls import CallResult
from cti_api.model.ids import AgentId, CampaignId, LeadId
from cti_api.model.leads import LeadState
from tests.support.house import House
from tests.support.store import move, new_leads, number

ANA, LUIS = AgentId("ana"), AgentId("luis")
CAMPAIGN = CampaignId("personales")


async def promise(house: House, agent: AgentId, mode: str, *, leads: int = 1, late: timedelta = timedelta(0)) -> LeadId:
    """A campaign, not started, whose last lead this agent promised to call back, at a time that came `late` ago."""
    await house.prepare(CAMPAIGN, new_leads(leads, first=600), mode=mode, callbacks={"any_agent_after": "1 h"})
    store, now = house.engine.floor.store, house.engine.floor.clock.now()
    (lead,) = await store.leads.find(number(600 + leads - 1).digits, CAMPAIGN)
    due = now - timedelta(seconds=1) - late
    await store.leads.move(lead.id, move(LeadState.CALLBACK, not_before=due, callback_agent=agent), now)
    return lead.id


async def test_its_agent_waits_for_the_call_from_the_start_and_gets_it(house: House) -> None:
    await house.sign_in("ana", "luis")
    await promise(house, LUIS, "progressive")
    await house.start(CAMPAIGN)
    await house.until(lambda: len(house.asterisk.calls) == 1, "the person is called")
    (attempt,) = house.asterisk.calls
    seat = house.engine.floor.board.seat(LUIS)
    assert (seat.status.state, seat.attempt_id) == (AgentState.RESERVED, attempt)
    assert house.state("ana") is AgentState.READY
    await house.asterisk.answers_call(attempt)
    leg = house.asterisk.legs["luis"]
    await house.until(lambda: (leg, attempt) in house.asterisk.joins(), "luis is joined, though ana is idle longer")


async def test_its_agent_is_shown_the_person_though_another_is_idle_longer(house: House) -> None:
    await house.sign_in("ana", "luis")
    lead = await promise(house, LUIS, "preview")
    await house.start(CAMPAIGN)
    previews = house.engine.by_hand.previews
    await house.until(lambda: bool(previews), "somebody is on show")
    assert {agent: preview.lead.id for agent, preview in previews.items()} == {LUIS: lead}


async def test_a_callback_that_its_agent_skips_stays_theirs(house: House) -> None:
    await house.sign_in("ana", "luis")
    lead_id = await promise(house, LUIS, "preview")
    await house.start(CAMPAIGN)
    await house.until(lambda: LUIS in house.engine.by_hand.previews, "luis is shown the person")
    await house.engine.by_hand.skip(LUIS)
    lead = await house.engine.floor.store.leads.get(lead_id)
    assert (lead.state, lead.callback_agent) == (LeadState.CALLBACK, LUIS)


async def test_its_agent_is_free_again_when_the_person_does_not_answer(house: House) -> None:
    await house.sign_in("ana", "luis")
    await promise(house, LUIS, "progressive")
    await house.start(CAMPAIGN)
    await house.until(lambda: len(house.asterisk.calls) == 1, "the person is called")
    (attempt,) = house.asterisk.calls
    await house.asterisk.ends(attempt, 17)
    assert (await house.until_closed(attempt)).result is CallResult.BUSY
    await house.is_in("luis", AgentState.READY)


@pytest.mark.parametrize("mode", ["progressive", "preview"])
async def test_nobody_else_calls_while_its_agent_is_away(house: House, mode: str) -> None:
    await house.sign_in("ana")
    lead = await promise(house, LUIS, mode, leads=2)
    await house.start(CAMPAIGN)
    floor, previews = house.engine.floor, house.engine.by_hand.previews
    if mode == "preview":
        await house.until(lambda: ANA in previews, "ana is shown somebody")
        assert previews[ANA].lead.id != lead
        await house.engine.by_hand.skip(ANA)
        await house.is_in("ana", AgentState.READY)
    else:
        await house.until(lambda: len(house.asterisk.calls) == 1, "the other person is called")
        await house.asterisk.ends(house.asterisk.calls[0], 17)
        await house.until_closed(house.asterisk.calls[0])
    assert (await floor.store.leads.get(lead)).state is LeadState.CALLBACK
    await house.sign_in("luis")
    if mode == "preview":
        await house.until(lambda: LUIS in previews and previews[LUIS].lead.id == lead, "luis is shown his callback")
        attempt = await house.engine.by_hand.accept(LUIS)
    else:
        await house.until(lambda: len(house.asterisk.calls) == 2, "luis calls")
        attempt = house.asterisk.calls[1]
    assert floor.board.seat(LUIS).attempt_id == attempt


@pytest.mark.parametrize("mode", ["progressive", "preview"])
async def test_a_callback_whose_agent_did_not_come_for_it_in_time_is_anybodys(house: House, mode: str) -> None:
    await house.sign_in("ana")
    lead = await promise(house, LUIS, mode, late=timedelta(hours=1))
    await house.start(CAMPAIGN)
    if mode == "preview":
        await house.until(lambda: ANA in house.engine.by_hand.previews, "ana is shown the person")
        assert house.engine.by_hand.previews[ANA].lead.id == lead
        return
    await house.until(lambda: len(house.asterisk.calls) == 1, "the person is called")
    flight = house.engine.floor.book.get(house.asterisk.calls[0])
    assert flight is not None
    assert flight.booked_for is None
