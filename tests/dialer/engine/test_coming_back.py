"""An agent whose telephone is a page loses it in a talk: the person waits for just them, but not for long."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cti_api.model.agents import TECHNICAL, AgentPhone, AgentState
from cti_api.model.ids import AgentId, AttemptId
from cti_api.sip_accounts import SipAccounts
from dialer.engine.coming_back import Awaited
from dialer.engine.port import EnginePort
from tests.dialer.engine.test_callers import CALLER, OTHER, joined, queue
from tests.support.house import House

ANA, LUIS = AgentId("ana"), AgentId("luis")


@pytest.fixture(autouse=True)
async def pages(house: House) -> None:
    """Everybody's telephone is a page."""
    floor = house.engine.floor
    for seat in floor.board:
        agent = replace(seat.agent, phone=AgentPhone.BROWSER)
        await floor.store.agents.change(agent)
        floor.board.put(agent, floor.clock.now())


def awaited(house: House, attempt: str) -> Awaited | None:
    flight = house.engine.floor.book.get(AttemptId(attempt))
    assert flight is not None
    return flight.awaits


def registered(agent: str, page: str, status: str = "Reachable") -> list[tuple[str, str]]:
    """What Asterisk says of a page that registered, or is gone."""
    return [("Event", "ContactStatus"), ("AOR", agent), ("URI", f"sip:{page}"), ("ContactStatus", status)]


async def lost(house: House, agent: str, attempt: str, *, leg_first: bool = True) -> str:
    """Their leg dies in a talk, and their telephone is not there for now; the leg."""
    house.asterisk.deaf, leg = True, house.asterisk.legs[agent]
    if leg_first:
        await house.asterisk.ends(leg, 27)
    await house.asterisk.orphans(attempt)
    if not leg_first:
        await house.asterisk.ends(leg, 27)
    await house.until(lambda: awaited(house, attempt) is not None, "the person waits for just this agent")
    return leg


@pytest.mark.parametrize("leg_first", [True, False])
async def test_a_person_gets_the_agent_back_whose_page_was_loaded_anew(house: House, leg_first: bool) -> None:
    await house.sign_in("ana", "luis")
    attempt = await house.talk("ana")
    first = await lost(house, "ana", attempt, leg_first=leg_first)
    seat = house.engine.floor.board.seat(ANA)
    assert (seat.status.state, seat.status.reason) == (AgentState.NOT_READY, TECHNICAL)
    await house.until(lambda: house.asterisk.legs["ana"] != first, "she is called again")
    assert house.state("luis") is AgentState.READY, "nobody else is sent to the person meanwhile"
    await house.asterisk.takes("ana")
    second = house.asterisk.legs["ana"]
    await house.until(lambda: (second, attempt) in house.asterisk.joins(), "she is sent to the person again")
    await house.asterisk.joined(second, attempt)
    await house.is_in("ana", AgentState.BUSY)
    assert house.state("luis") is AgentState.READY
    await house.asterisk.ends(attempt)
    await house.is_in("ana", AgentState.WRAP_UP)
    house.engine.desk.make_ready(ANA)
    assert (await house.until_closed(attempt)).agent_id == "ana"
    assert seat.calls == 1


async def test_what_an_agent_talked_counts_though_they_did_not_come_back_before_the_person_left(house: House) -> None:
    await house.sign_in("ana")
    attempt = await house.talk("ana")
    await lost(house, "ana", attempt)
    await house.asterisk.ends(attempt)
    talked = (await house.until_closed(attempt)).talk_seconds
    assert house.engine.floor.board.seat(ANA).talk_seconds == talked > 0


async def test_who_does_not_come_back_in_time_is_followed_by_the_next_agent(house: House) -> None:
    await house.sign_in("ana", "luis")
    attempt = await house.talk("ana")
    await lost(house, "ana", attempt)
    flight, now = house.engine.floor.book.get(AttemptId(attempt)), house.engine.floor.clock.now()
    assert flight is not None
    flight.awaits = Awaited(agent_id=ANA, until=now)
    leg = house.asterisk.legs["luis"]
    await house.until(lambda: (leg, attempt) in house.asterisk.joins(), "luis is sent to the person")


async def test_nobody_waits_for_one_who_asked_to_leave_after_the_call(house: House) -> None:
    await house.sign_in("ana", "luis")
    attempt = await house.talk("ana")
    house.engine.desk.log_out(ANA)
    leg = house.asterisk.legs["luis"]
    await house.asterisk.orphans(attempt)
    await house.until(lambda: (leg, attempt) in house.asterisk.joins(), "luis is sent to the person")
    assert house.state("ana") is AgentState.LOGGED_OFF


async def test_whoever_waits_for_this_agent_comes_before_everybody_else(house: House) -> None:
    queue(house)
    await house.sign_in("ana")
    attempt = await house.talk("ana")
    await lost(house, "ana", attempt)
    await house.asterisk.calls_in(CALLER, "soporte")
    await house.asterisk.takes("ana")
    leg = house.asterisk.legs["ana"]
    await house.until(lambda: len(house.asterisk.joins()) > 1, "she is sent to somebody")
    assert house.asterisk.joins()[1:] == [(leg, attempt)]


