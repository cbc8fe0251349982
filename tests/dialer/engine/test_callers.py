"""Callers are served by the campaigns' agents: first, in order, told where they stand, and on record from the start."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cti_api.errors import InputError, NotFound
from cti_api.model.agents import AgentState
from cti_api.model.ids import AgentId, CampaignId, InboundId, QueueId
from cti_api.model.queues import InboundCall, InboundOutcome, QueueAgent
from cti_api.queue_file import parse_queue
from cti_api.sip_accounts import SipAccounts
from dialer.engine.callers import CallerState
from dialer.engine.port import EnginePort
from tests.dialer.engine.conftest import one_process
from tests.support.ami_fake import Channel
from tests.support.house import House
from tests.support.little_asterisk import LittleAsterisk
from tests.support.store import new_leads, number

CALLER, OTHER = "1764000000.1", "1764000001.2"
SOPORTE = QueueId("soporte")
FILE = """
id: {name}
title: Soporte
region: CO
timezone: America/Bogota
campaigns: [turno]
agents: [{{agent: luis, rank: 1}}]
announce_every: 10 s
wrap_up: {wrap_up}
dispositions: [resuelto]
"""


def queue(house: House, name: str = "soporte", wrap_up: str = "60 s", **changed: Any) -> None:
    """A queue that everybody serves, luis before the others; `changed`: shorter than a file may be."""
    spec = replace(parse_queue(FILE.format(name=name, wrap_up=wrap_up)), **changed)
    house.engine.floor.queues[spec.id] = spec


async def joined(house: House, caller: str, agent: str) -> str:
    """Wait until this agent's leg is sent to the caller, and let the two be bridged; the leg."""
    leg = house.asterisk.legs[agent]
    await house.until(lambda: (leg, caller) in house.asterisk.joins(), f"{agent} is sent to {caller}")
    await house.asterisk.joined(leg, caller)
    await house.is_in(agent, AgentState.BUSY)
    return leg


def is_to_be_told(house: House, *callers: str) -> None:
    """Now, and not after the two seconds in which many find an agent."""
    for each in callers:
        caller = house.engine.floor.callers.get(each)
        assert caller is not None
        caller.tell_at = house.engine.floor.clock.now()


async def record(house: House, caller: str) -> InboundCall:
    """As it is in the store, once everything so far is written."""
    await house.engine.floor.recorder.drained()
    return await house.engine.floor.store.queues.call(InboundId(caller))


def told(house: House, caller: str) -> list[str]:
    return [each["Exten"] for each in house.asterisk.named("Redirect") if each["Channel"] == caller]


async def test_a_caller_is_joined_with_the_agent_of_the_better_rank_and_is_on_record(house: House) -> None:
    queue(house)
    await house.sign_in("ana", "luis")
    await house.asterisk.calls_in(CALLER, "soporte")
    await joined(house, CALLER, "luis")
    (redirect,) = house.asterisk.named("Redirect")
    assert redirect["Context"] == "vocero-answer"
    await house.asterisk.ends(CALLER)
    await house.is_in("luis", AgentState.WRAP_UP)
    talked = await record(house, CALLER)
    assert (talked.number, talked.agent_id, talked.outcome) == ("+573001234567", "luis", InboundOutcome.ANSWERED)
    assert talked.closed_at is None
    house.engine.desk.make_ready(AgentId("luis"))
    assert (await record(house, CALLER)).closed_at is not None
    assert house.state("luis") is AgentState.READY
    assert house.engine.floor.board.seat(AgentId("luis")).in_no_call


async def test_who_waits_is_on_record_and_told_their_place(house: House) -> None:
    queue(house)
    await house.asterisk.calls_in(CALLER, "soporte")
    await house.asterisk.calls_in(OTHER, "soporte")
    await house.until(lambda: OTHER in house.engine.floor.callers, "the second caller is known")
    is_to_be_told(house, CALLER, OTHER)
    await house.until(lambda: bool(told(house, CALLER) and told(house, OTHER)), "both are told their places")
    assert told(house, CALLER) == ["tell01000"]
    assert told(house, OTHER) == ["tell02000"]
    assert (await record(house, OTHER)).position == 2


