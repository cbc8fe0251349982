"""Callers over real SIP, served by the agents of a campaign that dials: none is lost, none is overtaken."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cti_api.model.ids import CampaignId, QueueId, TrunkId
from cti_api.model.phone import PhoneNumber
from tests.support.callers import call_in, callers_in_journal, overtaken
from tests.support.floor import until_agent
from tests.support.plain_queue import plain_service_level
from tests.support.shift import attempts, campaign_file, get, people, placed, post, staff, until
from vocero.lab.asterisk import AsteriskProgram
from vocero.lab.customers import Behaviour, number
from vocero.lab.rig import Rig, RigTrunk

pytestmark = [pytest.mark.asterisk, pytest.mark.timeout(900)]

CAMPAIGN, QUEUE, TRUNK = CampaignId("turno"), QueueId("soporte"), TrunkId("operador-a")
WITHIN_SECONDS = 4.0
SLACK_SECONDS = 0.5
"""What an event may be late on a busy machine."""

QUEUE_FILE = f"""
id: {QUEUE}
title: Soporte
region: CO
timezone: America/Bogota
campaigns: [{CAMPAIGN}]
announce_every: 10 s
longest_wait: 2 h
wrap_up: 0 s
service_level: {{within: {WITHIN_SECONDS:g} s, share: 80 %}}
"""


@pytest.fixture
async def rig(asterisk_program: AsteriskProgram, tmp_path: Path) -> AsyncIterator[Rig]:
    async with Rig(tmp_path / "rig", asterisk_program, trunks=[RigTrunk(id=TRUNK)], callers_into=QUEUE) as rig:
        yield rig


def callers_of(count: int) -> list[PhoneNumber]:
    return [number(Behaviour.TALKS, serial) for serial in range(count)]


async def open_the_queue(rig: Rig, agents: int, leads: int) -> None:
    """A campaign with so many people who talk for three seconds, and a queue that its agents serve."""
    called = [number(Behaviour.HANGS_UP, serial) for serial in range(leads)]
    await rig.make_campaign(CAMPAIGN, campaign_file(CAMPAIGN, [TRUNK]), people(called))
    await staff(rig, [CAMPAIGN], *(f"agente-{place}" for place in range(agents)))
    await asyncio.to_thread(rig.control.send, "PUT", f"/queues/{QUEUE}", QUEUE_FILE.encode(), "application/yaml")


async def serve(rig: Rig, callers: int, *, agents: int, per_second: float, stay: tuple[float, float]) -> None:
    """Let them call while the campaign dials; then hold the store against Asterisk's journal."""
    await open_the_queue(rig, agents, leads=callers)
    await post(rig, f"/campaigns/{CAMPAIGN}/start")
    await call_in(rig, callers_of(callers), per_second=per_second, stay=stay)

    async def all_closed() -> bool:
        queue = await get(rig, f"/queues/{QUEUE}")
        return bool(queue["today"]["offered"] == callers and not queue["callers"])

    await until(all_closed, 30, "every caller is on record with an end")
    seen = callers_in_journal(rig.asterisk.journal)
    waits = [each.waited for each in seen.values() if each.joined is not None]
    today = (await get(rig, f"/queues/{QUEUE}"))["today"]
    missed = await get(rig, f"/queues/{QUEUE}/missed")
    assert len(seen) == callers
    assert {one["caller_id"] for one in missed} == {name for name, each in seen.items() if each.joined is None}
    assert (today["answered"], today["caller_abandoned"]) == (len(waits), callers - len(waits))
    near = sum(abs(wait - WITHIN_SECONDS) < SLACK_SECONDS for wait in waits)
    plain = plain_service_level(waits, callers - len(waits), WITHIN_SECONDS)
    assert abs(today["service_level"] - plain) <= near / callers
    assert overtaken(seen, SLACK_SECONDS) == []
    assert waits
    assert placed(await attempts(rig, CAMPAIGN)), "the campaign dialled meanwhile"


