"""What the window may ask of a running engine, and what it is told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cti_api.errors import Conflict
from cti_api.model.agents import AgentConnect
from cti_api.model.ids import AgentId, CampaignId
from cti_api.sip_accounts import SipAccounts
from dialer.engine.port import EnginePort
from tests.dialer.engine.conftest import TRUNK
from tests.support.house import House
from tests.support.shift import campaign_file

ANA = AgentId("ana")
OTHER = CampaignId("otra")


@pytest.fixture
async def port(house: House, tmp_path: Path) -> EnginePort:
    accounts = SipAccounts(tmp_path / "sip.sqlite3")
    accounts.prepare()
    floor = house.engine.floor
    await floor.store.campaigns.create(OTHER, "Otra", campaign_file(OTHER, [TRUNK]).decode(), floor.clock.now())
    return EnginePort(house.engine, accounts, floor.clock.now())


async def test_an_agent_who_talks_is_moved_to_another_campaign_and_talks_on(house: House, port: EnginePort) -> None:
    await house.sign_in("ana")
    await house.talk("ana")
    seat = house.engine.floor.board.seat(ANA)
    call = seat.attempt_id
    await port.change_agent(replace(seat.agent, campaigns=(OTHER,)))
    assert (seat.agent.campaigns, seat.attempt_id) == ((OTHER,), call)
    assert (await house.engine.floor.store.agents.get(ANA)).campaigns == (OTHER,)


async def test_a_nailed_up_agent_is_not_rung_before_they_sign_out(house: House, port: EnginePort) -> None:
    await house.sign_in("ana")
    seat = house.engine.floor.board.seat(ANA)
    with pytest.raises(Conflict, match="signed in"):
        await port.change_agent(replace(seat.agent, connect=AgentConnect.RUNG))
    assert (await house.engine.floor.store.agents.get(ANA)).connect is AgentConnect.NAILED_UP
