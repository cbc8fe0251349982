"""Whom another law would block or free: now, and at some moment of the next seven days."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from cti_api.law.facts import Consent, Facts, OptOut, PastContact
from cti_api.law.terms import Channel, Purpose
from dialer.leads.reach import Reached, alike, reach
from tests.support.law import CONSENT, LONG_AGO, NUMBER, OTHER_NUMBER, PACKS, bogota, checked, contact
from tests.support.laws import LATER, SATURDAY_LONGER, SATURDAY_SHORTER, changed, law_with

WEDNESDAY = bogota("2026-11-25 10:00")
SATURDAY_NOON = bogota("2026-11-28 14:00")
LONGER, SHORTER = law_with(changed("co", LATER, SATURDAY_LONGER)), law_with(changed("co", LATER, SATURDAY_SHORTER))


def facts(**otherwise: Any) -> Facts:
    return contact(registries=(checked(WEDNESDAY - timedelta(hours=1)),), **otherwise)


def test_a_longer_saturday_frees_nobody_on_a_wednesday_and_everybody_in_the_week() -> None:
    assert reach(facts(), PACKS, LONGER, WEDNESDAY) == Reached(False, False, False, True)
    assert reach(facts(), LONGER, PACKS, WEDNESDAY) == Reached(False, False, True, False)


def test_a_shorter_saturday_blocks_those_who_could_be_called_this_afternoon() -> None:
    fresh = contact(registries=(checked(SATURDAY_NOON),))
    assert reach(fresh, PACKS, SHORTER, SATURDAY_NOON) == Reached(True, False, True, False)
    assert reach(fresh, SHORTER, PACKS, SATURDAY_NOON) == Reached(False, True, False, True)


def test_the_same_law_changes_nothing_for_anybody() -> None:
    for one in (facts(), facts(consents=()), facts(opt_outs=(OptOut(at=LONG_AGO),))):
        assert not any(reach(one, PACKS, PACKS, WEDNESDAY))


def test_who_is_barred_for_good_is_neither_blocked_nor_freed() -> None:
    assert not any(reach(facts(opt_outs=(OptOut(at=LONG_AGO),)), PACKS, LONGER, WEDNESDAY))
    assert not any(reach(facts(consents=()), PACKS, SHORTER, WEDNESDAY))


def test_a_list_that_is_consulted_daily_stays_as_fresh_as_it_is_in_the_days_to_come() -> None:
    """Else everybody would be refused from tomorrow on, and a change of Saturday's hours would concern nobody."""
    assert reach(facts(), PACKS, SHORTER, WEDNESDAY).blocked_in_week
    stale = contact(registries=(checked(WEDNESDAY - timedelta(days=3)),))
    assert not any(reach(stale, PACKS, SHORTER, WEDNESDAY))


def test_people_whom_the_law_cannot_tell_apart_are_asked_about_once() -> None:
    def consent(days: int) -> Consent:
        return replace(CONSENT, given_at=WEDNESDAY - timedelta(days=days), evidence=f"formulario {days}")

    ana, luis = facts(consents=(consent(3),)), facts(consents=(consent(9),), number=OTHER_NUMBER)
    assert alike(ana, WEDNESDAY) == alike(luis, WEDNESDAY)
    listed = replace(ana, registries=(checked(WEDNESDAY, Channel.SMS, since=WEDNESDAY - timedelta(days=5)),))
    assert alike(listed, WEDNESDAY).consents == listed.consents, "a later consent counts against a list"
    called = PastContact(at=WEDNESDAY, channel=Channel.VOICE, direct=True, number=NUMBER)
    assert alike(replace(ana, history=(called,)), WEDNESDAY).number == NUMBER
    other = replace(luis, purpose=Purpose.SURVEY)
    assert alike(other, WEDNESDAY) != alike(ana, WEDNESDAY)