async def test_a_caller_of_a_queue_gets_their_agent_back_before_another_is_served(house: House) -> None:
    queue(house)
    await house.sign_in("luis", "ana")
    house.engine.desk.pause(ANA, "descanso")
    await house.asterisk.calls_in(CALLER, "soporte")
    leg = await joined(house, CALLER, "luis")
    await house.asterisk.calls_in(OTHER, "soporte")
    house.asterisk.deaf = True
    await house.asterisk.ends(leg, 27)
    await house.asterisk.waits_again(CALLER)
    caller = house.engine.floor.callers.get(CALLER)
    assert caller is not None
    await house.until(lambda: caller.awaits is not None, "the caller waits for just this agent")
    house.engine.desk.make_ready(ANA)
    await joined(house, OTHER, "ana")
    await house.asterisk.takes("luis")
    await joined(house, CALLER, "luis")


async def test_a_caller_whose_agent_does_not_come_back_goes_to_the_next(house: House) -> None:
    queue(house)
    await house.sign_in("luis", "ana")
    await house.asterisk.calls_in(CALLER, "soporte")
    leg = await joined(house, CALLER, "luis")
    house.asterisk.deaf = True
    await house.asterisk.ends(leg, 27)
    await house.asterisk.waits_again(CALLER)
    caller = house.engine.floor.callers.get(CALLER)
    assert caller is not None
    await house.until(lambda: caller.awaits is not None, "the caller waits for just this agent")
    caller.awaits = Awaited(agent_id=LUIS, until=house.engine.floor.clock.now())
    await joined(house, CALLER, "ana")


async def test_a_rung_agent_gets_them_back_though_the_earlier_page_was_believed_to_be_there(house: House) -> None:
    await house.asterisk.say(registered("eva", "1"))
    await house.sign_in("eva", "luis")
    house.engine.desk.pause(LUIS, "descanso")
    attempt = await house.call()
    await house.asterisk.answers_call(attempt)
    await house.until(lambda: "eva" in house.asterisk.legs, "she is called")
    await house.asterisk.joined(house.asterisk.legs["eva"], attempt)
    await house.is_in("eva", AgentState.BUSY)
    house.engine.desk.make_ready(LUIS)
    first, house.asterisk.gone = house.asterisk.legs["eva"], True
    await house.asterisk.ends(first, 27)
    await house.asterisk.orphans(attempt)
    await house.until(lambda: house.asterisk.legs["eva"] != first, "she is called again, where nobody is")
    seat = house.engine.floor.board.seat(AgentId("eva"))
    await house.until(lambda: seat.status.reason == TECHNICAL and not seat.phone_reachable, "she is waited for")
    assert house.state("luis") is AgentState.READY, "nobody else is sent to the person meanwhile"
    house.asterisk.gone, second = False, house.asterisk.legs["eva"]
    await house.asterisk.say(registered("eva", "1", "Removed"))
    await house.asterisk.say(registered("eva", "2"))
    await house.until(lambda: house.asterisk.legs["eva"] != second, "she is called at the new page")
    await house.asterisk.joined(house.asterisk.legs["eva"], attempt)
    await house.is_in("eva", AgentState.BUSY)
    assert house.state("luis") is AgentState.READY


async def test_a_new_page_takes_the_place_of_one_that_is_on_the_line(house: House, tmp_path: Path) -> None:
    await house.sign_in("ana")
    await house.talk("ana")
    leg = house.asterisk.legs["ana"]
    port = EnginePort(house.engine, SipAccounts(tmp_path / "accounts.db"), house.engine.floor.clock.now())
    assert await port.new_password(ANA, AgentPhone.BROWSER)
    hangup = await house.asterisk.got("Hangup")
    assert (hangup["Channel"], hangup["Cause"]) == (leg, "27")
    await house.is_in("ana", AgentState.NOT_READY)
    house.engine.desk.tend()
    assert house.asterisk.legs["ana"] == leg, "the earlier page is not called again"
    await house.asterisk.say(registered("ana", "2"))
    await house.until(lambda: house.asterisk.legs["ana"] != leg, "the new page is called")


async def test_a_page_that_goes_while_it_rings_is_not_waited_for(house: House) -> None:
    await house.asterisk.say(registered("ana", "1"))
    await house.sign_in("ana")
    house.asterisk.deaf, first = True, house.asterisk.legs["ana"]
    await house.asterisk.ends(first, 27)
    await house.until(lambda: house.asterisk.legs["ana"] != first, "she is called again")
    rings = house.asterisk.legs["ana"]
    await house.asterisk.say(registered("ana", "1", "Removed"))
    await house.until(
        lambda: rings in [each["Channel"] for each in house.asterisk.named("Hangup")], "its ringing is ended"
    )
    house.asterisk.deaf = False
    await house.asterisk.say(registered("ana", "2"))
    await house.is_in("ana", AgentState.READY)
