"""The share of abandoned calls: the campaign's day, and the month the law speaks of."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cti_api.law.rules import AbandonmentLimit, Opening, Window
from cti_api.model.abandonment import AbandonmentPolicy, Answers
from cti_api.model.agents import AgentState
from cti_api.model.calls import CallResult
from cti_api.model.ids import AgentId, AttemptId, CampaignId
from cti_api.model.leads import LeadState
from cti_api.sip_accounts import SipAccounts
from dialer.engine.abandonment import open_tally, share_told, within_limits
from dialer.engine.port import EnginePort
from dialer.pacing.interface import Decision, LiveCall, Reason, Snapshot
from dialer.pacing.tally import Tally
from tests.support.house import House
from tests.support.law import head, pack_of
from tests.support.shift import retry
from tests.support.store import attempt_for, closed, move, new_leads
from tests.support.thoughts import spec

NOW = datetime(2026, 11, 25, 15, tzinfo=UTC)
MONTH = AbandonmentLimit(**head("abandono"), at_most=0.03, over=timedelta(days=30), agent_within=timedelta(seconds=2))
PACKS = (pack_of(Window(**head("horas"), days=Opening.ALWAYS, closed_on_holidays=False), MONTH),)
CAMPAIGN = spec(abandonment=AbandonmentPolicy(limit=0.03))


def snapshot(free: int, ringing: int, answered: int, abandoned: int) -> Snapshot:
    calls = [LiveCall(n, 1.0) for n in range(ringing)]
    return Snapshot(0.0, free, [], [], calls, [], [], 100, 1000, answered, abandoned)


def tally(*days: tuple[int, int, int], today: tuple[int, int] = (0, 0)) -> Tally:
    """Of days so long ago, and of today."""
    every = ((0, *today), *days)
    return Tally(CAMPAIGN, {NOW.date() - timedelta(days=ago): Answers(live, left) for ago, live, left in every})


def allowed(of: Tally, free: int = 2, ringing: int = 0) -> tuple[int, Reason]:
    snap = snapshot(free, ringing, *of.in_window(NOW))
    decision = within_limits(Decision(9, (), Reason.RATIO), snap, of, CAMPAIGN, PACKS, NOW)
    return decision.dial, decision.reason


def test_a_month_that_is_overspent_leaves_one_call_for_each_free_agent_on_a_day_that_is_not() -> None:
    good_day = tally(today=(200, 0))
    assert allowed(good_day) == (8, Reason.ABANDONMENT_BUDGET), "six beyond the two free agents"
    bad_month = tally((10, 1000, 60), today=(200, 0))
    assert allowed(bad_month) == (2, Reason.ABANDONMENT_BUDGET)
    assert allowed(bad_month, free=2, ringing=2) == (0, Reason.ABANDONMENT_BUDGET)


def test_a_good_month_does_not_pay_for_a_bad_day() -> None:
    assert allowed(tally((10, 10_000, 0), today=(100, 5)))[0] == 2


def test_what_is_older_than_the_rules_time_is_forgotten() -> None:
    assert allowed(tally((31, 1000, 60), today=(200, 0)))[0] == 8


async def test_the_month_comes_from_the_store_and_the_law_is_told_where_nobody_is_free(house: House) -> None:
    floor, now = house.engine.floor, datetime.now(UTC)
    campaign = await house.prepare("ley", new_leads(3, first=100))
    await _abandoned(house, campaign, now - timedelta(days=2))
    of_campaign = replace(await floor.spec(campaign), abandonment=AbandonmentPolicy(limit=0.03))
    floor.packs = PACKS
    floor.tallies[campaign] = await open_tally(floor, of_campaign)
    assert floor.tallies[campaign].over(timedelta(days=30), now) == (1, 1)
    assert share_told(floor, of_campaign, now) == 1.0
    lead = await floor.store.leads.with_number(campaign, new_leads(1, first=101)[0].phones[0])
    assert lead is not None
    refused = await house.engine.placing.gate(of_campaign, lead)
    assert (refused.allowed, refused.rule) == (False, "abandono")
    assert (await house.engine.placing.gate(of_campaign, lead, agent_reserved=True)).allowed
    await house.sign_in("ana")
    assert share_told(floor, of_campaign, now) == 0.0, "ana is free for the call"


async def test_the_day_is_the_campaigns_own_after_a_restart_too(house: House) -> None:
    """On a clock so far away that it shows another day than UTC, and no midnight comes within the hour."""
    floor, now = house.engine.floor, datetime.now(UTC)
    zone = "Pacific/Kiritimati" if now.hour >= 10 else "Pacific/Pago_Pago"
    hours = {"timezone": zone, "days": {"mon-sun": ["00:00-24:00"]}}
    await house.sign_in("ana")
    await house.campaign("lejos", new_leads(1, first=100), hours=hours)
    attempt = await house.talk("ana")
    await house.asterisk.ends(attempt)
    await house.until_closed(attempt)
    known = floor.tallies[CampaignId("lejos")]
    assert known.in_window(now) == (1, 0)
    again = await open_tally(floor, await floor.spec(CampaignId("lejos")))
    assert (again.in_window(now), again.over(timedelta(days=30), now)) == ((1, 0), (1, 0))


async def _abandoned(house: House, campaign: CampaignId, then: datetime) -> None:
    store = house.engine.floor.store
    [lead] = await store.leads.reserve(campaign, 1, then + timedelta(days=3), then + timedelta(days=3, minutes=1))
    attempt = attempt_for(lead, then)
    await store.attempts.open(attempt)
    await store.attempts.close(closed(attempt, CallResult.ABANDONED, then), move(LeadState.CLOSED))


async def test_an_agent_who_says_that_it_was_a_machine_takes_the_answer_back_and_a_correction_brings_it_again(
    house: House,
) -> None:
    floor, ana = house.engine.floor, AgentId("ana")
    port = EnginePort(house.engine, SipAccounts(Path("none")), floor.clock.now())
    said = [{"code": "hablado", "label": "Se habló"}, {"code": "buzon", "label": "Buzón", "machine": True}]
    rules = retry(buzon={"action": "complete"})
    await house.sign_in("ana")
    run = await house.campaign("maquinas", new_leads(2, first=100), dispositions=said, retry=rules, wrap_up="60 s")
    tally = floor.tallies[run.spec.id]

    async def counted() -> tuple[tuple[int, int], tuple[int, int]]:
        now = floor.clock.now()
        return tally.in_window(now), (await open_tally(floor, run.spec)).in_window(now)

    attempt = await house.talk("ana")
    await house.asterisk.ends(attempt)
    await house.is_in("ana", AgentState.WRAP_UP)
    assert await counted() == ((1, 0), (1, 0)), "live until the agent says otherwise"
    await port.dispose(ana, "buzon", {})
    await house.until_closed(attempt)
    assert await counted() == ((0, 0), (0, 0))
    await port.dispose(ana, "hablado", {}, AttemptId(attempt))
    assert await counted() == ((1, 0), (1, 0))
    await port.dispose(ana, "buzon", {}, AttemptId(attempt))
    await port.dispose(ana, "buzon", {}, AttemptId(attempt))
    assert await counted() == ((0, 0), (0, 0))
    await asyncio.gather(*(port.dispose(ana, "hablado", {}, AttemptId(attempt)) for _ in range(2)))
    assert await counted() == ((1, 0), (1, 0)), "clicked twice"
