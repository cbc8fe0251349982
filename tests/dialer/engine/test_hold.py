"""Who waited longer than the hold limit hears the message and was abandoned, whoever is on the way by then."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from cti_api.model.agents import AgentState
from cti_api.model.calls import AttemptState, CallResult
from cti_api.model.ids import AgentId
from dialer.engine.book import Flight
from tests.support.house import House

EVA = AgentId("eva")


async def ringing(house: House, nth: int = 0) -> Flight:
    """The nth person waits while eva's softphone rings."""
    known = house.asterisk.legs.get("eva")
    if nth == 0:
        await house.call()
    await house.until(lambda: len(house.asterisk.calls) > nth, "the next call is placed")
    attempt = house.asterisk.calls[nth]
    await house.asterisk.answers_call(attempt)
    await house.until(lambda: house.asterisk.legs.get("eva") != known, "eva's softphone is called")
    flight = house.engine.floor.book.get(attempt)
    assert flight is not None
    return flight


async def test_an_agent_whose_softphone_still_rings_is_taken_back_and_the_call_ends_as_abandoned(house: House) -> None:
    house.asterisk.deaf = True
    await house.sign_in("eva")
    flight = await ringing(house)
    leg = house.asterisk.legs["eva"]
    await house.asterisk.gives_up(flight.id)
    hangup = await house.asterisk.got("Hangup")
    assert (hangup["Channel"], hangup["Cause"]) == (leg, "27")
    await house.is_in("eva", AgentState.READY)
    assert flight.call.state is AttemptState.ANSWERED
    house.engine.connecting.match()
    assert house.engine.floor.board.seat(EVA).attempt_id is None, "nobody is sent to a person who hears the message"
    await house.asterisk.ends(flight.id)
    record = await house.until_closed(flight.id)
    assert (record.result, record.agent_id) == (CallResult.ABANDONED, None)


async def test_a_softphone_taken_before_the_message_is_joined_during_it(house: House) -> None:
    house.asterisk.deaf = True
    await house.sign_in("eva")
    flight = await ringing(house)
    await house.asterisk.takes("eva")
    await house.asterisk.gives_up(flight.id)
    await house.asterisk.joined(house.asterisk.legs["eva"], flight.id)
    await house.is_in("eva", AgentState.BUSY)
    assert house.asterisk.named("Hangup") == []
    await house.asterisk.ends(flight.id)
    await house.is_in("eva", AgentState.WRAP_UP)
    house.engine.desk.make_ready(EVA)
    assert (await house.until_closed(flight.id)).result is CallResult.CONNECTED


async def test_a_join_of_a_nailed_up_agent_that_is_under_way_stands(house: House) -> None:
    await house.sign_in("ana")
    attempt = await house.call()
    await house.asterisk.answers_call(attempt)
    leg = house.asterisk.legs["ana"]
    await house.until(lambda: (leg, attempt) in house.asterisk.joins(), "ana is joined")
    await house.asterisk.gives_up(attempt)
    await house.asterisk.joined(leg, attempt)
    await house.is_in("ana", AgentState.BUSY)
    assert house.asterisk.named("Hangup") == []


async def test_a_softphone_that_rings_for_one_person_after_another_is_nobodys(house: House) -> None:
    """No single person waits as long as a softphone may ring."""
    house.asterisk.deaf = True
    await house.sign_in("eva")
    for nth, after in enumerate((AgentState.READY, AgentState.NOT_READY)):
        flight = await ringing(house, nth)
        assert flight.call.offered_at is not None
        flight.call = replace(flight.call, offered_at=flight.call.offered_at - timedelta(seconds=6))
        await house.asterisk.ends(flight.id)
        assert (await house.until_closed(flight.id)).result is CallResult.CALLER_HUNG_UP
        await house.is_in("eva", after)
    assert house.engine.floor.board.seat(EVA).status.reason == "unanswered"