async def test_the_first_to_arrive_is_served_first_and_a_caller_who_hangs_up_is_listed(house: House) -> None:
    queue(house)
    await house.asterisk.calls_in(CALLER, "soporte")
    await house.asterisk.calls_in(OTHER, "soporte", "3009876543")
    await house.asterisk.ends(CALLER)
    await house.sign_in("ana")
    await joined(house, OTHER, "ana")
    await house.engine.floor.recorder.drained()
    since = (await record(house, CALLER)).arrived_at
    (missed,) = await house.engine.floor.store.queues.gave_up_since(SOPORTE, since)
    assert (missed.id, missed.outcome) == (CALLER, InboundOutcome.CALLER_ABANDONED)


async def test_a_caller_is_served_before_a_person_who_was_dialled(house: House) -> None:
    queue(house)
    await house.sign_in("ana")
    attempt = await house.call()
    await house.asterisk.calls_in(CALLER, "soporte")
    await joined(house, CALLER, "ana")
    await house.asterisk.answers_call(attempt)
    await house.until(lambda: house.engine.floor.book.get(attempt).call.needs_agent, "the person waits")  # type: ignore[union-attr]
    assert not [join for join in house.asterisk.joins() if join[1] == attempt]


async def test_no_campaign_dials_for_an_agent_whom_a_waiting_caller_will_take(house: House) -> None:
    queue(house, wrap_up="0 s")
    await house.sign_in("ana")
    await house.talk("ana")
    for caller in (CALLER, OTHER):
        await house.asterisk.calls_in(caller, "soporte")
    await house.until(lambda: len(house.engine.floor.callers.waiting(house.engine.floor.clock.now())) == 2, "both wait")
    assert house.engine.reception.spoken_for() == {"ana"}
    (run,) = house.engine.campaigns.runs.values()
    await house.until(lambda: not run.share.agents, "the campaign counts on nobody")


async def test_an_agent_with_a_caller_is_free_for_no_dialled_call(house: House) -> None:
    queue(house)
    await house.sign_in("ana")
    await house.asterisk.calls_in(CALLER, "soporte")
    await joined(house, CALLER, "ana")
    (seat,) = [each for each in house.engine.floor.board if each.agent.id == "ana"]
    assert not seat.can_take_calls
    await house.campaign("otra", new_leads(1, first=50))
    assert house.asterisk.calls == []


async def test_who_waited_long_enough_goes_to_the_other_queue_and_then_hears_the_apology(house: House) -> None:
    queue(house, longest_wait_seconds=0.3, overflow_to=QueueId("ventas"))
    queue(house, "ventas", longest_wait_seconds=0.3)
    await house.asterisk.calls_in(CALLER, "soporte")
    await house.until(lambda: _queue_of(house) == "ventas", "the caller is in the other queue")
    await house.until(lambda: "sorry" in told(house, CALLER), "the caller is to hear the apology")
    await house.asterisk.hears_the_apology(CALLER)
    await house.asterisk.ends(CALLER)
    await house.until(lambda: CALLER not in house.engine.floor.callers, "the caller is gone")
    gone = await record(house, CALLER)
    assert (gone.queue, gone.outcome) == ("ventas", InboundOutcome.OVERFLOWED)


def _queue_of(house: House) -> str:
    caller = house.engine.floor.callers.get(CALLER)
    return caller.call.queue if caller is not None else ""


async def test_a_queue_that_nobody_made_ends_in_the_apology_at_once(house: House) -> None:
    await house.asterisk.calls_in(CALLER, "nadie")
    await house.until(lambda: told(house, CALLER) == ["sorry"], "the caller is to hear the apology")