async def test_callers_are_served_in_order_while_a_campaign_dials(rig: Rig) -> None:
    await serve(rig, 8, agents=2, per_second=4, stay=(2.0, 5.0))


@pytest.mark.long
async def test_two_hundred_callers_over_five_agents_while_a_campaign_dials(rig: Rig) -> None:
    callers = int(os.environ.get("VOCERO_TEST_CALLERS", "200"))
    await serve(rig, callers, agents=5, per_second=0.8, stay=(4.0, 12.0))


@pytest.mark.long
async def test_a_dialer_that_is_killed_finds_who_talks_and_who_waits(rig: Rig) -> None:
    await open_the_queue(rig, agents=1, leads=1)
    calling = asyncio.create_task(call_in(rig, callers_of(2), per_second=10, stay=(12.0, 13.0)))
    await until_agent(rig, "agente-0", "busy")

    async def both_there() -> bool:
        return len((await get(rig, f"/queues/{QUEUE}"))["callers"]) == 2

    await until(both_there, 30, "one talks, one waits")
    rig.dialer.kill()
    await rig.start_dialer()
    await rig.reconciled()
    assert [each["state"] for each in (await get(rig, f"/queues/{QUEUE}"))["callers"]] == ["talking", "waiting"]
    assert (await get(rig, "/agents/agente-0"))["state"] == "busy"
    await calling

    async def all_closed() -> bool:
        queue = await get(rig, f"/queues/{QUEUE}")
        return bool(queue["today"]["offered"] == 2 and not queue["callers"])

    await until(all_closed, 20, "both are on record with an end")
    assert (await get(rig, f"/queues/{QUEUE}"))["today"]["lost"] == 0
    assert await rig.quiet(1) != [], "the agent is still on the line"


@pytest.mark.long
async def test_who_presses_one_keeps_their_place_and_is_called_when_an_agent_comes(rig: Rig) -> None:
    await open_the_queue(rig, agents=0, leads=1)
    offered = f"{QUEUE_FILE}call_back: {{after: 0 s, campaign: {CAMPAIGN}}}\n"
    await asyncio.to_thread(rig.control.send, "PUT", f"/queues/{QUEUE}", offered.encode(), "application/yaml")
    await post(rig, f"/campaigns/{CAMPAIGN}/start")
    (caller,) = callers_of(1)
    await call_in(rig, [caller], per_second=1, stay=(6.0, 6.5), scenario="key_callers")
    (waits,) = (await get(rig, f"/queues/{QUEUE}"))["callers"]
    assert (waits["state"], waits["number"]) == ("kept", caller.e164)
    await staff(rig, [CAMPAIGN], "ana")

    async def called() -> bool:
        return caller.e164 in placed(await attempts(rig, CAMPAIGN))

    await until(called, 20, "the caller is called")
    await until_agent(rig, "ana", "busy")
    assert (await get(rig, "/agents/ana"))["call"]["number"] == caller.e164
    today = (await get(rig, f"/queues/{QUEUE}"))["today"]
    assert (today["called_back"], today["caller_abandoned"]) == (1, 0)
    assert await get(rig, f"/queues/{QUEUE}/missed") == []


@pytest.mark.long
async def test_who_waited_long_enough_hears_the_apology_and_is_hung_up(rig: Rig) -> None:
    """The caller's scenario wants to be hung up, and presses a key that was not offered before."""
    await open_the_queue(rig, agents=0, leads=1)
    short = QUEUE_FILE.replace("longest_wait: 2 h", "longest_wait: 5 s")
    await asyncio.to_thread(rig.control.send, "PUT", f"/queues/{QUEUE}", short.encode(), "application/yaml")
    await call_in(rig, callers_of(1), per_second=1, stay=(1.0, 1.5), scenario="key_callers")
    (missed,) = await get(rig, f"/queues/{QUEUE}/missed")
    assert missed["outcome"] == "overflowed"
    assert missed["waited_seconds"] > 5.0
