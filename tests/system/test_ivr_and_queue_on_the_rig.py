"""Whole ways through the real Asterisk and the real dialer: from the IVR to agents and back, and of who calls back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from cti_api.model.ids import CampaignId, QueueId, TrunkId
from ivr.agi.session import AgiSession
from tests.support.agi_handlers import Walk, serving
from tests.support.floor import until_agent
from tests.support.incoming import WAIT_SECONDS, Callers
from tests.support.shift import campaign_file, get, people, post, retry, staff, until
from vocero.asterisk_site import InboundNumber
from vocero.lab.asterisk import AsteriskProgram
from vocero.lab.customers import Behaviour, number
from vocero.lab.rig import Rig, RigTrunk

pytestmark = [pytest.mark.asterisk, pytest.mark.long, pytest.mark.timeout(300)]

CAMPAIGN, TRUNK = CampaignId("turno"), TrunkId("operador-a")
DESK, SHOWN = "576015550199", "576015550100"
QUEUE = "id: {0}\ntitle: {0}\nregion: CO\ntimezone: America/Bogota\nwrap_up: 0 s\ncampaigns: [turno]\n"


@pytest.fixture
async def rig(asterisk_program: AsteriskProgram, tmp_path: Path) -> AsyncIterator[Rig]:
    inbound = (
        InboundNumber(number=DESK, entry="recepcion"),
        InboundNumber(number=SHOWN, queue="general", calls_back=True),
    )
    async with Rig(tmp_path / "rig", asterisk_program, trunks=[RigTrunk(id=TRUNK)], inbound=inbound) as rig:
        yield rig


@pytest.fixture
async def callers(rig: Rig) -> AsyncIterator[Callers]:
    async with Callers(rig.port_of_callers, rig.asterisk.sip_port) as callers:
        yield callers


async def put(rig: Rig, name: str, text: str = QUEUE, more: str = "") -> None:
    body = f"{text.format(name)}{more}".encode()
    await asyncio.to_thread(rig.control.send, "PUT", f"/queues/{name}", body, "application/yaml")


async def today(rig: Rig, name: str) -> dict[str, Any]:
    found: dict[str, Any] = (await get(rig, f"/queues/{name}"))["today"]
    return found


async def test_a_caller_who_waited_in_one_queue_talks_in_another_and_is_with_the_ivr_in_the_end(
    rig: Rig, callers: Callers
) -> None:
    async def first(call: AgiSession) -> None:
        await call.leave_for_queue(QueueId("soporte"), most_wait_seconds=1)

    async def second(call: AgiSession) -> None:
        await call.leave_for_queue(QueueId("ventas"))

    await rig.make_campaign(CAMPAIGN, campaign_file(CAMPAIGN, [TRUNK]), people([number(Behaviour.TALKS, 1)]))
    await staff(rig, [CAMPAIGN], "ana")
    await put(rig, "ventas")
    await staff(rig, [], "luis")
    await put(rig, "soporte", QUEUE.replace("campaigns: [turno]", "agents: [{{agent: luis}}]"))
    await post(rig, "/agents/luis/pause", {"reason": "descanso"})
    walk = Walk([first, second])
    async with serving(walk, rig.ports.agi):
        call = await callers.dial(DESK)
        await until_agent(rig, "ana", "busy")
        assert [why for _, why in walk.came] == ["", "waited"]
        await post(rig, "/agents/ana/hangup")
        async with asyncio.timeout(WAIT_SECONDS):
            await call.over.wait()
    assert walk.returned == ["", "waited", "done"]

    async def both_closed() -> bool:
        return (await today(rig, "soporte"))["led_on"] == (await today(rig, "ventas"))["answered"] == 1

    await until(both_closed, 30, "both stays are on record")
    assert await get(rig, "/queues/soporte/missed") == []


async def test_who_calls_back_is_with_the_campaigns_agent_and_their_lead_is_closed(rig: Rig, callers: Callers) -> None:
    person = number(Behaviour.RINGS_OUT, 1)
    text = campaign_file(CAMPAIGN, [TRUNK], retry=retry(3, default={"action": "retry", "after": "1 h"}))
    await rig.make_campaign(CAMPAIGN, text, people([person]))
    await put(rig, "turno")
    await put(rig, "general")
    await post(rig, f"/campaigns/{CAMPAIGN}/start")
    call = await callers.dial(SHOWN, person.digits)

    async def waits() -> bool:
        return bool((await get(rig, "/queues/general"))["callers"] or (await get(rig, "/queues/turno"))["callers"])

    await until(waits, 30, "they wait")
    await staff(rig, [CAMPAIGN], "ana")
    await until_agent(rig, "ana", "busy")
    present = (await get(rig, "/agents/ana"))["call"]
    assert (present["campaign_id"], present["number"], present["lead_name"] != "") == (CAMPAIGN, person.e164, True)
    await post(rig, "/agents/ana/disposition", {"code": "hablado"})
    call.hang_up()

    async def closed() -> bool:
        (lead,) = await post(rig, "/leads/why", {"words": person.e164})
        return bool(lead["state"] == "completed")

    await until(closed, 30, "the lead is closed by what the agent said")