async def test_a_caller_whose_agent_is_lost_stands_in_front_and_is_answered_by_the_next(house: House) -> None:
    queue(house)
    await house.sign_in("luis", "ana")
    house.engine.desk.pause(AgentId("ana"), "descanso")
    await house.asterisk.calls_in(CALLER, "soporte")
    leg = await joined(house, CALLER, "luis")
    await house.asterisk.calls_in(OTHER, "soporte")
    house.asterisk.deaf = True  # whose softphone was lost does not come back
    await house.asterisk.ends(leg)
    await house.asterisk.waits_again(CALLER)
    await house.until(lambda: bool(house.engine.floor.callers.get(CALLER).waits), "the caller waits again")  # type: ignore[union-attr]
    house.engine.desk.make_ready(AgentId("ana"))
    await joined(house, CALLER, "ana")
    await house.asterisk.ends(CALLER)
    await house.is_in("ana", AgentState.WRAP_UP)
    talked = await record(house, CALLER)
    assert (talked.agent_id, talked.outcome) == ("ana", InboundOutcome.ANSWERED)


async def test_a_rung_agent_is_called_for_the_caller_and_sent_to_them(house: House) -> None:
    queue(house)
    house.asterisk.deaf = True
    await house.sign_in("eva")
    await house.asterisk.calls_in(CALLER, "soporte")
    await house.until(lambda: "eva" in house.asterisk.legs, "eva is called")
    originate = house.asterisk.named("Originate")[-1]
    assert (originate["Context"], originate["Exten"], originate["CallerID"]) == ("vocero-answer", CALLER, "soporte")
    await house.asterisk.takes("eva")
    await house.asterisk.joined(house.asterisk.legs["eva"], CALLER)
    await house.is_in("eva", AgentState.BUSY)


async def test_a_caller_who_hangs_up_while_a_softphone_rings_frees_the_agent(house: House) -> None:
    queue(house)
    house.asterisk.deaf = True
    await house.sign_in("eva")
    await house.asterisk.calls_in(CALLER, "soporte")
    await house.is_in("eva", AgentState.RESERVED)
    await house.until(lambda: "eva" in house.asterisk.legs, "eva is called")
    await house.asterisk.ends(CALLER)
    await house.is_in("eva", AgentState.READY)
    await house.asterisk.got("Hangup")


async def test_the_agent_says_what_became_of_the_call(house: House) -> None:
    queue(house)
    await house.sign_in("ana")
    await house.asterisk.calls_in(CALLER, "soporte")
    await joined(house, CALLER, "ana")
    caller = house.engine.floor.callers.get(CALLER)
    assert caller is not None
    assert not house.engine.callers.dispose(caller, "resuelto", {})
    await house.asterisk.ends(CALLER)
    await house.is_in("ana", AgentState.READY)
    closed = await record(house, CALLER)
    assert (closed.disposition, closed.closed_at is not None) == ("resuelto", True)


async def test_the_agent_can_end_the_call(house: House) -> None:
    queue(house)
    await house.sign_in("ana")
    await house.asterisk.calls_in(CALLER, "soporte")
    await joined(house, CALLER, "ana")
    await house.engine.desk.hang_up(AgentId("ana"))
    await house.is_in("ana", AgentState.WRAP_UP)


async def test_nobody_is_lost_while_the_link_is_down(house: House) -> None:
    """One talks, one waits, one hangs up and one comes, all while nobody listens."""
    queue(house)
    await house.sign_in("ana")
    await house.asterisk.calls_in(CALLER, "soporte")
    await joined(house, CALLER, "ana")
    await house.asterisk.calls_in(OTHER, "soporte")
    await house.asterisk.calls_in("1764000002.3", "soporte")
    await house.until(lambda: len(list(house.engine.floor.callers)) == 3, "three callers")
    await house.asterisk.stop()
    await house.until(lambda: not house.engine.floor.link_up, "the link is lost")
    house.asterisk.hangup("1764000002.3")
    await house.asterisk.calls_in("1764000003.4", "soporte")
    await house.asterisk.start_again()
    await house.until(lambda: house.engine.floor.reconciled, "the truth was asked")
    found = {caller.id: caller.state.value for caller in house.engine.floor.callers}
    assert found == {CALLER: "talking", OTHER: "waiting", "1764000003.4": "waiting"}
    assert (await record(house, "1764000002.3")).outcome is InboundOutcome.LOST


def _states(house: House) -> dict[str, str]:
    return {caller.id: caller.state.value for caller in house.engine.floor.callers}


