"""Who calls the number that a campaign showed them goes to its agents, and is what they say of the lead."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cti_api.clock import SystemClock
from cti_api.errors import InputError
from cti_api.model.agents import AgentState
from cti_api.model.ids import AgentId, CampaignId, QueueId
from cti_api.model.leads import Lead, LeadState
from cti_api.sip_accounts import SipAccounts
from cti_api.store.migrate import upgrade
from dialer.engine.calling_back import queue_of, shows
from dialer.engine.campaigns import CampaignRun
from dialer.engine.port import EnginePort
from tests.dialer.engine.conftest import one_process
from tests.dialer.engine.test_callers import CALLER, FILE, OTHER, SOPORTE, joined, queue, record
from tests.support.house import House
from tests.support.little_asterisk import LittleAsterisk
from tests.support.store import number

TURNO = CampaignId("turno")


def shown_by(house: House) -> str:
    (run,) = house.engine.campaigns.runs.values()
    return run.spec.caller_id.digits


async def begin(house: House) -> CampaignRun:
    """The campaign runs, and its agents are waited for in a queue; nobody has signed in."""
    queue(house)
    return await house.start(TURNO)


async def lead_of(house: House, n: int) -> Lead:
    lead = await house.engine.floor.store.leads.with_number(TURNO, number(n))
    assert lead is not None
    return lead


def let_in(house: House) -> list[str]:
    return [each["Channel"] for each in house.asterisk.named("Redirect") if each["Exten"] == "lead"]


async def calls_back(house: House, n: int = 0) -> None:
    await house.asterisk.calls_the_number_shown(CALLER, shown_by(house), number(n).digits[2:])
    await house.until(lambda: let_in(house) == [CALLER], "they are let in as a lead")
    await house.asterisk.is_let_in(CALLER)


async def talks(house: House, tmp_path: Path) -> EnginePort:
    """Somebody who called back is with an agent."""
    await begin(house)
    await calls_back(house)
    await house.until(lambda: CALLER in house.engine.floor.callers, "they wait")
    await house.sign_in("ana")
    await joined(house, CALLER, "ana")
    return EnginePort(house.engine, SipAccounts(tmp_path / "accounts.db"), house.engine.floor.clock.now())


async def test_the_agent_has_the_script_and_what_they_say_closes_the_lead(house: House, tmp_path: Path) -> None:
    port = await talks(house, tmp_path)
    (ana,) = [each for each in port.agents() if each.agent.id == "ana"]
    lead = await lead_of(house, 0)
    assert (ana.campaign_id, ana.queue_id, ana.lead_name) == (TURNO, SOPORTE, lead.contact.name)
    with pytest.raises(InputError):
        await port.dispose(AgentId("ana"), "otra-cosa", {})
    await port.dispose(AgentId("ana"), "hablado", {})
    await house.asterisk.ends(CALLER)
    await house.is_in("ana", AgentState.READY)
    closed = await record(house, CALLER)
    assert (closed.queue, closed.lead_id, closed.disposition) == (SOPORTE, lead.id, "hablado")
    assert (await lead_of(house, 0)).state is LeadState.COMPLETED


async def test_nobody_is_dialled_while_they_are_on_the_line_with_us(house: House, tmp_path: Path) -> None:
    await talks(house, tmp_path)
    floor = house.engine.floor
    await house.until(lambda: number(0).e164 in floor.book.numbers(floor.clock.monotonic()), "the number is kept free")


async def test_whom_no_campaign_knows_goes_where_the_number_leads(house: House) -> None:
    await begin(house)
    await house.asterisk.calls_the_number_shown(CALLER, shown_by(house), "3009999999")
    await house.asterisk.calls_the_number_shown(OTHER, "576019999999", number(1).digits)
    await house.asterisk.calls_the_number_shown("1764000002.3", shown_by(house), "")
    await house.asterisk.calls_the_number_shown("1764000003.4", shown_by(house), number(1).digits)
    await house.until(lambda: bool(let_in(house)), "the one who is on the list is let in")
    assert let_in(house) == ["1764000003.4"]


async def test_whose_call_it_is_outlives_the_dialer(tmp_path: Path, asterisk: LittleAsterisk) -> None:
    url = f"sqlite:///{tmp_path}/vocero.db"
    await upgrade(url, SystemClock())
    async with one_process(url, tmp_path, asterisk) as house:
        await house.engine.floor.store.queues.put(
            SOPORTE, FILE.format(name="soporte", wrap_up="60 s"), house.engine.floor.clock.now()
        )
        await begin(house)
        await calls_back(house)
        await house.until(lambda: CALLER in house.engine.floor.callers, "they wait")
        await record(house, CALLER)
    async with one_process(url, tmp_path, asterisk) as house:
        caller = house.engine.floor.callers.get(CALLER)
        assert caller is not None
        assert caller.known is not None
        assert (caller.call.queue, caller.known.lead.id) == (SOPORTE, (await lead_of(house, 0)).id)


async def test_a_campaign_is_known_by_its_number_and_waited_for_in_its_queue(house: House) -> None:
    run = await begin(house)
    digits = run.spec.caller_id.digits
    assert [shows(run.spec, called) for called in (digits, f"+{digits}", digits[2:], digits[-6:], "57")] == [
        *(True, True, True),
        *(False, False),
    ]
    queue(house, "ventas", priority=9)
    queues: Any = house.engine.floor.queues.values()
    assert queue_of(TURNO, queues) == "ventas"
    queue(house, "cola", call_back_in=TURNO)
    assert queue_of(TURNO, house.engine.floor.queues.values()) == "cola"
    assert queue_of(CampaignId("otra"), house.engine.floor.queues.values()) is None
    assert QueueId("cola") in house.engine.floor.queues
