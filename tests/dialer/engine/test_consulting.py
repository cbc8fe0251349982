"""An agent asks a colleague before they hand a person on: who has whom at each step, and how each thing ends."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest

from cti_api.errors import Conflict
from cti_api.live_ports import ConsultRole, ConsultState, LiveState
from cti_api.model.agents import AgentState
from cti_api.model.calls import CallResult
from cti_api.model.events import EventKind
from cti_api.sip_accounts import SipAccounts
from dialer.engine.port import EnginePort
from tests.dialer.engine.conftest import one_process
from tests.dialer.engine.test_callers import CALLER, joined, queue
from tests.dialer.engine.test_handing_on import ANA, LUIS, port, state_of, transferred
from tests.dialer.engine.test_holding import told
from tests.support.house import House
from tests.support.little_asterisk import LittleAsterisk

__all__ = ["port"]


async def sent(house: House, exten: str, *, by: str | None = None) -> str:
    """Waits until a leg is sent there, and says which."""

    def legs() -> list[str]:
        return [asked["Channel"] for asked in house.asterisk.named("Redirect") if asked["Exten"] == exten]

    await house.until(lambda: legs() != [], f"a leg is sent to {exten}")
    leg = legs()[-1]
    assert by is None or leg == house.asterisk.legs[by]
    return leg


async def consulting(house: House, port: EnginePort, person: str, to: str = "agent:luis") -> None:
    """Ana asks, and the person hears music."""
    house.asterisk.actions.clear()
    asked = asyncio.create_task(port.live.consult(ANA, to))
    leg = await sent(house, "consult", by="ana")
    await house.asterisk.is_kept(person, leg)
    await asked


async def talking(house: House, port: EnginePort, person: str) -> tuple[str, str]:
    """… and she and Luis hear each other; their legs."""
    await consulting(house, port, person)
    other = await sent(house, "waits", by="luis")
    leg = await sent(house, f"speaksto{other}", by="ana")
    await house.asterisk.speaks_with(leg, other)
    await house.until(lambda: shown(port, "ana") == (ConsultRole.ASKS, ConsultState.TALKING), "the two talk")
    return leg, other


def a_port(house: House, folder: Path) -> EnginePort:
    return EnginePort(house.engine, SipAccounts(folder / "sip.sqlite3"), house.engine.floor.clock.now())


def shown(port: EnginePort, agent: str) -> tuple[ConsultRole, ConsultState] | None:
    found = next(view for view in port.agents() if view.agent.id == agent).consulting
    return (found.role, found.state) if found is not None else None


async def back(house: House, person: str) -> None:
    """Asterisk brings Ana back to the person."""
    leg = await sent(house, "back", by="ana")
    await house.asterisk.joined(leg, person)


async def until_over(house: House, port: EnginePort, *how: str) -> None:
    await house.until(lambda: shown(port, "ana") is None, "the consultation is over")
    ends = [event.payload["how"] for event in await told(house, EventKind.CALL_CONSULTED)]
    assert [each for each in ends if each] == list(how)


async def test_a_colleague_is_asked_and_has_the_person_then(house: House, port: EnginePort) -> None:
    await house.sign_in("ana", "luis")
    attempt = await house.talk("ana")
    leg, other = await talking(house, port, attempt)
    assert (house.state("ana"), house.state("luis")) == (AgentState.BUSY, AgentState.RESERVED)
    assert state_of(port, attempt) is LiveState.CONSULTING
    asked = next(view.consulting for view in port.agents() if view.agent.id == LUIS)
    assert asked is not None
    assert (asked.other, asked.role, asked.state) == ("agent:ana", ConsultRole.IS_ASKED, ConsultState.TALKING)
    assert asked.lead_name != ""

    completing = asyncio.create_task(port.live.complete(ANA))
    assert await sent(house, "passed") == leg
    await house.asterisk.is_passed(attempt)
    await completing
    assert house.state("ana") is AgentState.READY
    assert await sent(house, attempt) == other
    await house.asterisk.joined(other, attempt)
    await house.is_in("luis", AgentState.BUSY)
    assert await transferred(house) == [("ana", "agent:luis")]
    await until_over(house, port, "handed_on")
    await house.asterisk.ends(attempt)
    await house.is_in("luis", AgentState.WRAP_UP)
    await port.dispose(LUIS, "hablado", {})
    closed = await house.until_closed(attempt)
    assert (closed.result, closed.agent_id) == (CallResult.CONNECTED, "luis")


@pytest.mark.parametrize("by", ["ana", "luis"])
async def test_either_of_them_ends_it_and_the_agent_has_the_person_again(
    house: House, port: EnginePort, by: str
) -> None:
    await house.sign_in("ana", "luis")
    attempt = await house.talk("ana")
    await talking(house, port, attempt)
    ask = port.live.go_back(ANA) if by == "ana" else port.hang_up(LUIS)
    ending = asyncio.create_task(ask)
    await back(house, attempt)
    await ending
    await until_over(house, port, "back")
    assert (house.state("ana"), house.state("luis")) == (AgentState.BUSY, AgentState.READY)
    assert state_of(port, attempt) is LiveState.CONNECTED


async def test_a_colleague_whose_leg_dies_leaves_the_agent_to_the_person(house: House, port: EnginePort) -> None:
    await house.sign_in("ana", "luis")
    attempt = await house.talk("ana")
    _, other = await talking(house, port, attempt)
    await house.asterisk.ends(other, 27)
    await back(house, attempt)
    await until_over(house, port, "left")
    assert house.state("luis") is not AgentState.RESERVED


async def test_a_colleague_who_is_rung_and_rejects_it_leaves_the_two_as_they_were(
    house: House, port: EnginePort
) -> None:
    await house.sign_in("ana", "eva")
    attempt = await house.talk("ana")
    house.asterisk.deaf = True
    await consulting(house, port, attempt, "agent:eva")
    await house.until(lambda: "eva" in house.asterisk.legs, "eva's telephone rings")
    await house.asterisk.rejects("eva")
    await back(house, attempt)
    await until_over(house, port, "unanswered")


async def test_a_colleague_who_is_rung_takes_it_and_is_free_when_they_hang_up(house: House, port: EnginePort) -> None:
    await house.sign_in("ana", "eva")
    attempt = await house.talk("ana")
    await consulting(house, port, attempt, "agent:eva")
    await house.until(lambda: "eva" in house.asterisk.legs, "eva's telephone is taken")
    other = house.asterisk.legs["eva"]
    leg = await sent(house, f"speaksto{other}", by="ana")
    await house.asterisk.speaks_with(leg, other)
    await house.until(lambda: shown(port, "eva") == (ConsultRole.IS_ASKED, ConsultState.TALKING), "they talk")
    await house.asterisk.ends(other)
    await house.is_in("eva", AgentState.READY)
    await back(house, attempt)
    await until_over(house, port, "left")


async def test_a_person_who_hangs_up_meanwhile_ends_it(house: House, port: EnginePort) -> None:
    await house.sign_in("ana", "luis")
    attempt = await house.talk("ana")
    leg, _ = await talking(house, port, attempt)
    await house.asterisk.ends(attempt)
    await house.is_in("ana", AgentState.WRAP_UP)
    await house.is_in("luis", AgentState.READY)
    assert await sent(house, "free") == leg
    await until_over(house, port, "over")


async def test_an_agent_whose_leg_dies_leaves_the_person_to_who_is_free(house: House, port: EnginePort) -> None:
    await house.sign_in("ana", "luis")
    attempt = await house.talk("ana")
    leg, other = await talking(house, port, attempt)
    await house.asterisk.orphans(attempt)
    await house.asterisk.ends(leg, 27)
    await house.until(lambda: (other, attempt) in house.asterisk.joins(), "luis is sent to them")
    await until_over(house, port, "over")


async def test_somebody_outside_is_asked_and_has_the_person_and_the_agent_says_what_became(
    house: House, port: EnginePort
) -> None:
    await house.sign_in("ana")
    attempt = await house.talk("ana")
    await consulting(house, port, attempt, "outside:ambulancia")
    await house.until(lambda: "colleagueambulancia" in house.asterisk.legs, "the number is called")
    other = house.asterisk.legs["colleagueambulancia"]
    with pytest.raises(Conflict, match="not answered yet"):
        await port.live.complete(ANA)
    await house.asterisk.takes("colleagueambulancia")
    leg = await sent(house, f"speaksto{other}", by="ana")
    await house.asterisk.speaks_with(leg, other)
    await house.engine.settling.settle_once()
    assert not any(hang_up["Channel"] == other for hang_up in house.asterisk.named("Hangup"))
    await house.until(lambda: shown(port, "ana") == (ConsultRole.ASKS, ConsultState.TALKING), "the two talk")
    completing = asyncio.create_task(port.live.complete(ANA))
    assert await sent(house, f"passesto{other}") == leg
    await house.asterisk.is_brought(attempt)
    await completing
    assert house.state("ana") is AgentState.WRAP_UP
    await house.asterisk.is_reached(attempt)
    await house.until(lambda: state_of(port, attempt) is LiveState.TRANSFERRED, "they are with somebody else")
    assert await transferred(house) == [("ana", "outside:ambulancia")]
    await port.dispose(ANA, "hablado", {})
    assert (await house.until_closed(attempt)).disposition == "hablado"


async def test_somebody_outside_who_is_let_go_is_hung_up(house: House, port: EnginePort) -> None:
    await house.sign_in("ana")
    attempt = await house.talk("ana")
    await consulting(house, port, attempt, "extension:2134")
    await house.until(lambda: "colleague2134" in house.asterisk.legs, "the telephone rings")
    other = house.asterisk.legs["colleague2134"]
    ending = asyncio.create_task(port.live.go_back(ANA))
    await back(house, attempt)
    await ending
    await house.until(lambda: any(h["Channel"] == other for h in house.asterisk.named("Hangup")), "it rings no more")


async def test_about_a_caller_a_free_agent_of_a_queue_is_asked(house: House, port: EnginePort) -> None:
    queue(house, agents=())
    await house.sign_in("ana", "luis")
    await house.asterisk.calls_in(CALLER, "soporte")
    await joined(house, CALLER, "ana")
    house.asterisk.actions.clear()
    await consulting(house, port, CALLER, "queue:soporte")
    other = await sent(house, "waits", by="luis")
    leg = await sent(house, f"speaksto{other}", by="ana")
    await house.asterisk.speaks_with(leg, other)
    await house.until(lambda: shown(port, "luis") == (ConsultRole.IS_ASKED, ConsultState.TALKING), "they talk")
    with pytest.raises(Conflict, match="Nobody who serves"):
        house.engine.handing.targets.to_consult(house.engine.floor.board.seat(ANA), "queue:soporte")
    completing = asyncio.create_task(port.live.complete(ANA))
    assert await sent(house, "passed") == leg
    await house.asterisk.is_passed(CALLER)
    await completing
    await joined(house, CALLER, "luis")
    assert await transferred(house) == [("ana", "agent:luis")]


async def test_what_cannot_be_is_refused(house: House, port: EnginePort) -> None:
    await house.sign_in("ana", "luis")
    with pytest.raises(Conflict, match="in no talk"):
        await port.live.consult(ANA, "agent:luis")
    attempt = await house.talk("ana")
    for ask in (port.live.complete(ANA), port.live.go_back(ANA), port.live.go_back(LUIS)):
        with pytest.raises(Conflict, match="consults nobody"):
            await ask
    await consulting(house, port, attempt)
    with pytest.raises(Conflict, match="consults"):
        await port.live.transfer(ANA, "agent:luis")
    with pytest.raises(Conflict, match="consults somebody already"):
        await port.live.consult(ANA, "outside:ambulancia")


async def test_an_asterisk_that_does_not_hear_of_it_leaves_the_colleague_free(house: House, port: EnginePort) -> None:
    await house.sign_in("ana", "luis")
    attempt = await house.talk("ana")
    with pytest.raises(Conflict, match="did not take the two apart"):
        await port.live.consult(ANA, "agent:luis")
    assert house.state("luis") is AgentState.READY
    await house.asterisk.is_kept(attempt, house.asterisk.legs["ana"])  # … and does it later
    await back(house, attempt)


async def test_after_a_restart_an_agent_who_was_asking_is_brought_back_to_the_person(
    tmp_path: Path, sqlite_template: Path, asterisk: LittleAsterisk
) -> None:
    url = f"sqlite:///{shutil.copy(sqlite_template, tmp_path)}"
    async with one_process(url, tmp_path, asterisk) as house:
        await house.sign_in("ana", "luis")
        attempt = await house.talk("ana")
        leg, _ = await talking(house, a_port(house, tmp_path), attempt)
    asterisk.actions.clear()
    async with one_process(url, tmp_path, asterisk) as house:
        assert await sent(house, "back", by="ana") == leg
        await house.is_in("ana", AgentState.BUSY)
        await house.is_in("luis", AgentState.READY)
        await asterisk.joined(leg, attempt)
        await asterisk.ends(attempt)
        await house.is_in("ana", AgentState.WRAP_UP)