async def test_a_dialer_that_starts_again_finds_its_callers(
    tmp_path: Path, sqlite_template: Path, asterisk: LittleAsterisk
) -> None:
    """One talks, one waits; of one the end was not seen, of another it was, and the agent had not finished."""
    url = f"sqlite:///{shutil.copy(sqlite_template, tmp_path)}"
    async with one_process(url, tmp_path, asterisk) as house:
        text = FILE.format(name="soporte", wrap_up="60 s")
        await house.engine.floor.store.queues.put(SOPORTE, text, house.engine.floor.clock.now())
        queue(house)
        await house.sign_in("ana", "luis")
        for caller, agent in ((CALLER, "luis"), (OTHER, "ana")):
            await asterisk.calls_in(caller, "soporte")
            await joined(house, caller, agent)
        await asterisk.ends(OTHER)
        await house.is_in("ana", AgentState.WRAP_UP)
        for caller in ("1764000002.3", "1764000003.4", "1764000004.5"):
            await asterisk.calls_in(caller, "soporte")
        await asterisk.presses_one("1764000004.5")
        await asterisk.ends("1764000004.5")
        await house.until(lambda: _states(house).get("1764000004.5") == "kept", "one keeps their place")
    asterisk.hangup("1764000003.4")
    async with one_process(url, tmp_path, asterisk) as house:
        told_so = {CALLER: "talking", OTHER: "over", "1764000002.3": "waiting", "1764000004.5": "kept"}
        assert _states(house) == told_so
        assert (house.state("luis"), house.state("ana")) == (AgentState.BUSY, AgentState.WRAP_UP)
        assert (await record(house, "1764000003.4")).outcome is InboundOutcome.LOST
        house.engine.desk.make_ready(AgentId("ana"))
        await joined(house, "1764000002.3", "ana")
        await asterisk.ends(CALLER)
        await house.is_in("luis", AgentState.WRAP_UP)
        assert (await record(house, CALLER)).outcome is InboundOutcome.ANSWERED


async def test_who_is_seen_before_they_have_said_in_which_queue_they_wait_is_not_sent_away(house: House) -> None:
    queue(house)
    seen = Channel(CALLER, "PJSIP/operador-a-0001", 6, "enter", context="vocero-queue")
    house.asterisk.channels.append(seen)
    await house.engine.settling.settle_once()
    assert CALLER not in house.engine.floor.callers
    house.asterisk.channels.remove(seen)
    await house.asterisk.calls_in(CALLER, "soporte")
    await house.until(lambda: _states(house) == {CALLER: "waiting"}, "they wait")


async def test_what_the_window_shows_of_queues_and_of_an_agent_with_a_caller(house: House, tmp_path: Path) -> None:
    port = EnginePort(house.engine, SipAccounts(tmp_path / "accounts.db"), house.engine.floor.clock.now())
    text = FILE.format(name="soporte", wrap_up="60 s")
    assert await port.put_queue(parse_queue(text), text)
    await house.sign_in("ana")
    await house.asterisk.calls_in(CALLER, "soporte")
    await house.asterisk.calls_in(OTHER, "soporte")
    await joined(house, CALLER, "ana")
    (view,) = port.queues()
    assert [caller.state for caller in view.callers] == ["talking", "waiting"]
    assert (view.agents_at_work, view.agents_ready) == (1, 0)
    (ana,) = [each for each in port.agents() if each.agent.id == "ana"]
    assert (ana.queue_id, ana.caller_id, ana.number, ana.attempt_id) == ("soporte", CALLER, "+573001234567", None)
    said = await port.dispose(AgentId("ana"), "resuelto", {})
    assert said == {"caller_id": CALLER, "disposition": "resuelto", "closed": False}
    with pytest.raises(InputError, match="no disposition"):
        await port.dispose(AgentId("ana"), "otro", {})
    await port.remove_queue(SOPORTE)
    await house.until(lambda: "sorry" in told(house, OTHER), "who waited hears the apology")


