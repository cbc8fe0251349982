"""What an agent says of somebody who called: by name, so that it can be sent until there is an answer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cti_api.errors import Conflict, LinkDown
from cti_api.model.agents import AgentState
from cti_api.model.ids import AgentId, InboundId, QueueId
from cti_api.model.queues import InboundCall
from cti_api.queue_file import parse_queue
from cti_api.sip_accounts import SipAccounts
from dialer.engine.port import EnginePort
from tests.support.house import House

CALLER, OTHER = InboundId("1764000000.1"), InboundId("1764000001.2")
SOPORTE = QueueId("soporte")
FILE = """
id: soporte
title: Soporte
region: CO
timezone: America/Bogota
campaigns: [turno]
announce_every: 10 s
wrap_up: 60 s
dispositions: [resuelto, otro]
"""


@pytest.fixture
def port(house: House) -> EnginePort:
    return EnginePort(house.engine, SipAccounts(Path("none")), house.engine.floor.clock.now())


async def joined(house: House, caller: str, agent: str) -> None:
    """This agent's leg is sent to the caller, and they talk."""
    leg = house.asterisk.legs[agent]
    await house.until(lambda: (leg, caller) in house.asterisk.joins(), f"{agent} is sent to {caller}")
    await house.asterisk.joined(leg, caller)
    await house.is_in(agent, AgentState.BUSY)


async def test_what_is_said_of_a_caller_by_name_can_be_said_again_and_of_nobody_else(
    house: House, port: EnginePort
) -> None:
    text, ana = FILE, AgentId("ana")
    await port.put_queue(parse_queue(text), text)
    await house.sign_in("ana")
    await house.asterisk.calls_in(CALLER, "soporte")
    await house.asterisk.calls_in(OTHER, "soporte")
    await joined(house, CALLER, "ana")
    with pytest.raises(Conflict, match="not with luis"):
        await port.dispose(AgentId("luis"), "resuelto", {}, caller_id=CALLER)
    await house.asterisk.ends(CALLER)
    await house.is_in("ana", AgentState.WRAP_UP)
    said = {"caller_id": CALLER, "disposition": "resuelto", "closed": True}
    assert await port.dispose(ana, "resuelto", {}, caller_id=CALLER) == said
    await joined(house, OTHER, "ana")
    assert await port.dispose(ana, "resuelto", {}, caller_id=CALLER) == said
    with pytest.raises(Conflict) as refused:
        await port.dispose(ana, "otro", {}, caller_id=CALLER)
    assert refused.value.rule == "caller_closed"
    assert house.engine.floor.callers.get(OTHER).call.disposition == ""


async def test_a_caller_of_an_earlier_process_who_is_not_taken_up_yet_is_asked_for_again(
    house: House, port: EnginePort
) -> None:
    now = house.engine.floor.clock.now()
    call = InboundCall(id=CALLER, queue=SOPORTE, number="+573001234567", arrived_at=now, queued_at=now)
    await house.engine.floor.store.queues.write(replace(call, agent_id=AgentId("ana"), joined_at=now))
    with pytest.raises(LinkDown):
        await port.dispose(AgentId("ana"), "resuelto", {}, caller_id=CALLER)
