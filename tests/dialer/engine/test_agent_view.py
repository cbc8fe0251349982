"""What is shown of an agent at work: limits of time, the page to open, what was asked for in a call, and by whom."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from cti_api.errors import Conflict
from cti_api.model.agents import AgentState
from cti_api.model.ids import AgentId
from cti_api.ports import AgentView
from cti_api.sip_accounts import SipAccounts
from dialer.engine.port import EnginePort
from tests.support.house import House
from tests.support.store import new_leads

ANA = AgentId("ana")
PAGE = "https://crm.example.com/{placa}?tel={number}&quien={agent_id}&llamada={attempt_id}"


@pytest.fixture
def port(house: House, tmp_path: Path) -> EnginePort:
    return EnginePort(house.engine, SipAccounts(tmp_path / "sip.sqlite3"), house.engine.floor.clock.now())


def of_ana(port: EnginePort) -> AgentView:
    return next(view for view in port.agents() if view.agent.id == ANA)


async def test_of_a_call_there_is_its_page_since_when_they_talk_and_how_long_the_wrap_up_lasts(
    house: House, port: EnginePort
) -> None:
    await house.prepare("con-pagina", new_leads(1, first=700), screen_pop=PAGE, wrap_up="60 s", brief="Le toca.")
    await house.sign_in("ana")
    attempt = await house.talk("ana")
    view = of_ana(port)
    assert view.screen_pop == f"https://crm.example.com/ABC700?tel=%2B573000000700&quien=ana&llamada={attempt}"
    assert view.spec is not None
    assert (view.spec.brief, view.wrap_up_until) == ("Le toca.", None)
    assert isinstance(view.connected_at, datetime)
    await house.asterisk.ends(attempt)
    await house.is_in("ana", AgentState.WRAP_UP)
    until = of_ana(port).wrap_up_until
    assert until is not None
    assert 50 < (until - house.engine.floor.clock.now()).total_seconds() <= 60


async def test_of_a_preview_there_is_how_long_it_is_shown(house: House, port: EnginePort) -> None:
    await house.campaign("vista", new_leads(1, first=800), mode="preview", preview="40 s", screen_pop=PAGE)
    await house.sign_in("ana")
    await house.until(lambda: of_ana(port).preview_until is not None, "somebody is on show")
    view = of_ana(port)
    assert view.preview_until == house.engine.by_hand.previews[ANA].until
    assert view.screen_pop == "https://crm.example.com/ABC800?tel=%2B573000000800&quien=ana&llamada="


async def test_a_pause_that_a_supervisor_asks_for_waits_for_the_end_of_the_call_with_its_reason(
    house: House, port: EnginePort
) -> None:
    await house.sign_in("ana")
    attempt = await house.talk("ana")
    await port.pause(ANA, "capacitación", source="supervisor")
    status = of_ana(port).status
    assert (status.state, status.pending, status.pending_reason) == (
        AgentState.BUSY, AgentState.NOT_READY, "capacitación",
    )  # fmt: skip
    assert status.source == "supervisor"
    await house.asterisk.ends(attempt)
    await house.is_in("ana", AgentState.WRAP_UP)
    await port.dispose(ANA, "hablado", {})
    await house.is_in("ana", AgentState.NOT_READY)
    assert of_ana(port).status.reason == "capacitación"


async def test_a_call_closed_without_a_disposition_ends_the_shift_that_was_to_end_after_it(
    house: House, port: EnginePort
) -> None:
    await house.sign_in("ana")
    attempt = await house.talk("ana")
    with pytest.raises(Conflict):
        await port.finish(ANA)
    await port.logout(ANA)
    await house.asterisk.ends(attempt)
    await house.is_in("ana", AgentState.WRAP_UP)
    await port.ready(ANA)
    assert (of_ana(port).status.state, of_ana(port).status.pending) == (AgentState.WRAP_UP, None)
    await port.logout(ANA)
    await port.finish(ANA)
    await house.is_in("ana", AgentState.LOGGED_OFF)
    assert of_ana(port).attempt_id is None
    assert house.engine.floor.book.get(attempt) is None
