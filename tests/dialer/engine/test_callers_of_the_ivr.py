"""Callers whom the IVR sends into a queue: it has them again when the talk is over, or when there will be none."""

from __future__ import annotations

from pathlib import Path

from cti_api.clock import SystemClock
from cti_api.model.agents import AgentState
from cti_api.model.ids import AgentId, CampaignId
from cti_api.model.queues import InboundOutcome
from cti_api.store.migrate import upgrade
from tests.dialer.engine.conftest import one_process
from tests.dialer.engine.test_callers import (
    CALLER,
    FILE,
    OTHER,
    SOPORTE,
    is_to_be_told,
    joined,
    queue,
    record,
    told,
)
from tests.support.house import House
from tests.support.little_asterisk import IVR_CALL, LittleAsterisk

AGAIN = f"{CALLER}.2"


async def test_a_caller_goes_back_after_the_talk_and_comes_into_another_queue_as_another_stay(house: House) -> None:
    queue(house)
    queue(house, "ventas")
    await house.sign_in("luis", "ana")
    house.engine.desk.pause(AgentId("ana"), "descanso")
    await house.asterisk.sends(CALLER, "soporte")
    leg = await joined(house, CALLER, "luis")
    await house.engine.desk.hang_up(AgentId("luis"))
    await house.until(lambda: (leg, "over") in house.asterisk.joins(), "luis's side ends the talk")
    await house.asterisk.gets_back(CALLER)
    await house.is_in("luis", AgentState.WRAP_UP)
    await house.asterisk.sends(AGAIN, "ventas")
    house.engine.desk.make_ready(AgentId("ana"))
    await joined(house, AGAIN, "ana")
    await house.asterisk.ends(AGAIN)
    await house.is_in("ana", AgentState.WRAP_UP)
    for agent in ("luis", "ana"):
        house.engine.desk.make_ready(AgentId(agent))
    first, second = await record(house, CALLER), await record(house, AGAIN)
    assert (first.queue, first.agent_id, first.outcome) == ("soporte", "luis", InboundOutcome.ANSWERED)
    assert (second.queue, second.agent_id, second.outcome) == ("ventas", "ana", InboundOutcome.ANSWERED)
    assert first.ivr_call == second.ivr_call == IVR_CALL
    assert first.closed_at is not None
    assert second.closed_at is not None


async def test_the_wait_is_no_longer_than_the_ivr_says_and_who_is_answered_elsewhere_is_not_missed(
    house: House,
) -> None:
    queue(house)
    queue(house, "ventas", agents=())
    await house.sign_in("ana")
    house.engine.desk.pause(AgentId("ana"), "descanso")
    await house.asterisk.calls_in(OTHER, "soporte")
    await house.asterisk.sends(CALLER, "soporte", most_wait=1)
    await house.until(lambda: "sorry" in told(house, CALLER), "the wait is over")
    await house.asterisk.gets_back(CALLER)
    await house.until(lambda: CALLER not in house.engine.floor.callers, "they are out of the queue")
    led_on = await record(house, CALLER)
    missed = house.engine.floor.store.queues.gave_up_since
    assert led_on.outcome is InboundOutcome.LED_ON
    assert [call.id for call in await missed(SOPORTE, led_on.arrived_at)] == [CALLER]
    assert told(house, OTHER) == [], "who came without the IVR waits on"
    await house.asterisk.ends(OTHER)
    await house.asterisk.sends(AGAIN, "ventas")
    house.engine.desk.make_ready(AgentId("ana"))
    await joined(house, AGAIN, "ana")
    await record(house, AGAIN)
    assert await missed(SOPORTE, led_on.arrived_at) == []


async def test_who_would_wait_for_nobody_goes_back_at_once(house: House) -> None:
    queue(house)
    await house.asterisk.sends(CALLER, "soporte")
    await house.until(lambda: told(house, CALLER) == ["nobody"], "nobody has signed in")
    await house.asterisk.sends(OTHER, "nadie")
    await house.until(lambda: told(house, OTHER) == ["nobody"], "nobody made that queue")


async def test_who_waits_goes_back_when_the_last_one_who_serves_signs_out(house: House) -> None:
    queue(house)
    await house.sign_in("ana")
    house.engine.desk.pause(AgentId("ana"), "descanso")
    await house.asterisk.sends(CALLER, "soporte")
    await house.until(lambda: CALLER in house.engine.floor.callers, "they wait")
    assert told(house, CALLER) == []
    house.engine.desk.log_out(AgentId("ana"))
    await house.until(lambda: told(house, CALLER) == ["nobody"], "there is nobody any more")


async def test_a_call_back_is_offered_as_the_ivr_and_the_queue_allow(house: House) -> None:
    queue(house, call_back_in=CampaignId("turno"), call_back_after_seconds=0.0)
    queue(house, "ventas", call_back_after_seconds=0.0)
    await house.sign_in("ana")
    house.engine.desk.pause(AgentId("ana"), "descanso")
    third = "1764000002.3"
    await house.asterisk.sends(CALLER, "soporte", offer=True)
    await house.asterisk.sends(OTHER, "soporte")
    await house.asterisk.sends(third, "ventas", offer=True)
    await house.until(lambda: third in house.engine.floor.callers, "all three wait")
    is_to_be_told(house, CALLER, OTHER, third)
    await house.until(lambda: bool(told(house, third)), "the last one is told")
    assert [told(house, each)[-1][-1] for each in (CALLER, OTHER, third)] == ["1", "0", "2"]


async def test_the_terms_of_the_ivr_outlive_the_dialer(tmp_path: Path, asterisk: LittleAsterisk) -> None:
    url = f"sqlite:///{tmp_path}/vocero.db"
    await upgrade(url, SystemClock())
    async with one_process(url, tmp_path, asterisk) as house:
        text = FILE.format(name="soporte", wrap_up="60 s")
        await house.engine.floor.store.queues.put(SOPORTE, text, house.engine.floor.clock.now())
        queue(house)
        await house.sign_in("ana")
        house.engine.desk.pause(AgentId("ana"), "descanso")
        await asterisk.sends(AGAIN, "soporte", most_wait=600, offer=True)
        await house.until(lambda: AGAIN in house.engine.floor.callers, "they wait")
        before = house.engine.floor.callers.get(AGAIN)
        assert before is not None
        await record(house, AGAIN)
    async with one_process(url, tmp_path, asterisk) as house:
        after = house.engine.floor.callers.get(AGAIN)
        assert after is not None
        assert (after.terms, after.call.arrived_at) == (before.terms, before.call.arrived_at)
        assert after.terms is not None
        assert (after.terms.most_wait_seconds, after.terms.offers_call_back) == (600.0, True)


async def test_who_was_told_so_is_recorded_and_that_is_known_from_the_start(house: House) -> None:
    queue(house, records=True)
    await house.sign_in("ana")
    house.engine.desk.pause(AgentId("ana"), "descanso")
    await house.asterisk.sends(CALLER, "soporte", noticed=True)
    await house.asterisk.sends(OTHER, "soporte")
    await house.until(lambda: OTHER in house.engine.floor.callers, "both wait")
    assert [(await record(house, each)).recording for each in (CALLER, OTHER)] == [f"{CALLER}.wav", ""]
    house.engine.desk.make_ready(AgentId("ana"))
    leg = house.asterisk.legs["ana"]
    await house.until(lambda: (leg, f"r{CALLER}") in house.asterisk.joins(), "ana is sent to them, and records")
