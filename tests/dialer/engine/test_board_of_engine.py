"""What the board shows is what the engine says, at every step of a call and of a caller's wait."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from cti_api.board.gather import Gatherer
from cti_api.board.shown import Board
from cti_api.figures import Figures, Question
from cti_api.kpi.campaign import CampaignTally
from cti_api.kpi.facts import Scope
from cti_api.kpi.measures import Measure
from cti_api.model.agents import AgentState
from cti_api.model.calls import CallResult
from cti_api.model.ids import AgentId
from cti_api.queue_file import parse_queue
from cti_api.sip_accounts import SipAccounts
from dialer.engine.port import EnginePort
from dialer.queues.foresight import UNKNOWN_HANDLING_SECONDS
from tests.dialer.engine.conftest import CAMPAIGN, TRUNK
from tests.support.house import House
from tests.support.shift import retry
from tests.support.store import new_leads

QUEUE = """
id: soporte
title: Soporte
region: CO
timezone: America/Bogota
campaigns: [turno]
"""
BOGOTA = ZoneInfo("America/Bogota")
CALLERS = ("1764000000.1", "1764000001.2")


def worth_telling(board: Board) -> list[str]:
    """The alerts, but for that this machine is busy."""
    return [name for name in board.alerts if name != "late:"]


@pytest.fixture
def port(house: House, tmp_path: Path) -> EnginePort:
    return EnginePort(house.engine, SipAccounts(tmp_path / "sip.sqlite3"), house.engine.floor.clock.now())


@pytest.fixture
def gatherer(house: House, port: EnginePort) -> Gatherer:
    return Gatherer(house.engine.floor.store, port, house.engine.floor.clock)


async def test_a_talk_is_on_the_board_with_its_person_and_its_trunk(house: House, gatherer: Gatherer) -> None:
    await house.sign_in("ana")
    attempt = await house.talk("ana")
    board = await gatherer.look()
    ana, seat = board.agents["ana"], house.engine.floor.board.seat(AgentId("ana"))
    assert (ana.state, ana.since, ana.phone_reachable) == (AgentState.BUSY, seat.status.since, True)
    assert ana.call is not None
    assert (ana.call.attempt_id, ana.call.campaign_id) == (attempt, CAMPAIGN)
    assert ana.call.lead_name
    assert board.trunks[TRUNK].calls == 1
    tile = board.campaigns[CAMPAIGN]
    assert (tile.state, tile.leads, tile.calls_in_flight) == ("running", 3, 1)
    assert worth_telling(board) == []


async def test_who_waits_and_for_how_long_the_next_would_is_on_the_board(house: House, gatherer: Gatherer) -> None:
    spec = parse_queue(QUEUE)
    house.engine.floor.queues[spec.id] = spec
    await house.asterisk.calls_in(CALLERS[0], "soporte")
    await house.until(lambda: CALLERS[0] in house.engine.floor.callers, "the caller is known")
    waiting = (await gatherer.look()).queues["soporte"]
    caller = house.engine.floor.callers.get(CALLERS[0])
    assert caller is not None
    assert (waiting.waiting, waiting.waiting_since) == (1, caller.call.arrived_at)
    assert waiting.expected_wait_seconds is None
    assert worth_telling(await gatherer.look()) == ["nobody_serves:soporte"]
    await house.sign_in("ana", "luis")
    await house.until(lambda: bool(house.asterisk.joins()), "somebody is sent to the caller")
    served = (await gatherer.look()).queues["soporte"]
    assert (served.agents_at_work, served.agents) == (2, ("ana", "eva", "luis"))
    assert served.expected_wait_seconds in (0.0, UNKNOWN_HANDLING_SECONDS / 2)
    assert worth_telling(await gatherer.look()) == []


async def test_the_reason_of_the_last_decision_and_the_budget_are_on_the_board(
    house: House, gatherer: Gatherer, port: EnginePort
) -> None:
    await house.sign_in("ana")
    await house.talk("ana")
    status = await port.campaign_status(CAMPAIGN)
    assert status.pacing is not None
    assert status.pacing.latest is not None
    tile = (await gatherer.look()).campaigns[CAMPAIGN]
    assert tile.reason == status.pacing.latest.reason
    assert tile.abandonment_limit == status.abandonment_limit
    assert tile.no_end == "too_early"


async def test_the_board_the_report_and_the_figures_count_the_same_calls(
    house: House, port: EnginePort, gatherer: Gatherer
) -> None:
    """A talk, a machine that an agent had to hear, a busy line, and somebody for whom nobody came."""
    ana, store = AgentId("ana"), house.engine.floor.store
    said = [
        {"code": "hablado", "label": "Se habló", "contact": True, "effective": True},
        {"code": "buzon", "label": "Buzón", "machine": True},
    ]
    rules = retry(buzon={"action": "complete"})
    await house.sign_in("ana")
    run = await house.campaign("figuras", new_leads(4, first=100), dispositions=said, retry=rules, wrap_up="60 s")

    async def next_call(number: int) -> str:
        await house.until(lambda: len(house.asterisk.calls) > number, "the next is called")
        return house.asterisk.calls[number]

    for number, code in enumerate(("hablado", "buzon")):
        talked = await house.talk_in(await next_call(number), "ana")
        await house.asterisk.ends(talked)
        await house.is_in("ana", AgentState.WRAP_UP)
        await port.dispose(ana, code, {})
    await house.asterisk.ends(await next_call(2), 17)
    left = await next_call(3)
    await port.pause(ana, "almuerzo")
    await house.asterisk.answers_call(left)
    await house.asterisk.gives_up(left)
    await house.asterisk.ends(left)
    results = [(await house.until_closed(each)).result for each in house.asterisk.calls]
    assert results == [CallResult.CONNECTED, CallResult.CONNECTED, CallResult.BUSY, CallResult.ABANDONED]

    while await store.outbox.number():
        pass
    while await store.kpi.ingest(BOGOTA) is not None:
        pass
    today = house.engine.floor.clock.now().astimezone(BOGOTA).date()
    asked = Question(first=today - timedelta(days=1), last=today, scope=Scope.CAMPAIGN, of=run.spec.id)
    told = await Figures(store.kpi, BOGOTA, {}).ask(["abandonment", "effectiveness", "contact_rate"], asked)
    counts = {name: amount for each in told.values() for name, amount in each.figures[0].counts.items()}
    board = await gatherer.look()
    tile, status = board.campaigns[run.spec.id], await port.campaign_status(run.spec.id)
    assert (tile.live_answers, tile.abandoned) == (counts[Measure.LIVE_ANSWERS], counts[Measure.ABANDONED]) == (2, 1)
    assert tile.attempts == sum(status.attempts_by_result.values()) == counts[Measure.CALLS_MADE] == 4

    tally = CampaignTally(run.spec)
    for call in await store.tallied.page(run.spec.id):
        tally.add(call, call.lead_fields)
    report = tally.report()
    assert (report.effectiveness, report.contact_rate, report.abandonment_rate) == tuple(
        told[name].figures[0].value for name in ("effectiveness", "contact_rate", "abandonment")
    )
