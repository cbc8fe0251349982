"""Opt-outs, consents, registries, and how a campaign calls: what no waiting changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from cti_api.law.decide import STANDING, TIMED
from cti_api.law.facts import OptOut
from cti_api.law.rules import RULE_TYPES, CallerPrefix, Reach, Registry
from cti_api.law.terms import Channel, Purpose, Remedy
from cti_api.model.phone import PhoneNumber
from tests.support.law import CONSENT, PACKS, SECOND, bogota, checked, decided, head, pack_of

NOW = bogota("2026-11-24 10:00")
HOUR = timedelta(hours=1)


def test_every_type_of_rule_is_asked() -> None:
    assert set(RULE_TYPES.values()) == TIMED.keys() | STANDING.keys()
    assert not TIMED.keys() & STANDING.keys()


@pytest.mark.parametrize("region", ["CO", "PE", "BO", "CL"])
@pytest.mark.parametrize("purpose", list(Purpose))
def test_whoever_said_no_is_left_alone_for_every_purpose(region: str, purpose: Purpose) -> None:
    decision = decided(NOW, region=region, purpose=purpose, opt_outs=(OptOut(at=NOW),))
    assert decision.rule.endswith("-opt-out")
    assert (decision.next_open, decision.remedy) == (None, Remedy.NONE)


def test_a_no_to_one_channel_leaves_the_others() -> None:
    no_sms = (OptOut(at=NOW, channels=frozenset({Channel.SMS})),)
    assert decided(NOW, opt_outs=no_sms).allowed
    assert not decided(NOW, opt_outs=no_sms, channel=Channel.SMS).allowed


def test_a_no_decides_before_the_hours_do() -> None:
    night = bogota("2026-11-24 23:00")
    assert decided(night, opt_outs=(OptOut(at=NOW),)).rule == "co-opt-out"
    assert decided(night, consents=()).rule == "co-2300-art2-channels"


def test_a_no_decides_before_what_somebody_could_mend() -> None:
    own = pack_of(CallerPrefix(**head("prefix"), prefixes=("+57601",)), regions=Reach.EVERYWHERE, zones=())
    refused = decided(NOW, packs=(own, *PACKS), opt_outs=(OptOut(at=NOW),), consents=(), registries=())
    assert (refused.rule, refused.remedy) == ("co-opt-out", Remedy.NONE)
    assert decided(NOW, packs=(own, *PACKS)).rule == "prefix"


def test_colombia_wants_consent_for_the_channel() -> None:
    only_sms = replace(CONSENT, channels=frozenset({Channel.SMS}))
    decision = decided(NOW, consents=(only_sms,))
    assert decision.rule == "co-2300-art2-channels"
    assert "llamada" in decision.reason
    assert decision.remedy is Remedy.ACT
    assert decided(NOW, consents=(only_sms,), channel=Channel.SMS).allowed


@pytest.mark.parametrize("purpose", [Purpose.SURVEY, Purpose.SERVICE])
def test_colombia_wants_consent_for_every_purpose(purpose: Purpose) -> None:
    assert decided(NOW, purpose=purpose, consents=()).rule == "co-1581-consent"
    elsewhere = replace(CONSENT, channels=frozenset({Channel.EMAIL}))
    assert decided(NOW, purpose=purpose, consents=(elsewhere,)).allowed


def test_a_wish_needs_its_evidence() -> None:
    sunday = bogota("2026-11-29 10:00")
    assert decided(sunday, purpose=Purpose.ASKED_FOR).allowed
    assert decided(sunday, purpose=Purpose.ASKED_FOR, consents=()).rule == "co-2300-art3-wish"
    unproved = replace(CONSENT, evidence=" ")
    assert decided(sunday, purpose=Purpose.ASKED_FOR, consents=(unproved,)).rule == "co-2300-art3-wish"


def test_consent_given_later_than_now_or_for_something_else_is_none() -> None:
    for wrong in (
        replace(CONSENT, given_at=NOW + SECOND),
        replace(CONSENT, purposes=frozenset({Purpose.COLLECTIONS})),
        replace(CONSENT, evidence=""),
    ):
        assert not decided(NOW, consents=(wrong,)).allowed


def test_consent_taken_back_is_none_and_no_waiting_brings_it_back() -> None:
    decision = decided(NOW, consents=(replace(CONSENT, revoked_at=NOW - HOUR),))
    assert (decision.allowed, decision.remedy) == (False, Remedy.NONE)
    assert "retiró" in decision.reason
    assert decided(NOW, consents=(replace(CONSENT, revoked_at=NOW - HOUR), CONSENT)).allowed


def test_peru_wants_to_see_that_the_person_came_by_themselves() -> None:
    only_agreed = replace(CONSENT, own_initiative=False)
    decision = decided(NOW, region="PE", consents=(only_agreed,))
    assert decision.rule == "pe-32323-consent"
    assert "iniciativa propia" in decision.reason
    assert decided(NOW, region="PE").allowed
    assert decided(NOW, region="PE", purpose=Purpose.COLLECTIONS, consents=()).allowed


def test_bolivia_wants_no_consent() -> None:
    assert decided(NOW, region="BO", consents=()).allowed


def test_the_rne_has_to_be_looked_at_within_a_day() -> None:
    assert decided(NOW, registries=()).rule == "co-rne"
    assert "RNE" in decided(NOW, registries=()).reason
    assert decided(NOW, registries=(checked(NOW - 24 * HOUR),)).allowed
    old = decided(NOW, registries=(checked(NOW - 24 * HOUR - SECOND),))
    assert (old.rule, old.remedy) == ("co-rne", Remedy.ACT)
    assert "24 h" in old.reason
    assert decided(NOW, registries=(checked(NOW - 30 * HOUR), checked(NOW - HOUR))).allowed
    assert not decided(NOW, registries=(checked(NOW + SECOND),)).allowed
    assert decided(NOW, purpose=Purpose.COLLECTIONS, registries=()).allowed


def test_a_registry_is_looked_at_again_before_a_campaign_starts() -> None:
    rule = Registry(
        **head("monthly"),
        registry="RNE",
        oldest=timedelta(days=30),
        oldest_at_start=timedelta(days=1),
        later_consent_counts=True,
    )
    packs = (pack_of(rule),)
    ten_days_ago = checked(NOW - timedelta(days=10))

    def allowed(started_days_ago: int) -> bool:
        started = NOW - timedelta(days=started_days_ago)
        return decided(NOW, packs=packs, registries=(ten_days_ago,), campaign_started_at=started).allowed

    assert [allowed(days) for days in (12, 10, 9, 8, 0)] == [True, True, True, False, False]
    assert not decided(NOW, packs=packs, registries=(ten_days_ago,)).allowed


def test_who_is_listed_is_not_called_unless_they_consented_later() -> None:
    listed = decided(NOW, registries=(checked(NOW, Channel.VOICE),))
    assert (listed.rule, listed.remedy) == ("co-rne", Remedy.NONE)
    assert decided(NOW, registries=(checked(NOW, Channel.SMS),)).allowed
    year_ago = NOW - timedelta(days=365)
    later = replace(CONSENT, given_at=NOW - timedelta(days=1))
    assert decided(NOW, registries=(checked(NOW, Channel.VOICE, since=year_ago),), consents=(later,)).allowed
    assert not decided(NOW, registries=(checked(NOW, Channel.VOICE),), consents=(later,)).allowed
    assert not decided(NOW, registries=(checked(NOW, Channel.VOICE, since=year_ago),)).allowed


def test_of_two_copies_of_one_hour_the_stricter_counts() -> None:
    both = (checked(NOW), checked(NOW, Channel.VOICE))
    assert not decided(NOW, registries=both).allowed
    assert not decided(NOW, registries=both[::-1]).allowed


def test_the_number_that_is_shown_may_have_to_begin_so() -> None:
    packs = (pack_of(CallerPrefix(**head("prefix"), prefixes=("+56600", "+56809"))),)
    assert not decided(NOW, packs=packs).allowed
    assert decided(NOW, packs=packs, caller_id=PhoneNumber("+56600123456")).allowed
    wrong = decided(NOW, packs=packs, caller_id=PhoneNumber("+56221234567"))
    assert "+56600, +56809" in wrong.reason


def test_a_rule_that_is_not_in_force_is_asked_of_nobody() -> None:
    packs = (pack_of(CallerPrefix(**head("prefix", in_force=False), prefixes=("+51500",))),)
    assert decided(NOW, packs=packs).allowed


@pytest.mark.parametrize("region", ["CO", "PE", "BO"])
def test_nobody_is_rung_for_less_than_fifteen_seconds(region: str) -> None:
    assert decided(NOW, region=region, ring_seconds=15.0).allowed
    short = decided(NOW, region=region, ring_seconds=14.9)
    assert short.rule.endswith("-min-ring")
    assert decided(NOW, region=region, ring_seconds=5.0, channel=Channel.SMS).allowed


@pytest.mark.parametrize("region", ["CO", "PE", "BO"])
def test_above_three_percent_abandoned_only_calls_with_an_agent_are_placed(region: str) -> None:
    assert decided(NOW, region=region, abandonment_rate=0.03).allowed
    too_many = decided(NOW, region=region, abandonment_rate=0.031)
    assert too_many.rule.endswith("-abandonment")
    assert "3 %" in too_many.reason
    assert decided(NOW, region=region, abandonment_rate=0.5, agent_reserved=True).allowed


def test_a_decision_names_its_pack_version_and_certainty() -> None:
    decision = decided(bogota("2026-11-29 10:00"))
    assert (decision.pack, str(decision.version), decision.certainty) == ("co", "2026-11-25", "sure")
