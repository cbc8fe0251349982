"""What the dialer tells the law of where a person lives, how they came to us, and when the campaign began."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from cti_api.law.consent_words import as_law_reads
from cti_api.law.decide import decide
from cti_api.law.facts import OnRecord, RegistryCheck
from cti_api.law.rules import Opening, Registry, Window
from cti_api.law.terms import Purpose
from cti_api.model import consents as told
from cti_api.model.leads import Contact, Lead
from cti_api.model.phone import PhoneNumber
from dialer.leads.law import facts_of, for_everybody
from tests.support.law import LONG_AGO, PACKS, bogota, head, pack_of
from tests.support.thoughts import lead, spec

LA_PAZ, SANTA_CRUZ, MOBILE = PhoneNumber("+59122372323"), PhoneNumber("+59133360000"), PhoneNumber("+59171234567")
LIMA = PhoneNumber("+51987654321")
NOW = bogota("2026-11-25 10:00")
SANTA_CRUZ_DAY = bogota("2026-09-24 10:00")
"""A Thursday, and a holiday in Santa Cruz alone."""


def person(number: PhoneNumber, **more: Any) -> Lead:
    return replace(lead(), contact=Contact(id=lead().contact.id, name="Ana", phones=(number,)), **more)


@pytest.mark.parametrize(
    ("number", "listed", "department"),
    [
        (LA_PAZ, "", "L"),
        (SANTA_CRUZ, "", "S"),
        (MOBILE, "", None),
        (MOBILE, "S", "S"),
        (LA_PAZ, "L", "L"),
        (LA_PAZ, "S", None),
    ],
)
def test_the_department_is_the_lists_or_the_fixed_lines_and_nobody_knows_where_they_differ(
    number: PhoneNumber, listed: str, department: str | None
) -> None:
    facts = facts_of(spec(), person(number, department=listed), number, OnRecord(), agent_reserved=False, now=NOW)
    assert facts.department == department


@pytest.mark.parametrize(
    ("number", "listed", "allowed"),
    [(LA_PAZ, "", True), (SANTA_CRUZ, "", False), (MOBILE, "", False), (MOBILE, "L", True), (LA_PAZ, "S", False)],
)
def test_a_departments_holiday_closes_it_and_whoever_may_live_there(
    number: PhoneNumber, listed: str, allowed: bool
) -> None:
    at_work = spec(purpose=Purpose.SURVEY)
    who = person(number, department=listed)
    facts = facts_of(at_work, who, number, OnRecord(), agent_reserved=False, now=SANTA_CRUZ_DAY)
    assert decide(facts, PACKS, SANTA_CRUZ_DAY).allowed is allowed


@pytest.mark.parametrize(
    ("came", "evidence", "rule"),
    [
        ("formulario web 4711", "grabación 7", "all"),
        ("", "grabación 7", "pe-32323-consent"),
        ("formulario web 4711", "", "pe-32323-consent"),
    ],
)
def test_peru_is_called_commercially_only_where_the_person_came_first_and_both_are_proved(
    came: str, evidence: str, rule: str
) -> None:
    consent = told.Consent(
        channel=told.Channel.CALL, at=LONG_AGO, evidence=evidence, purpose="comercial", own_initiative=came
    )
    known = OnRecord(consents=(as_law_reads(consent),))
    facts = facts_of(spec(purpose=Purpose.COMMERCIAL), person(LIMA), LIMA, known, agent_reserved=False, now=NOW)
    assert decide(facts, PACKS, NOW).rule == rule


def test_a_list_that_was_fresh_when_the_campaign_began_need_not_be_so_at_each_call() -> None:
    rule = Registry(
        **head("lista"),
        registry="X",
        oldest=timedelta(days=30),
        oldest_at_start=timedelta(days=1),
        later_consent_counts=False,
    )
    packs = (pack_of(Window(**head("horas"), days=Opening.ALWAYS, closed_on_holidays=False), rule),)
    check = RegistryCheck(registry="X", taken_at=NOW - timedelta(days=10), listed=frozenset())
    number = PhoneNumber("+573001234567")

    def allowed(started_days_ago: int | None) -> bool:
        started = None if started_days_ago is None else NOW - timedelta(days=started_days_ago)
        known = OnRecord(registries=(check,), campaign_started_at=started)
        facts = facts_of(spec(), person(number), number, known, agent_reserved=False, now=NOW)
        said = for_everybody(spec(), packs, [check], NOW, started)
        assert said.allowed is decide(facts, packs, NOW).allowed
        return said.allowed

    assert allowed(9)
    assert not allowed(8), "it was two days old when the campaign began"
    assert not allowed(None), "a campaign that does not run begins with this contact"