async def test_a_queue_with_an_unknown_agent_campaign_or_overflow_is_refused(house: House, tmp_path: Path) -> None:
    port = EnginePort(house.engine, SipAccounts(tmp_path / "accounts.db"), house.engine.floor.clock.now())
    spec = parse_queue(FILE.format(name="soporte", wrap_up="60 s"))
    nobody = QueueAgent(agent_id=AgentId("nadie"), rank=1)
    for wrong in (
        replace(spec, agents=(nobody,)),
        replace(spec, campaigns=(CampaignId("ninguna"),)),
        replace(spec, overflow_to=QueueId("ninguna")),
    ):
        with pytest.raises(NotFound):
            await port.put_queue(wrong, "")
    assert port.queues() == ()


async def keeps_place(house: House, caller: str) -> None:
    """Is offered to be called back, presses 1, and hangs up."""
    await house.until(lambda: caller in house.engine.floor.callers, "the caller is known")
    is_to_be_told(house, caller)
    await house.until(lambda: "tell01001" in told(house, caller), "the call back is offered")
    await house.asterisk.presses_one(caller)
    await house.asterisk.ends(caller)
    await house.until(lambda: house.engine.floor.callers.get(caller).state is CallerState.KEPT, "the place is kept")  # type: ignore[union-attr]


async def test_who_keeps_their_place_is_called_in_their_turn_before_who_came_later(house: House) -> None:
    queue(house, call_back_in=CampaignId("turno"), call_back_after_seconds=0.0)
    await house.start(CampaignId("turno"))
    await house.asterisk.calls_in(CALLER, "soporte", "3009876543")
    await keeps_place(house, CALLER)
    await house.asterisk.calls_in(OTHER, "soporte")
    await house.sign_in("ana")
    await house.until(lambda: bool(house.asterisk.calls), "the kept place is called")
    (attempt,) = house.asterisk.calls
    assert house.asterisk.dialled(attempt) == "573009876543"
    assert house.state("ana") is AgentState.RESERVED
    kept = await record(house, CALLER)
    assert (kept.outcome, kept.agent_id, kept.closed_at is not None) == (InboundOutcome.CALLED_BACK, "ana", True)
    await house.talk_in(attempt, "ana")
    assert not [join for join in house.asterisk.joins() if join[1] == OTHER]


async def test_a_place_is_kept_while_the_campaign_is_not_at_work(house: House) -> None:
    queue(house, call_back_in=CampaignId("turno"), call_back_after_seconds=0.0)
    await house.asterisk.calls_in(CALLER, "soporte")
    await keeps_place(house, CALLER)
    await house.sign_in("ana")
    caller = house.engine.floor.callers.get(CALLER)
    assert caller is not None
    await house.until(lambda: caller.call_at is not None, "it was tried")
    assert (caller.state, house.state("ana")) == (CallerState.KEPT, AgentState.READY)
    assert (await record(house, CALLER)).outcome is None


async def test_nobody_whose_number_is_withheld_is_promised_a_call(house: House) -> None:
    queue(house, call_back_in=CampaignId("turno"), call_back_after_seconds=0.0)
    await house.asterisk.calls_in(CALLER, "soporte", "")
    await house.until(lambda: CALLER in house.engine.floor.callers, "the caller is known")
    is_to_be_told(house, CALLER)
    await house.until(lambda: told(house, CALLER) == ["tell01000"], "told the place, without an offer")


async def test_who_was_called_since_they_asked_for_it_is_not_called_again(house: House) -> None:
    """As after a process that ended between the call and the word of it: the campaign has called them by itself."""
    back: dict[str, Any] = {"call_back_in": CampaignId("turno"), "call_back_after_seconds": 0.0}
    queue(house, campaigns=(), **back)
    await house.asterisk.calls_in(CALLER, "soporte", number(0).e164)
    await keeps_place(house, CALLER)
    await house.sign_in("eva")
    attempt = await house.call()
    assert house.asterisk.dialled(attempt) == number(0).digits
    queue(house, **back)
    await house.until(lambda: CALLER not in house.engine.floor.callers, "the place is given up")
    assert (await record(house, CALLER)).outcome is InboundOutcome.CALLED_BACK
    assert [each for each in house.asterisk.calls if house.asterisk.dialled(each) == number(0).digits] == [attempt]
