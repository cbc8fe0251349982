"""The law at work: asked right before each Originate with what is on record, and once for a whole campaign."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from cti_api.law.registry_file import RegistryEntry
from cti_api.law.rules import AfterAbandoned, ConsentNeeded, Gap, Limit, Opening, Registry, Rule, Window
from cti_api.law.terms import Counted, Period, Scope
from cti_api.model.calls import CallResult
from cti_api.model.campaigns import CampaignState
from cti_api.model.ids import AgentId, CampaignId
from cti_api.model.leads import LeadState, NewLead
from cti_api.sip_accounts import SipAccounts
from cti_api.store.store import Store
from cti_api.web.why import why
from dialer.engine.campaigns import CampaignRun
from dialer.engine.lawful import Lawful
from dialer.engine.port import EnginePort
from dialer.leads.refused import LOOK_AGAIN
from tests.support.house import House
from tests.support.law import head, pack_of
from tests.support.store import attempt_for, closed, move, new_leads, number

LAW = CampaignId("ley")
PERSON = [NewLead(name="Ana", phones=(number(100),))]
TWO_PHONES = [NewLead(name="Ana", phones=(number(100), number(101)))]

OPEN = Window(**head("horas"), days=Opening.ALWAYS, closed_on_holidays=False)
GAP = Gap(**head("espera"), counts=Counted.ATTEMPTS, at_least=timedelta(hours=2), among=Scope.PERSON)
ONCE = Limit(**head("una-al-dia"), counts=Counted.DIRECT_CONTACTS, at_most=1, per=Period.WEEK, among=Scope.PERSON)
LATER = AfterAbandoned(**head("abandonada"), wait=timedelta(hours=72))
CONSENT = ConsentNeeded(**head("permiso"), for_channel=True, own_initiative=False)
LISTED = Registry(
    **head("rne"),
    registry="RNE",
    oldest=timedelta(days=1),
    oldest_at_start=timedelta(days=1),
    later_consent_counts=False,
)


@pytest.fixture
def store(house: House) -> Iterator[Store]:
    yield house.engine.floor.store


def rule_by(house: House, *rules: Rule) -> None:
    house.engine.floor.packs = (pack_of(OPEN, *rules),)


async def at_law(house: House, leads: list[NewLead], *rules: Rule, **entries: Any) -> CampaignRun:
    """A campaign at work under these rules, with one agent."""
    rule_by(house, *rules)
    await house.sign_in("ana")
    return await house.campaign(LAW, leads, **entries)


async def lead_of(store: Store, nth: int = 100, campaign: CampaignId = LAW) -> Any:
    found = await store.leads.with_number(campaign, number(nth))
    assert found is not None
    return found


async def until_waiting(house: House, store: Store, reason: str) -> Any:
    async def waits() -> bool:
        return (await lead_of(store)).state is LeadState.WAITING

    await house.until_so(waits, "the lead waits")
    lead = await lead_of(store)
    assert lead.waiting_reason == reason
    return lead


async def earlier_call(store: Store, result: CallResult, ago: timedelta) -> datetime:
    """A call that another campaign made to the same person; when."""
    other = CampaignId("anterior")
    then = datetime.now(UTC) - ago
    await store.campaigns.create(other, "Anterior", "", then)
    await store.leads.add(other, PERSON, then)
    [lead] = await store.leads.reserve(other, 1, then, then + timedelta(minutes=1), for_agents=())
    attempt = attempt_for(lead, then)
    await store.attempts.open(attempt)
    await store.attempts.close(closed(attempt, result, then), move(LeadState.CLOSED, "closed"))
    return then


async def test_what_the_law_allows_is_dialled_and_the_attempt_keeps_its_packs(house: House) -> None:
    await at_law(house, PERSON, GAP, ONCE, LATER)
    attempt = await house.call()
    assert (await house.stored(attempt)).decision.packs == ("test 2026-11-25",)


@pytest.mark.parametrize(
    ("rule", "result", "reason"),
    [(GAP, CallResult.BUSY, "gate:espera"), (LATER, CallResult.ABANDONED, "gate:abandonada")],
)
async def test_a_call_of_another_campaign_counts(
    house: House, store: Store, rule: Gap | AfterAbandoned, result: CallResult, reason: str
) -> None:
    then = await earlier_call(store, result, timedelta(minutes=5))
    await at_law(house, PERSON, rule)
    lead = await until_waiting(house, store, reason)
    assert lead.not_before == then + (rule.at_least if isinstance(rule, Gap) else rule.wait)
    assert house.asterisk.calls == []


async def test_who_met_nobody_may_be_called_by_an_agent_who_waits_for_it(house: House, store: Store) -> None:
    await earlier_call(store, CallResult.ABANDONED, timedelta(minutes=5))
    run = await at_law(house, PERSON, LATER, mode="manual")
    attempt = await house.engine.by_hand.dial(AgentId("ana"), run, number(100))
    await house.until(lambda: attempt in house.asterisk.calls, "the agent's call is placed")


async def test_a_missing_consent_closes_nobody_and_lets_the_others_be_called(house: House, store: Store) -> None:
    run = await at_law(house, PERSON, CONSENT)
    lead = await until_waiting(house, store, "gate:permiso")
    assert timedelta(0) < lead.not_before - datetime.now(UTC) <= LOOK_AGAIN
    assert (run.alarm, run.state) == ("", CampaignState.RUNNING)


async def test_outside_the_laws_hours_leads_stay_as_they_are_and_its_sentence_is_told(
    house: House, store: Store
) -> None:
    in_three_days = (datetime.now(UTC) + timedelta(days=3)).weekday()
    shut = Window(**head("horas"), days={in_three_days: ((time(8), time(12)),)}, closed_on_holidays=False)
    house.engine.floor.packs = (pack_of(shut),)
    await house.sign_in("ana")
    run = await house.campaign(LAW, new_leads(5, first=100))
    await house.until(lambda: not run.is_open, "it is closed")
    assert "ese día no se permite contactar a nadie. It opens again at" in run.last_decision
    counts = await store.campaigns.counts(LAW)
    assert counts.leads_by_state == {LeadState.NEW: 5}
    assert (house.asterisk.calls, run.alarm) == ([], "")


async def test_what_stands_against_everybody_is_an_alarm_of_the_campaign_until_somebody_mends_it(
    house: House, store: Store
) -> None:
    run = await at_law(house, PERSON, LISTED)
    await house.until(lambda: run.alarm == "law:rne", "the campaign says what it lacks")
    assert run.last_decision == "Falta consultar la lista RNE: consúltela antes de contactar a la persona."
    assert (await lead_of(store)).state is LeadState.NEW
    now = datetime.now(UTC)
    await store.registries.finish(await store.registries.begin("RNE", now, now), now)
    await house.until(lambda: len(house.asterisk.calls) == 1, "the call is placed")


async def test_a_number_on_a_public_list_gives_way_to_the_persons_other_one(house: House, store: Store) -> None:
    now = datetime.now(UTC)
    copy = await store.registries.begin("RNE", now, now)
    await store.registries.add(copy, [RegistryEntry(number(100))])
    await store.registries.finish(copy, now)
    await at_law(house, TWO_PHONES, LISTED)
    attempt = await house.call()
    assert (await house.stored(attempt)).number == number(101)


async def test_a_person_all_of_whose_numbers_are_refused_for_good_is_out(house: House, store: Store) -> None:
    now = datetime.now(UTC)
    copy = await store.registries.begin("RNE", now, now)
    await store.registries.add(copy, [RegistryEntry(number(100))])
    await store.registries.finish(copy, now)
    await store.suppression.add([number(101)], "llamada", now)
    await at_law(house, TWO_PHONES, LISTED)

    async def out() -> bool:
        return (await lead_of(store)).state is LeadState.SUPPRESSED

    await house.until_so(out, "the lead is out")
    assert (await lead_of(store)).waiting_reason == "gate:rne"
    assert house.asterisk.calls == []


async def test_the_campaigns_answer_is_kept_for_a_moment_and_asked_anew_for_another_file(house: House) -> None:
    rule_by(house)
    lawful = Lawful(house.engine.floor)
    spec = await house.engine.floor.spec(CampaignId("turno"))
    first = await lawful.of_all(spec)
    assert first.allowed
    assert await lawful.of_all(spec) is first


async def test_why_says_the_laws_present_answer_with_its_source_and_when_it_changes(house: House, store: Store) -> None:
    then = await earlier_call(store, CallResult.BUSY, timedelta(minutes=5))
    rule_by(house, GAP)
    await house.prepare(LAW, PERSON)
    port = EnginePort(house.engine, SipAccounts(Path("none")), then)
    lead = await lead_of(store)
    gate = await port.gate(lead.id)
    assert (gate.rule, gate.next_open) == ("espera", then + GAP.at_least)
    assert (gate.source, gate.packs) == ("a test", ("test 2026-11-25",))
    assert "Source: a test (test 2026-11-25)." in why(lead, CampaignState.RUNNING, gate, ZoneInfo("America/Bogota"))
