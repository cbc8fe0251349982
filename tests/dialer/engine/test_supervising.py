"""Supervisors in a talk: their telephone rings, they take part as they ask, and are out of it when the talk is over."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from cti_api.errors import Conflict, NotFound
from cti_api.live_ports import Supervision
from cti_api.model.agents import Agent, AgentState
from cti_api.model.events import EventKind
from cti_api.model.ids import AgentId
from cti_api.sip_accounts import SipAccounts
from dialer.engine.port import EnginePort
from tests.dialer.engine.test_callers import CALLER, joined, queue
from tests.dialer.engine.test_handing_on import handing_on
from tests.dialer.engine.test_holding import told
from tests.support.house import House

SARA = "person:sara"


@pytest.fixture
async def port(house: House, tmp_path: Path) -> EnginePort:
    """Sara has a telephone at which nobody works, and so has the workshop, on the closed list."""
    floor = house.engine.floor
    for name in ("sara", "taller"):
        agent = Agent(id=AgentId(name), name=name, campaigns=())
        await floor.store.agents.add(agent, floor.clock.now())
        floor.board.put(agent, floor.clock.now()).phone_reachable = True
    floor.extensions = {"2134": AgentId("taller")}
    return EnginePort(house.engine, SipAccounts(tmp_path / "sip.sqlite3"), floor.clock.now())


async def comings_and_goings(house: House) -> list[tuple[str, str]]:
    return [(e.payload["what"], e.payload["mode"]) for e in await told(house, EventKind.CALL_SUPERVISED)]


def originate(house: House, account: str) -> tuple[str, str]:
    """Context and extension to which that telephone was called last."""
    (*_, action) = [each for each in house.asterisk.named("Originate") if each["Channel"] == f"PJSIP/{account}"]
    return action["Context"], action["Exten"]


async def test_a_supervisor_listens_then_whispers_and_is_out_when_the_talk_is_over(
    house: House, port: EnginePort
) -> None:
    await house.sign_in("ana")
    attempt = await house.talk("ana")
    await port.live.supervise(attempt, Supervision.LISTEN, by=SARA, telephone="agent:sara")
    leg = house.asterisk.legs["ana"]
    assert originate(house, "sara") == ("vocero-supervise", f"hearleg{leg}")
    (call,) = port.live.calls()
    assert [(each.by, each.mode, each.telephone) for each in call.supervised] == [
        (SARA, Supervision.LISTEN, "agent:sara")
    ]
    await port.live.supervise(attempt, Supervision.WHISPER, by=SARA, telephone="agent:sara")
    redirect = house.asterisk.named("Redirect")[-1]
    assert (redirect["Channel"], redirect["Exten"]) == (house.asterisk.legs["sara"], f"whisperto{leg}")
    await house.engine.settling.settle_once()
    await house.asterisk.ends(attempt)
    await house.until(
        lambda: house.asterisk.legs["sara"] in {each["Channel"] for each in house.asterisk.named("Hangup")},
        "her telephone is hung up",
    )
    assert await comings_and_goings(house) == [("began", "listen"), ("changed", "whisper"), ("ended", "whisper")]
    assert house.state("sara") is AgentState.LOGGED_OFF


async def test_a_supervisor_joins_in_with_a_caller_by_a_telephone_of_the_list_and_leaves(
    house: House, port: EnginePort
) -> None:
    queue(house, agents=())
    await house.sign_in("ana")
    await house.asterisk.calls_in(CALLER, "soporte")
    await joined(house, CALLER, "ana")
    await port.live.supervise(CALLER, Supervision.BARGE, by=SARA, telephone="extension:2134")
    assert originate(house, "taller") == ("vocero-supervise", f"bargeto{CALLER}")
    with pytest.raises(Conflict, match="no part"):
        await port.live.leave(CALLER, by="person:rosa")
    await port.live.leave(CALLER, by=SARA)
    assert await comings_and_goings(house) == [("began", "barge"), ("ended", "barge")]
    (event, _) = await told(house, EventKind.CALL_SUPERVISED)
    assert (event.call_id, event.agent_id, event.payload["by"]) == (CALLER, "ana", SARA)


async def test_who_hangs_up_takes_part_no_more(house: House, port: EnginePort) -> None:
    await house.sign_in("ana")
    attempt = await house.talk("ana")
    await port.live.supervise(attempt, Supervision.LISTEN, by=SARA, telephone="agent:sara")
    await house.asterisk.ends(house.asterisk.legs["sara"])
    await house.until(lambda: port.live.calls()[0].supervised == (), "she is gone")
    assert house.state("ana") is AgentState.BUSY


async def test_a_supervisor_does_not_go_along_to_whom_the_person_is_handed_on(house: House, port: EnginePort) -> None:
    await house.sign_in("ana", "luis")
    attempt = await house.talk("ana")
    await port.live.supervise(attempt, Supervision.LISTEN, by=SARA, telephone="agent:sara")
    async with handing_on(house, port, "agent:luis", "passed", "vocero-agent"):
        await house.asterisk.is_passed(attempt)
    await house.until(lambda: port.live.calls()[0].supervised == (), "she is out of it")
    assert (await comings_and_goings(house))[-1] == ("ended", "listen")


async def test_nobody_listens_where_there_is_no_talk_or_by_a_telephone_that_is_not_there(
    house: House, port: EnginePort
) -> None:
    await house.sign_in("ana", "luis")
    attempt = await house.call()
    for telephone, call, refused in (("agent:sara", attempt, Conflict), ("agent:sara", "f" * 32, NotFound)):
        with pytest.raises(refused):
            await port.live.supervise(call, Supervision.LISTEN, by=SARA, telephone=telephone)
    await house.talk_in(attempt, "ana")
    house.engine.floor.board.seat(AgentId("taller")).phone_reachable = False
    for telephone, refused in (
        ("agent:luis", Conflict), ("agent:nadie", NotFound), ("extension:2134", Conflict), ("extension:9", NotFound),
    ):  # fmt: skip
        with pytest.raises(refused):
            await port.live.supervise(attempt, Supervision.LISTEN, by=SARA, telephone=telephone)
    assert await comings_and_goings(house) == []


async def test_a_telephone_that_does_not_take_the_call_is_told_at_once(house: House, port: EnginePort) -> None:
    await house.sign_in("ana")
    attempt = await house.talk("ana")
    house.asterisk.deaf = True
    asked = asyncio.create_task(port.live.supervise(attempt, Supervision.LISTEN, by=SARA, telephone="agent:sara"))
    await house.until(lambda: "sara" in house.asterisk.legs, "her telephone rings")
    await house.asterisk.rejects("sara")
    with pytest.raises(Conflict, match="did not take the call"):
        await asked
    assert port.live.calls()[0].supervised == ()
