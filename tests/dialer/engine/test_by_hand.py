"""What agents dial by hand: the number they asked for, under the same rules, and never at the price of their shift."""

from __future__ import annotations

import pytest

from cti_api.errors import Conflict
from cti_api.model.agents import AgentState
from cti_api.model.calls import CallResult
from cti_api.model.ids import AgentId, CampaignId
from cti_api.model.leads import Lead, LeadState, NewLead
from tests.support.house import House
from tests.support.store import new_leads, number

ANA = AgentId("ana")
MANUAL = CampaignId("a-mano")
FIRST, SECOND = number(501), number(502)
TWO_PHONES = [NewLead(name="Dos teléfonos", phones=(FIRST, SECOND))]


async def only_lead(house: House, campaign: CampaignId = MANUAL) -> Lead:
    (lead,) = await house.engine.floor.store.leads.find("telefonos", campaign)
    return lead


async def test_the_number_asked_for_is_dialled_not_the_persons_next_one(house: House) -> None:
    await house.sign_in("ana")
    run = await house.campaign(MANUAL, TWO_PHONES, mode="manual")
    attempt = await house.engine.by_hand.dial(ANA, run.spec, SECOND)
    assert house.asterisk.dialled(attempt) == SECOND.digits
    assert house.engine.floor.board.seat(ANA).attempt_id == attempt
    await house.asterisk.ends(attempt, 17)
    record = await house.until_closed(attempt)
    assert (record.number, record.result) == (SECOND, CallResult.BUSY)


async def test_the_number_asked_for_passes_the_gate_and_its_refusal_leaves_the_person_as_they_were(
    house: House,
) -> None:
    await house.sign_in("ana")
    run = await house.campaign(MANUAL, TWO_PHONES, mode="manual")
    await house.engine.floor.store.suppression.add([SECOND], "test", house.engine.floor.clock.now())
    with pytest.raises(Conflict, match="do-not-call"):
        await house.engine.by_hand.dial(ANA, run.spec, SECOND)
    lead = await only_lead(house)
    assert lead.phone == FIRST
    assert lead.state in (LeadState.NEW, LeadState.RESERVED), "the campaign may have it in its hopper"
    attempt = await house.engine.by_hand.dial(ANA, run.spec, FIRST)
    assert house.asterisk.dialled(attempt) == FIRST.digits


async def test_a_number_called_by_hand_is_the_one_called_again(house: House) -> None:
    await house.sign_in("ana")
    again = {"default": {"action": "retry", "after": "1 h"}, "connected": {"action": "complete"}}
    again |= {"hablado": {"action": "complete"}}
    retry = {"max_attempts": 3, "min_gap": "1 s", "rules": again}
    run = await house.campaign(MANUAL, TWO_PHONES, mode="manual", retry=retry)
    attempt = await house.engine.by_hand.dial(ANA, run.spec, SECOND)
    await house.asterisk.ends(attempt, 17)
    await house.until_closed(attempt)
    lead = await only_lead(house)
    assert (lead.state, lead.phone) == (LeadState.WAITING, SECOND)


@pytest.mark.parametrize("rings", [True, False])
async def test_a_call_that_its_agent_cancels_was_canceled_and_says_nothing_against_the_trunk(
    house: House, rings: bool
) -> None:
    await house.sign_in("ana")
    run = await house.campaign(MANUAL, new_leads(4, first=600), mode="manual")
    for nth in range(4):
        attempt = await house.engine.by_hand.dial(ANA, run.spec, number(600 + nth))
        if rings:
            await house.asterisk.rings(attempt)
            await house.until(lambda id_=attempt: house.engine.floor.book.get(id_).call.rang, "it rings")
        await house.engine.desk.hang_up(ANA)
        assert (await house.until_closed(attempt)).result is CallResult.CANCELED_BY_DIALER
        await house.is_in("ana", AgentState.READY)
    assert set(house.engine.floor.trunks.states().values()) == {"closed"}
