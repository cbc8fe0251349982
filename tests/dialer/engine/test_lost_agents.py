"""An agent's leg dies under a person: whatever the order of Asterisk's words, one other agent takes over."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from cti_api.model.agents import AgentState
from cti_api.model.calls import CallResult
from cti_api.model.ids import AgentId
from dialer.engine.connecting import ANSWER_WITHIN_SECONDS
from tests.support.house import House


@pytest.mark.parametrize("leg_first", [True, False])
async def test_the_next_agent_takes_over_and_is_the_one_of_the_record(house: House, leg_first: bool) -> None:
    await house.sign_in("ana", "luis")
    attempt = await house.talk("ana")
    lost = house.asterisk.legs["ana"]
    if leg_first:
        await house.asterisk.ends(lost, 44)
        await house.asterisk.orphans(attempt)
    else:
        await house.asterisk.orphans(attempt)
        await house.asterisk.ends(lost, 44)
    leg = house.asterisk.legs["luis"]
    await house.until(lambda: (leg, attempt) in house.asterisk.joins(), "luis is joined")
    await house.asterisk.joined(leg, attempt)
    await house.is_in("luis", AgentState.BUSY)
    assert house.asterisk.joins().count((leg, attempt)) == 1
    await house.is_in("ana", AgentState.READY)
    assert house.engine.floor.board.seat(AgentId("ana")).attempt_id is None
    await house.asterisk.ends(attempt)
    await house.is_in("luis", AgentState.WRAP_UP)
    house.engine.desk.make_ready(AgentId("luis"))
    record = await house.until_closed(attempt)
    assert (record.result, record.agent_id) == (CallResult.CONNECTED, "luis")


async def test_what_a_person_heard_after_the_softphone_was_lost_is_no_talk(house: House) -> None:
    await house.sign_in("ana")
    attempt = await house.talk("ana")
    flight = house.engine.floor.book.get(attempt)
    joined, a_minute = flight.call.joined_at, timedelta(minutes=1)
    flight.call = replace(flight.call, connected_at=joined - 2 * a_minute, joined_at=joined - a_minute)
    house.asterisk.deaf = True
    await house.asterisk.ends(house.asterisk.legs["ana"], 44)
    await house.asterisk.orphans(attempt)
    await house.asterisk.ends(attempt)
    record = await house.until_closed(attempt)
    assert record.result is CallResult.CONNECTED
    assert a_minute <= timedelta(seconds=record.talk_seconds) < record.ended_at - record.connected_at - a_minute / 2


async def test_an_agent_in_wrap_up_keeps_it_when_the_softphone_goes(house: House) -> None:
    await house.sign_in("ana")
    attempt = await house.talk("ana")
    await house.asterisk.ends(attempt)
    await house.is_in("ana", AgentState.WRAP_UP)
    first = house.asterisk.legs["ana"]
    await house.asterisk.ends(first, 44)
    await house.until(lambda: house.asterisk.legs["ana"] != first, "ana is called again")
    seat = house.engine.floor.board.seat(AgentId("ana"))
    assert (seat.status.state, seat.attempt_id) == (AgentState.WRAP_UP, attempt)


async def test_a_rung_agent_who_lets_it_ring_is_paused_until_they_say_so(house: House) -> None:
    house.asterisk.deaf = True
    await house.sign_in("eva")
    attempt = await house.call()
    await house.asterisk.answers_call(attempt)
    await house.until(lambda: "eva" in house.asterisk.legs, "eva's softphone is called")
    flight = house.engine.floor.book.get(attempt)
    long_ago = flight.call.offered_at - timedelta(seconds=ANSWER_WITHIN_SECONDS)
    flight.call = replace(flight.call, offered_at=long_ago)
    await house.is_in("eva", AgentState.NOT_READY)
    seat = house.engine.floor.board.seat(AgentId("eva"))
    assert (seat.status.reason, seat.attempt_id) == ("unanswered", None)
    hangup = await house.asterisk.got("Hangup")
    assert hangup["Channel"] == house.asterisk.legs["eva"]
    await house.asterisk.ends(house.asterisk.legs["eva"], 27)
    await house.engine.settling.settle_once()
    assert house.state("eva") is AgentState.NOT_READY
    house.engine.desk.make_ready(AgentId("eva"))
    assert house.engine.floor.board.seat(AgentId("eva")).attempt_id == attempt, "the person waits for her still"
