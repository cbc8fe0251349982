"""An agent hands on whom they talk with: they go where they were to go, or come back, and somebody says what became."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from cti_api.errors import Conflict, NotFound
from cti_api.live_ports import LiveState, TransferKind, TransferTo
from cti_api.model.agents import AgentState
from cti_api.model.calls import CallResult
from cti_api.model.events import Event, EventKind
from cti_api.model.ids import AgentId, AttemptId
from cti_api.model.queues import InboundOutcome
from cti_api.sip_accounts import SipAccounts
from dialer.engine.callers import CallerState
from dialer.engine.port import EnginePort
from tests.dialer.engine.test_callers import CALLER, joined, queue, record
from tests.dialer.engine.test_holding import told
from tests.support.house import House

ANA, LUIS = AgentId("ana"), AgentId("luis")
QUEUED = "1764000009.9"


@pytest.fixture
def port(house: House, tmp_path: Path) -> EnginePort:
    house.engine.floor.transfers = (
        TransferTo(to="extension:2134", kind=TransferKind.EXTENSION, title="Taller"),
        TransferTo(to="outside:ambulancia", kind=TransferKind.OUTSIDE, title="Ambulancia"),
    )
    return EnginePort(house.engine, SipAccounts(tmp_path / "sip.sqlite3"), house.engine.floor.clock.now())


@asynccontextmanager
async def handing_on(house: House, port: EnginePort, to: str, exten: str, context: str) -> AsyncIterator[None]:
    """Ana asks for it, and within this Asterisk is to say that they are apart."""
    before = len(house.asterisk.named("Redirect"))
    asked = asyncio.create_task(port.live.transfer(ANA, to))
    await house.until(lambda: len(house.asterisk.named("Redirect")) > before, "the leg is sent on")
    redirect = house.asterisk.named("Redirect")[before]
    assert (redirect["Channel"], redirect["Context"], redirect["Exten"]) == (house.asterisk.legs["ana"], context, exten)
    yield
    await asked


async def transferred(house: House) -> list[tuple[str | None, str]]:
    events: list[Event] = await told(house, EventKind.CALL_TRANSFERRED)
    return [(event.agent_id, event.payload["to"]) for event in events]


def state_of(port: EnginePort, call_id: str) -> LiveState | None:
    return next((call.state for call in port.live.calls() if call.id == call_id), None)


# ------------------------------------------------------------------------------------------ of people who were called


async def test_a_person_is_handed_on_to_another_agent_who_says_what_became_of_the_call(
    house: House, port: EnginePort
) -> None:
    await house.sign_in("ana", "luis")
    attempt = await house.talk("ana")
    async with handing_on(house, port, "agent:luis", "passed", "vocero-agent"):
        assert house.state("luis") is AgentState.RESERVED
        await house.asterisk.is_passed(attempt)
    assert house.state("ana") is AgentState.READY
    leg = house.asterisk.legs["luis"]
    await house.until(lambda: (leg, attempt) in house.asterisk.joins(), "luis is sent to them")
    assert state_of(port, attempt) is LiveState.TRANSFERRING
    await house.asterisk.joined(leg, attempt)
    await house.is_in("luis", AgentState.BUSY)
    assert await transferred(house) == [("ana", "agent:luis")]
    await house.asterisk.ends(attempt)
    await house.is_in("luis", AgentState.WRAP_UP)
    with pytest.raises(Conflict, match="not one of ana's"):
        await port.dispose(ANA, "hablado", {}, AttemptId(attempt))
    await port.dispose(LUIS, "hablado", {})
    closed = await house.until_closed(attempt)
    assert (closed.result, closed.agent_id, closed.disposition) == (CallResult.CONNECTED, "luis", "hablado")


async def test_a_person_whom_the_other_agent_does_not_take_comes_back(house: House, port: EnginePort) -> None:
    await house.sign_in("ana", "luis")
    attempt = await house.talk("ana")
    async with handing_on(house, port, "agent:luis", "passed", "vocero-agent"):
        await house.asterisk.is_passed(attempt)
    await house.asterisk.ends(house.asterisk.legs["luis"], 27)
    leg = house.asterisk.legs["ana"]
    await house.until(lambda: house.asterisk.joins()[-1] == (leg, attempt), "ana is sent to them")
    await house.asterisk.joined(leg, attempt)
    await house.is_in("ana", AgentState.BUSY)
    assert await transferred(house) == []


async def test_whom_a_telephone_of_the_list_takes_is_ours_no_more_and_the_agent_says_what_became(
    house: House, port: EnginePort
) -> None:
    await house.sign_in("ana")
    attempt = await house.talk("ana")
    async with handing_on(house, port, "outside:ambulancia", "broughttoambulancia", "vocero-agent"):
        await house.asterisk.is_brought(attempt)
    assert (house.state("ana"), state_of(port, attempt)) == (AgentState.WRAP_UP, LiveState.TRANSFERRING)
    await house.asterisk.is_reached(attempt)
    await house.until(lambda: state_of(port, attempt) is LiveState.TRANSFERRED, "they are with somebody else")
    assert await transferred(house) == [("ana", "outside:ambulancia")]
    await port.dispose(ANA, "hablado", {})
    assert (await house.until_closed(attempt)).disposition == "hablado"
    outside = next(call for call in port.live.calls() if call.id == attempt)
    house.engine.handing.tick()
    floor = house.engine.floor
    assert outside.number in floor.book.numbers(floor.clock.monotonic()), "nobody dials them meanwhile"
    await house.engine.settling.settle_once()
    assert [hang_up for hang_up in house.asterisk.named("Hangup") if hang_up["Channel"] == attempt] == []
    await house.asterisk.ends(attempt)
    await house.until(lambda: state_of(port, attempt) is None, "the line is free")


async def test_whom_nobody_takes_outside_comes_back_to_the_agent_who_only_writes(
    house: House, port: EnginePort
) -> None:
    await house.sign_in("ana")
    attempt = await house.talk("ana")
    async with handing_on(house, port, "extension:2134", "broughtto2134", "vocero-agent"):
        await house.asterisk.is_brought(attempt)
    await house.asterisk.is_not_reached(attempt)
    leg = house.asterisk.legs["ana"]
    await house.until(lambda: house.asterisk.joins()[-1] == (leg, attempt), "ana is sent to them again")
    await house.asterisk.joined(leg, attempt)
    await house.is_in("ana", AgentState.BUSY)
    assert await transferred(house) == []


async def test_who_hangs_up_while_it_rings_outside_is_disposed_of_by_the_agent(house: House, port: EnginePort) -> None:
    await house.sign_in("ana")
    attempt = await house.talk("ana")
    async with handing_on(house, port, "extension:2134", "broughtto2134", "vocero-agent"):
        await house.asterisk.is_brought(attempt)
    await house.asterisk.ends(attempt)
    await house.until(lambda: state_of(port, attempt) is None, "the call is over")
    assert house.state("ana") is AgentState.WRAP_UP
    await port.dispose(ANA, "hablado", {})
    assert (await house.until_closed(attempt)).agent_id == "ana"


async def test_an_agent_who_is_ready_before_it_is_known_leaves_the_call_without_a_word(
    house: House, port: EnginePort
) -> None:
    await house.sign_in("ana")
    attempt = await house.talk("ana")
    async with handing_on(house, port, "extension:2134", "broughtto2134", "vocero-agent"):
        await house.asterisk.is_brought(attempt)
    await port.ready(ANA)
    assert house.engine.floor.board.seat(ANA).attempt_id != attempt
    await house.asterisk.is_reached(attempt)
    assert (await house.until_closed(attempt)).disposition == ""


async def test_a_person_handed_on_into_a_queue_is_a_caller_there_whom_the_next_agent_knows(
    house: House, port: EnginePort
) -> None:
    queue(house, agents=())
    await house.sign_in("ana", "luis")
    attempt = await house.talk("ana")
    async with handing_on(house, port, "queue:soporte", "queuedtosoporte", "vocero-agent"):
        await house.asterisk.is_handed(attempt, "soporte", QUEUED)
    await house.is_in("ana", AgentState.WRAP_UP)
    await joined(house, QUEUED, "luis")
    view = next(view for view in port.agents() if view.agent.id == LUIS)
    assert (view.queue_id, view.lead_name != "", view.campaign_id) == ("soporte", True, "turno")
    assert await transferred(house) == [("ana", "queue:soporte")]
    await port.dispose(ANA, "hablado", {})
    assert (await house.until_closed(attempt)).result is CallResult.CONNECTED
    await house.asterisk.ends(QUEUED)
    await house.is_in("luis", AgentState.WRAP_UP)
    assert (await record(house, QUEUED)).lead_id is not None


# --------------------------------------------------------------------------------------------------------- of callers


async def test_a_caller_is_handed_on_to_another_agent(house: House, port: EnginePort) -> None:
    queue(house, agents=())
    await house.sign_in("ana", "luis")
    await house.asterisk.calls_in(CALLER, "soporte")
    await joined(house, CALLER, "ana")
    async with handing_on(house, port, "agent:luis", "passed", "vocero-answer"):
        await house.asterisk.is_passed(CALLER)
    assert house.state("ana") is AgentState.READY
    await joined(house, CALLER, "luis")
    assert await transferred(house) == [("ana", "agent:luis")]
    await house.asterisk.ends(CALLER)
    await house.is_in("luis", AgentState.WRAP_UP)
    assert (await record(house, CALLER)).agent_id == "luis"


async def test_a_caller_is_handed_on_into_another_queue_and_waits_there(house: House, port: EnginePort) -> None:
    queue(house, agents=())
    queue(house, "ventas", agents=())
    await house.sign_in("ana")
    await house.asterisk.calls_in(CALLER, "soporte")
    await joined(house, CALLER, "ana")
    await port.pause(ANA, "baño")
    async with handing_on(house, port, "queue:ventas", "passed", "vocero-answer"):
        await house.asterisk.is_passed(CALLER)
    caller = house.engine.floor.callers.get(CALLER)
    assert caller is not None
    assert (house.state("ana"), caller.state) == (AgentState.NOT_READY, CallerState.WAITING)
    assert (await record(house, CALLER)).queue == "ventas"
    await house.sign_in("luis")
    await joined(house, CALLER, "luis")


async def test_a_caller_whom_nobody_takes_outside_waits_again_and_one_who_is_taken_is_answered(
    house: House, port: EnginePort
) -> None:
    queue(house, agents=())
    await house.sign_in("ana")
    await house.asterisk.calls_in(CALLER, "soporte")
    await joined(house, CALLER, "ana")
    async with handing_on(house, port, "extension:2134", "broughtto2134", "vocero-answer"):
        await house.asterisk.is_brought(CALLER)
    assert state_of(port, CALLER) is LiveState.TRANSFERRING
    await house.asterisk.is_not_reached(CALLER)
    house.asterisk.actions.clear()
    await joined(house, CALLER, "ana")
    async with handing_on(house, port, "outside:ambulancia", "broughttoambulancia", "vocero-answer"):
        await house.asterisk.is_brought(CALLER)
    await house.asterisk.is_reached(CALLER)
    await house.until(lambda: state_of(port, CALLER) is LiveState.TRANSFERRED, "they are with somebody else")
    assert (await record(house, CALLER)).outcome is InboundOutcome.ANSWERED
    await port.ready(ANA)
    await house.engine.settling.settle_once()
    assert house.state("ana") is AgentState.READY
    assert CALLER not in house.engine.floor.callers
    await house.asterisk.ends(CALLER)
    await house.until(lambda: state_of(port, CALLER) is None, "the line is free")


# ---------------------------------------------------------------------------------------------------------- refusals


async def test_what_cannot_be_is_refused_and_the_two_talk_on(house: House, port: EnginePort) -> None:
    queue(house, "nadie", campaigns=())
    await house.sign_in("ana", "luis")
    with pytest.raises(Conflict, match="in no talk"):
        await port.live.transfer(ANA, "agent:luis")
    attempt = await house.talk("ana")
    await port.pause(LUIS, "baño")
    for to, refused in (
        ("agent:luis", Conflict), ("agent:ana", Conflict), ("queue:nadie", Conflict), ("queue:otra", NotFound),
        ("outside:2134", NotFound), ("extension:otra", NotFound),
    ):  # fmt: skip
        with pytest.raises(refused):
            await port.live.transfer(ANA, to)
    assert (house.state("ana"), state_of(port, attempt)) == (AgentState.BUSY, LiveState.CONNECTED)


async def test_an_asterisk_that_does_not_take_them_apart_leaves_the_other_agent_free(
    house: House, port: EnginePort
) -> None:
    await house.sign_in("ana", "luis")
    attempt = await house.talk("ana")
    with pytest.raises(Conflict, match="did not take the two apart"):
        await port.live.transfer(ANA, "agent:luis")
    assert (house.state("ana"), house.state("luis")) == (AgentState.BUSY, AgentState.READY)
    assert state_of(port, attempt) is LiveState.CONNECTED


async def test_a_person_handed_on_while_the_dialer_starts_again_is_given_to_who_is_free(
    house: House, port: EnginePort
) -> None:
    await house.sign_in("ana", "luis")
    attempt = await house.talk("ana")
    await house.asterisk.is_passed(attempt)  # nobody here asked for it
    leg = house.asterisk.legs["ana"]
    await house.until(lambda: house.asterisk.joins()[-1] == (leg, attempt), "she has them again")
