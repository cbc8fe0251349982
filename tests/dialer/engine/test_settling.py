"""Asking Asterisk while everything goes on: old answers undo no news, and nothing comes back that was over."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest

from cti_api.model.agents import AgentState
from cti_api.model.calls import AttemptState, CallResult
from cti_api.model.ids import AgentId, AttemptId
from dialer.ami.link import LinkState
from dialer.calls.settle import GRACE
from tests.support.ami_fake import Action, Headers
from tests.support.house import House


async def test_a_call_that_ends_while_asterisk_is_asked_is_over_for_good(house: House) -> None:
    """Its channel was in the list; its end is told, and written, before the rest of the answer."""
    await house.sign_in("ana")
    attempt = await house.call()
    await house.asterisk.rings(attempt)
    list_contacts = house.asterisk.answers["DBGetTree"]

    def ends_first(action: Action) -> Iterable[Headers]:
        house.asterisk.reading.clear()
        return [house.asterisk.hangup(attempt, 17), *list_contacts(action)]

    house.asterisk.answers["DBGetTree"] = ends_first
    asking = house.engine.floor.spawn(_settle(house), name="settle")
    await house.until_closed(attempt)
    house.asterisk.answers["DBGetTree"] = list_contacts
    house.asterisk.reading.set()
    await asking
    assert AttemptId(attempt) not in house.engine.floor.book


async def test_asking_does_not_end_a_softphone_that_rings(house: House) -> None:
    house.asterisk.deaf = True
    await house.sign_in("eva")
    attempt = await house.call()
    await house.asterisk.answers_call(attempt)
    await house.until(lambda: "eva" in house.asterisk.legs, "eva's softphone is called")
    await house.engine.settling.settle_once()
    assert house.state("eva") is AgentState.RESERVED
    assert house.asterisk.named("Hangup") == []
    assert house.engine.floor.book.get(attempt).call.state is AttemptState.OFFERED


async def test_an_end_that_was_never_told_is_found_with_what_was_known_of_the_call(house: House) -> None:
    await house.sign_in("ana")
    attempt = await house.call()
    await house.asterisk.rings(attempt)
    await house.until(lambda: house.engine.floor.book.get(attempt).call.rang, "it rings")
    house.asterisk.hangup(attempt)
    rows = [("CHAN_START", attempt, ""), ("HANGUP", attempt, '{""hangupcause"":19}')]
    began = house.engine.floor.book.get(attempt).attempt.created_at.timestamp()
    house.engine.floor.journal.write_text(
        f'"CHAN_START","{began - 60}","{"e" * 32}","{"e" * 32}","PJSIP/ana-00000001",""\n'
        + "".join(f'"{event}","{began + 1}","{i}","{attempt}","Local/x;1","{extra}"\n' for event, i, extra in rows)
    )
    await house.engine.settling.settle_once()
    assert (await house.until_closed(attempt)).result is CallResult.NO_ANSWER


async def test_the_journal_is_read_only_for_calls_whose_channel_is_not_there(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    """Where it was emptied, each reading complains of it."""
    await house.sign_in("ana")
    attempt = await house.call()
    await house.asterisk.rings(attempt)
    caplog.clear()
    await house.engine.settling.settle_once()
    assert _missing_since(caplog) == []
    house.asterisk.hangup(attempt)
    await house.engine.settling.settle_once()
    assert _missing_since(caplog) == [str(house.engine.floor.book.get(attempt).attempt.created_at)]


def _missing_since(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Since when the journal was wanted each time that it did not reach back far enough."""
    return [record.since for record in caplog.records if record.message.endswith("does not reach back far enough")]


async def test_a_channel_that_is_missed_for_the_first_time_is_looked_for_again_however_old_its_call_is(
    house: House,
) -> None:
    await house.sign_in("ana")
    flight = house.engine.floor.book.get(attempt := await house.call())
    flight.call = replace(flight.call, placed_at=flight.call.placed_at - timedelta(minutes=5))
    house.asterisk.hangup(attempt)
    assert await house.engine.settling.settle_once() <= GRACE.total_seconds()
    assert flight.live


async def test_a_session_that_came_up_anew_begins_the_grace_anew(house: House) -> None:
    await house.sign_in("ana")
    attempt = await house.call()
    house.asterisk.hangup(attempt)
    floor, first = house.engine.floor, house.engine.floor.clock.now()
    settling_ = house.engine.settling
    await settling_.settle_once()
    settling_._missed = {AttemptId(attempt): first - timedelta(minutes=1)}
    settling_.link_came_up()
    await house.until(lambda: floor.reconciled, "it is asked")
    assert floor.book.get(attempt).live


async def test_a_leg_that_is_gone_without_a_word_is_called_again(house: House) -> None:
    await house.sign_in("ana")
    first = house.asterisk.legs["ana"]
    house.asterisk.hangup(first)
    await house.engine.settling.settle_once()
    await house.until(lambda: house.asterisk.legs["ana"] != first, "ana is called again")
    await house.is_in("ana", AgentState.READY)


async def test_a_softphone_that_does_not_answer_any_more_is_hung_up_as_out_of_order(house: House) -> None:
    await house.sign_in("ana")
    house.asterisk.phones["ana"] = False
    await house.engine.settling.settle_once()
    hangup = await house.asterisk.got("Hangup")
    assert (hangup["Channel"], hangup["Cause"]) == (house.asterisk.legs["ana"], "27")
    await house.is_in("ana", AgentState.NOT_READY)


async def test_a_softphone_that_stumbles_in_a_talk_parts_nobody(house: House) -> None:
    await house.sign_in("ana")
    await house.talk("ana")
    gone, back = (
        [("Event", "ContactStatus"), ("AOR", "ana"), ("URI", "sip:ana@127.0.0.1:1"), ("ContactStatus", status)]
        for status in ("Unreachable", "Reachable")
    )
    await house.asterisk.say(gone)
    seat = house.engine.floor.board.seat(AgentId("ana"))
    await house.until(lambda: not seat.phone_reachable)
    house.engine.desk.tend()
    await house.asterisk.say(back)
    await house.until(lambda: seat.phone_reachable)
    assert house.asterisk.named("Hangup") == []
    assert house.state("ana") is AgentState.BUSY


async def test_the_link_that_comes_back_finds_the_talk_that_began_meanwhile(house: House) -> None:
    await house.sign_in("ana")
    attempt = await house.call()
    house.asterisk.answers["Redirect"] = lambda action: []
    await house.asterisk.answers_call(attempt)
    leg = house.asterisk.legs["ana"]
    await house.asterisk.got("Redirect")
    for channel in house.asterisk.channels:
        channel.bridge_id = "b1"
    next(c for c in house.asterisk.channels if c.uniqueid == leg).exten = attempt
    house.asterisk.cut()
    await house.is_in("ana", AgentState.BUSY)
    seat = house.engine.floor.board.seat(AgentId("ana"))
    assert (seat.attempt_id, seat.calls) == (attempt, 1)
    assert house.engine.floor.telephony.status.state is LinkState.UP
    await house.asterisk.ends(attempt)
    await house.is_in("ana", AgentState.WRAP_UP)


async def _settle(house: House) -> None:
    await house.engine.settling.settle_once()
