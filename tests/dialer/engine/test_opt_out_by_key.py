"""A person who hears the message presses 9: that holds while the confirmation is still heard, for all their numbers."""

from __future__ import annotations

from cti_api.model.calls import CallResult
from cti_api.model.ids import CampaignId
from cti_api.model.leads import LeadState, NewLead
from tests.support.house import House
from tests.support.store import number

LAW = CampaignId("ley")
ANA = NewLead(name="Ana", phones=(number(100), number(101)))


async def test_it_is_in_the_store_before_the_call_is_over_and_the_lead_ends_with_it(house: House) -> None:
    store = house.engine.floor.store
    house.asterisk.deaf = True
    await house.campaign(LAW, [ANA])
    other = CampaignId("otra")
    await store.campaigns.create(other, "Otra", "", house.engine.floor.clock.now())
    await store.leads.add(other, [NewLead(name="Ana", phones=(number(101),))], house.engine.floor.clock.now())
    await house.sign_in("eva")
    attempt = await house.call()
    await house.asterisk.answers_call(attempt)
    await house.asterisk.gives_up(attempt)
    await house.asterisk.presses_nine(attempt)

    async def refused_elsewhere() -> bool:
        lead = await store.leads.with_number(other, number(101))
        return lead is not None and lead.state is LeadState.SUPPRESSED

    await house.until_so(refused_elsewhere, "the other campaign's lead is suppressed")
    assert await store.suppression.contains(number(100))
    await house.asterisk.presses_nine(attempt)  # told twice
    await house.asterisk.ends(attempt)
    assert (await house.until_closed(attempt)).result is CallResult.ABANDONED
    lead = await store.leads.with_number(LAW, number(100))
    assert lead is not None
    assert (lead.state, lead.waiting_reason) == (LeadState.SUPPRESSED, "suppressed:keypad")
    assert await store.suppression.count() == 2


async def test_a_no_that_comes_after_the_call_was_closed_is_heard_too(house: House) -> None:
    store = house.engine.floor.store
    house.asterisk.deaf = True
    await house.campaign(LAW, [ANA])
    await house.sign_in("eva")
    attempt = await house.call()
    await house.asterisk.answers_call(attempt)
    await house.asterisk.gives_up(attempt)
    await house.asterisk.ends(attempt)
    assert (await house.until_closed(attempt)).result is CallResult.ABANDONED
    assert await store.suppression.count() == 0
    await house.asterisk.presses_nine(attempt)

    async def both_are_on_the_list() -> bool:
        return await store.suppression.contains(number(100)) and await store.suppression.contains(number(101))

    await house.until_so(both_are_on_the_list, "the person's numbers are on the list")
