"""What the window may ask of a running engine, and what it is told."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from cti_api.campaign_file.limits import Limits, with_limits
from cti_api.campaign_file.parse import parse_campaign
from cti_api.errors import Conflict, InputError, NotFound, StoreUnavailable
from cti_api.law.shipped import shipped_packs
from cti_api.model.abandonment import Answers
from cti_api.model.agents import Agent, AgentConnect, AgentPhone
from cti_api.model.calls import CallResult
from cti_api.model.campaigns import CampaignState, PacingMode
from cti_api.model.ids import AgentId, CampaignId
from cti_api.model.leads import LeadState
from cti_api.sip_accounts import SipAccounts
from dialer.engine.port import EnginePort
from dialer.pacing.modes import make_pacer
from tests.dialer.engine.conftest import CAMPAIGN, TRUNK
from tests.support.house import House
from tests.support.shift import campaign_file
from tests.support.store import attempt_for, closed, move, new_leads

ANA = AgentId("ana")
OTHER = CampaignId("otra")


@pytest.fixture
def sip_file(tmp_path: Path) -> Path:
    return tmp_path / "sip.sqlite3"


@pytest.fixture
async def port(house: House, sip_file: Path) -> EnginePort:
    accounts = SipAccounts(sip_file)
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


async def test_counts_may_be_a_little_old_where_that_is_enough(house: House, port: EnginePort) -> None:
    store, now = house.engine.floor.store, house.engine.floor.clock.now()
    assert (await port.campaign_status(OTHER)).leads == 0
    await store.leads.add(OTHER, new_leads(2), now)
    assert (await port.campaign_status(OTHER, counted_within=3600)).leads == 0
    assert (await port.campaign_status(OTHER)).leads == 2
    assert (await port.campaign_status(OTHER, counted_within=3600)).leads == 2


async def test_a_campaign_is_open_while_it_runs_within_its_hours_and_tells_who_of_its_agents_is_free(
    house: House, port: EnginePort
) -> None:
    await house.sign_in("ana")
    await port.start_campaign(CAMPAIGN)
    here = await port.campaign_status(CAMPAIGN)
    assert (here.is_open, here.agents_ready) == (True, 1)
    await port.pause_campaign(CAMPAIGN)
    assert not (await port.campaign_status(CAMPAIGN)).is_open
    in_three_days = f"{house.engine.floor.clock.now() + timedelta(days=3):%a}".lower()
    hours = {"timezone": "America/Bogota", "days": {in_three_days: ["08:00-12:00"]}}
    text = campaign_file(OTHER, [TRUNK], hours=hours).decode()
    await port.replace_campaign(OTHER, parse_campaign(text), text)
    await house.engine.floor.store.leads.add(OTHER, new_leads(2), house.engine.floor.clock.now())
    await port.start_campaign(OTHER)
    await house.until(lambda: not house.engine.campaigns.runs[OTHER].is_open, "it is closed")
    closed_now = await port.campaign_status(OTHER)
    assert (closed_now.state, closed_now.is_open, closed_now.agents_ready) == (CampaignState.RUNNING, False, 0)


async def test_a_paused_campaign_goes_on_by_its_new_file(house: House, port: EnginePort) -> None:
    await port.start_campaign(CAMPAIGN)
    text = campaign_file(CAMPAIGN, [TRUNK], title="Turno de noche", max_channels=1, mode="power", calls_per_agent=3)
    spec = parse_campaign(text.decode())
    with pytest.raises(Conflict):
        await port.replace_campaign(CAMPAIGN, spec, text.decode())
    await port.pause_campaign(CAMPAIGN)
    await port.replace_campaign(CAMPAIGN, spec, text.decode())
    run = house.engine.campaigns.runs[CAMPAIGN]
    assert (run.spec, run.state) == (spec, CampaignState.PAUSED)
    assert run.pacing is not None
    assert type(run.pacing.pacer) is type(make_pacer(spec, 1))
    assert await house.engine.floor.spec(CAMPAIGN) == spec
    assert (await port.campaign_status(CAMPAIGN)).title == "Turno de noche"


async def test_a_running_campaign_goes_on_by_another_limit(house: House, port: EnginePort) -> None:
    await port.start_campaign(CAMPAIGN)
    run, stored = house.engine.campaigns.runs[CAMPAIGN], await house.engine.floor.store.campaigns.get(CAMPAIGN)
    before = run.pacing
    text, spec = with_limits(stored.spec_text, Limits(mode=PacingMode.PREDICTIVE, abandonment_limit=0.01))
    await port.change_limits(CAMPAIGN, spec, text)
    assert (run.spec, run.state) == (spec, CampaignState.RUNNING)
    assert run.pacing is not None
    assert run.pacing is not before
    assert type(run.pacing.pacer) is type(make_pacer(spec, 1))
    assert (await port.campaign_status(CAMPAIGN)).abandonment_limit == 0.01
    assert (await house.engine.floor.store.campaigns.get(CAMPAIGN)).spec_text == text


async def test_no_limit_is_put_in_force_above_the_law_s(house: House, port: EnginePort) -> None:
    house.engine.floor.packs = shipped_packs()
    stored = await house.engine.floor.store.campaigns.get(CAMPAIGN)
    text, spec = with_limits(stored.spec_text, Limits(abandonment_limit=0.05))
    with pytest.raises(InputError) as refused:
        await port.change_limits(CAMPAIGN, spec, text)
    assert "allows 3 % at most" in refused.value.faults[0].message
    assert (await house.engine.floor.store.campaigns.get(CAMPAIGN)).spec_text == stored.spec_text


async def test_a_completed_campaign_is_started_again_once_it_has_somebody_to_call(
    house: House, port: EnginePort
) -> None:
    store, now = house.engine.floor.store, house.engine.floor.clock.now()
    await store.campaigns.set_state(OTHER, CampaignState.COMPLETED, now)
    with pytest.raises(Conflict, match="import a list first"):
        await port.start_campaign(OTHER)
    await store.leads.add(OTHER, new_leads(1), now)
    await port.start_campaign(OTHER)
    assert (await port.campaign_status(OTHER)).state is CampaignState.RUNNING


async def test_a_cancelled_campaign_is_never_taken_up_again(house: House, port: EnginePort) -> None:
    await port.start_campaign(CAMPAIGN)
    with pytest.raises(Conflict):
        await port.cancel_campaign(CAMPAIGN)
    await port.pause_campaign(CAMPAIGN)
    await port.cancel_campaign(CAMPAIGN)
    assert (await port.campaign_status(CAMPAIGN)).state is CampaignState.CANCELLED
    with pytest.raises(Conflict, match="cannot be started again"):
        await port.start_campaign(CAMPAIGN)


async def test_the_status_shows_the_abandonment_that_the_governor_goes_by(house: House, port: EnginePort) -> None:
    floor, store = house.engine.floor, house.engine.floor.store
    # Two days: what a store counts by itself is on a day of UTC, which late in the evening is the campaign's next.
    before_today = floor.clock.now() - timedelta(days=2)
    await store.leads.add(CAMPAIGN, new_leads(2, first=50), before_today)
    for lead in await store.leads.reserve(CAMPAIGN, 2, before_today, before_today + timedelta(seconds=60)):
        attempt = attempt_for(lead, before_today, trunk=TRUNK)
        await store.attempts.open(attempt)
        await store.attempts.close(closed(attempt, CallResult.ABANDONED, before_today), move(LeadState.COMPLETED))
    before = await port.campaign_status(CAMPAIGN)
    assert (before.live_answers, before.abandoned, before.window_began) == (2, 2, None)
    await port.start_campaign(CAMPAIGN)
    at_work = await port.campaign_status(CAMPAIGN)
    tally = floor.tallies[CAMPAIGN]
    assert (at_work.live_answers, at_work.abandoned, at_work.window_began) == (0, 0, tally.began(floor.clock.now()))
    tally.count(floor.clock.now(), Answers(people=1, abandoned=1))
    assert (await port.campaign_status(CAMPAIGN)).abandoned == 1


FULL_DISK = """
CREATE TRIGGER full_disk BEFORE INSERT ON ps_endpoints
BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END
"""
"""On the last row of the three that an account is."""


def rows_of_accounts(sip_file: Path, of: str = "ps_auths") -> list[tuple[str, ...]]:
    with closing(sqlite3.connect(sip_file)) as db:
        return db.execute(f"SELECT * FROM {of}").fetchall()


async def test_an_agent_whose_account_cannot_be_made_is_not_half_there(
    house: House, port: EnginePort, sip_file: Path
) -> None:
    noe = Agent(id=AgentId("noe"), name="Noé", campaigns=(CAMPAIGN,))
    with closing(sqlite3.connect(sip_file)) as db:
        db.execute(FULL_DISK)
        with pytest.raises(StoreUnavailable):
            await port.add_agent(noe)
        assert rows_of_accounts(sip_file) == []
        db.execute("DROP TRIGGER full_disk")
    assert await port.add_agent(noe)
    assert (await house.engine.floor.store.agents.get(noe.id)) == noe
    assert house.engine.floor.board.seat(noe.id).agent == noe


async def test_an_agent_who_is_there_keeps_the_password(house: House, port: EnginePort, sip_file: Path) -> None:
    await port.new_password(ANA, AgentPhone.SIP)
    hers = rows_of_accounts(sip_file)
    with pytest.raises(Conflict, match="already an agent"):
        await port.add_agent(house.engine.floor.board.seat(ANA).agent)
    with pytest.raises(NotFound, match="no campaign nada"):
        await port.add_agent(Agent(id=AgentId("noe"), name="Noé", campaigns=(CampaignId("nada"),)))
    with pytest.raises(NotFound):
        await port.new_password(AgentId("noe"), AgentPhone.SIP)
    assert rows_of_accounts(sip_file) == hers


async def test_another_telephone_is_another_account_with_a_password_that_nobody_knows(
    house: House, port: EnginePort, sip_file: Path
) -> None:
    await port.new_password(ANA, AgentPhone.SIP)
    (before,) = rows_of_accounts(sip_file)
    ana = replace(house.engine.floor.board.seat(ANA).agent, phone=AgentPhone.BROWSER)
    await port.change_agent(ana)
    (after,) = rows_of_accounts(sip_file)
    assert before != after
    with pytest.raises(Conflict, match="is the browser"):
        await port.new_password(ANA, AgentPhone.SIP)
    await house.sign_in("ana")
    with pytest.raises(Conflict, match="is signed in"):
        await port.change_agent(replace(ana, phone=AgentPhone.SIP))
    assert await port.new_password(ANA, AgentPhone.BROWSER)


async def test_an_agent_cannot_have_a_trunk_s_name(house: House, port: EnginePort) -> None:
    with pytest.raises(Conflict, match="name of a trunk"):
        await port.add_agent(Agent(id=AgentId(TRUNK), name="Operador", campaigns=()))
