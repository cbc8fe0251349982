"""An agent's leg dies under a person: whatever the order of Asterisk's words, one other agent takes over."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest

from cti_api.model.agents import AgentState
from cti_api.model.calls import CallResult
from cti_api.model.events import EventKind
from cti_api.model.ids import AgentId
from dialer.engine.connecting import ANSWER_WITHIN_SECONDS
from tests.support.ami_fake import Action, Headers
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


async def test_how_long_a_person_waited_for_their_first_agent_is_told_once(house: House) -> None:
    await house.sign_in("ana", "luis")
    attempt = await house.talk("ana")
    await house.asterisk.orphans(attempt)
    await house.asterisk.ends(house.asterisk.legs["ana"], 44)
    leg = house.asterisk.legs["luis"]
    await house.until(lambda: (leg, attempt) in house.asterisk.joins(), "luis is joined")
    await house.asterisk.joined(leg, attempt)
    await house.is_in("luis", AgentState.BUSY)
    await house.engine.floor.recorder.drained()
    store = house.engine.floor.store
    await store.outbox.number()
    joins = [e for e in await store.outbox.since(0) if e.kind is EventKind.CALL_CONNECTED]
    assert [e.agent_id for e in joins] == ["ana", "luis"]
    assert ["answer_to_agent_seconds" in e.payload for e in joins] == [True, False]


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


async def offered(house: House, agent: str = "eva") -> str:
    """A person waits while this agent's softphone rings; their attempt id."""
    attempt = await house.call()
    await house.asterisk.answers_call(attempt)
    await house.until(lambda: agent in house.asterisk.legs, f"{agent}'s softphone is called")
    return attempt


async def test_a_softphone_that_rings_shows_the_campaign_and_no_number(house: House) -> None:
    await house.sign_in("ana", "eva")
    house.engine.desk.pause(AgentId("ana"), "")
    await offered(house)
    for_shift, for_call = (a for a in house.asterisk.named("Originate") if a["Channel"].startswith("PJSIP/"))
    assert (for_shift["CallerID"], for_call["CallerID"]) == ("Vocero", "turno")


@pytest.mark.parametrize("how", ["rejects", "rings_out"])
async def test_a_rung_agent_who_does_not_take_the_call_is_paused_until_they_say_so(house: House, how: str) -> None:
    house.asterisk.deaf = True
    await house.sign_in("eva")
    attempt = await offered(house)
    first = house.asterisk.legs["eva"]
    await getattr(house.asterisk, how)("eva")
    await house.is_in("eva", AgentState.NOT_READY)
    seat = house.engine.floor.board.seat(AgentId("eva"))
    assert (seat.status.reason, seat.attempt_id) == ("unanswered", None)
    house.engine.desk.tend()
    await house.engine.settling.settle_once()
    assert house.state("eva") is AgentState.NOT_READY
    assert house.asterisk.legs["eva"] == first, "it was not rung again"
    house.engine.desk.make_ready(AgentId("eva"))
    assert house.engine.floor.board.seat(AgentId("eva")).attempt_id == attempt, "the person waits for her still"


async def test_a_person_whose_agent_rejects_the_call_goes_to_the_next_agent(house: House) -> None:
    house.asterisk.deaf = True
    await house.sign_in("eva")
    house.asterisk.deaf = False
    await house.sign_in("luis")
    house.asterisk.deaf = True
    attempt = await offered(house)
    await house.asterisk.rejects("eva")
    leg = house.asterisk.legs["luis"]
    await house.until(lambda: (leg, attempt) in house.asterisk.joins(), "luis is joined")


@pytest.mark.parametrize("deaf", [True, False])
async def test_a_softphone_that_is_called_after_nobody_wanted_it_any_more_is_hung_up(house: House, deaf: bool) -> None:
    """Asterisk makes a leg's channel in a thread of its own, after it has said that the Originate is queued."""
    await house.sign_in("eva")
    make_channel, later = house.asterisk.answers["Originate"], []

    def queued(action: Action) -> Iterable[Headers]:
        if action["Channel"] != "PJSIP/eva":
            return make_channel(action)
        later.append(action)
        return [house.asterisk.reply(action, Message="Originate successfully queued")]

    house.asterisk.answers["Originate"] = queued
    attempt = await house.call()
    await house.asterisk.answers_call(attempt)
    await house.until(lambda: bool(later), "eva's softphone is to be called")
    await house.asterisk.ends(attempt)
    await house.asterisk.got("Hangup")
    house.asterisk.deaf = deaf
    _, told = make_channel(later[0])
    await house.asterisk.say(told)
    leg = house.asterisk.legs["eva"]
    await house.until(lambda: all(c.uniqueid != leg for c in house.asterisk.channels), "the softphone is quiet")
    assert house.engine.floor.board.seat(AgentId("eva")).status.state is AgentState.READY


async def test_a_softphone_of_which_nothing_is_heard_is_hung_up_in_the_end(house: House) -> None:
    """Asterisk should have ended it by itself; its word may have been lost."""
    house.asterisk.deaf = True
    await house.sign_in("eva")
    flight = house.engine.floor.book.get(await offered(house))
    assert flight is not None
    assert flight.call.offered_at is not None
    long_ago = flight.call.offered_at - timedelta(seconds=ANSWER_WITHIN_SECONDS)
    flight.call = replace(flight.call, offered_at=long_ago)
    await house.is_in("eva", AgentState.NOT_READY)
    assert house.engine.floor.board.seat(AgentId("eva")).status.reason == "unanswered"
    hangup = await house.asterisk.got("Hangup")
    assert hangup["Channel"] == house.asterisk.legs["eva"]


async def test_a_rung_agent_whose_softphone_is_gone_is_back_when_it_is(house: House) -> None:
    house.asterisk.deaf = True
    await house.sign_in("eva")
    await offered(house)
    gone, back = (
        [("Event", "ContactStatus"), ("AOR", "eva"), ("URI", "sip:eva@127.0.0.1:1"), ("ContactStatus", status)]
        for status in ("Unreachable", "Reachable")
    )
    await house.asterisk.say(gone)
    await house.is_in("eva", AgentState.NOT_READY)
    assert house.engine.floor.board.seat(AgentId("eva")).status.reason == "technical"
    await house.asterisk.say(back)
    await house.until(lambda: house.state("eva") is not AgentState.NOT_READY, "she is back without a click")
