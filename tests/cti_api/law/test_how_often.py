"""Limits, channels, gaps and the days after an abandoned call."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cti_api.law.facts import PastContact
from cti_api.law.rules import Gap, Limit, OneChannel
from cti_api.law.terms import Channel, Counted, Period, Purpose, Remedy, Scope
from tests.support.law import NUMBER, OTHER_NUMBER, SECOND, bogota, decided, head, pack_of

VOICE, SMS, WHATSAPP = Channel.VOICE, Channel.SMS, Channel.WHATSAPP


def direct(when: str, channel: Channel = VOICE, **otherwise: Any) -> PastContact:
    return PastContact(at=bogota(when), channel=channel, direct=True, **otherwise)


def attempt(when: str, channel: Channel = VOICE, **otherwise: Any) -> PastContact:
    return PastContact(at=bogota(when), channel=channel, direct=False, **otherwise)


def limit(**otherwise: Any) -> Limit:
    named = {"counts": Counted.ATTEMPTS, "at_most": 2, "per": Period.DAY, "among": Scope.PERSON} | otherwise
    return Limit(**head("limit"), **named)


def test_one_direct_contact_a_day_in_colombia() -> None:
    decision = decided(bogota("2026-11-24 16:00"), history=(direct("2026-11-24 09:00"),))
    assert decision.rule == "co-2300-art3-once-a-day"
    assert "contacto(s) directo(s)" in decision.reason
    assert decision.next_open == bogota("2026-11-25 07:00")
    assert decided(bogota("2026-11-25 07:00"), history=(direct("2026-11-24 09:00"),)).allowed


def test_a_day_is_the_person_s_own() -> None:
    # 22:00 UTC is still the 24th in Bogotá, 13:00 UTC of the next day is the 25th.
    history = (PastContact(at=datetime(2026, 11, 25, 1, tzinfo=UTC), channel=VOICE, direct=True),)
    assert decided(bogota("2026-11-25 08:00"), history=history).allowed
    assert not decided(bogota("2026-11-24 17:00"), history=history).allowed


def test_after_a_direct_contact_the_week_has_one_channel_in_colombia() -> None:
    talked = (direct("2026-11-24 09:00"),)
    by_message = decided(bogota("2026-11-26 09:00"), channel=WHATSAPP, history=talked)
    assert by_message.rule == "co-2300-art3-one-channel"
    assert "llamada" in by_message.reason
    assert by_message.next_open == bogota("2026-11-30 07:00")
    assert decided(bogota("2026-11-26 09:00"), history=talked).allowed
    assert decided(bogota("2026-11-30 07:00"), channel=WHATSAPP, history=talked).allowed


def test_attempts_that_reached_nobody_bind_no_channel() -> None:
    history = (attempt("2026-11-24 09:00"), attempt("2026-11-24 12:00"))
    assert decided(bogota("2026-11-24 15:00"), channel=WHATSAPP, history=history).allowed


def test_three_attempts_a_day_two_hours_apart() -> None:
    morning, noon, evening = attempt("2026-11-24 08:00"), attempt("2026-11-24 10:00"), attempt("2026-11-24 12:00")
    too_soon = decided(bogota("2026-11-24 09:59:59"), history=(morning,))
    assert too_soon.rule == "co-attempts-gap"
    assert too_soon.next_open == bogota("2026-11-24 10:00")
    assert decided(bogota("2026-11-24 10:00"), history=(morning,)).allowed
    third = decided(bogota("2026-11-24 15:00"), history=(morning, noon, evening))
    assert third.rule == "co-attempts-a-day"
    assert third.next_open == bogota("2026-11-25 07:00")


def test_six_attempts_a_week() -> None:
    days = ("2026-11-23", "2026-11-24", "2026-11-25")
    history = tuple(attempt(f"{day} {hour}:00") for day in days for hour in ("09", "12"))
    decision = decided(bogota("2026-11-26 09:00"), history=history)
    assert decision.rule == "co-attempts-a-week"
    assert decision.next_open == bogota("2026-11-30 07:00")
    assert decided(bogota("2026-11-26 09:00"), history=history[1:]).allowed


def test_who_asked_to_be_called_need_not_wait_out_the_gap() -> None:
    busy = (attempt("2026-11-24 09:00"),)
    assert decided(bogota("2026-11-24 09:10"), purpose=Purpose.ASKED_FOR, history=busy).allowed


def test_a_limit_counts_by_person_number_and_channel() -> None:
    now = bogota("2026-11-24 15:00")
    history = (
        attempt("2026-11-24 08:00", number=NUMBER),
        attempt("2026-11-24 10:00", number=OTHER_NUMBER),
        attempt("2026-11-24 12:00", SMS, number=NUMBER),
    )

    def allowed(at_most: int, among: Scope) -> bool:
        rule = limit(at_most=at_most, among=among)
        return decided(now, packs=(pack_of(rule),), history=history).allowed

    assert [allowed(most, Scope.PERSON) for most in (3, 4)] == [False, True]
    assert [allowed(most, Scope.NUMBER) for most in (2, 3)] == [False, True]
    assert [allowed(most, Scope.CHANNEL) for most in (2, 3)] == [False, True]


def test_an_attempt_on_an_unknown_number_may_have_been_on_this_one() -> None:
    rule = limit(at_most=1, among=Scope.NUMBER)
    assert not decided(
        bogota("2026-11-24 15:00"), packs=(pack_of(rule),), history=(attempt("2026-11-24 08:00"),)
    ).allowed


def test_direct_contacts_and_attempts_are_counted_apart() -> None:
    history = (direct("2026-11-24 08:00"), attempt("2026-11-24 09:00"))
    packs = (pack_of(limit(at_most=2)), pack_of(limit(at_most=2, counts=Counted.DIRECT_CONTACTS)))
    assert decided(bogota("2026-11-24 15:00"), packs=packs, history=history).allowed


def test_what_happened_on_other_channels_than_the_rule_s_is_not_counted() -> None:
    rule = Limit(
        **head("calls", channels=frozenset({VOICE})),
        counts=Counted.ATTEMPTS,
        at_most=1,
        per=Period.DAY,
        among=Scope.PERSON,
    )
    now, packs = bogota("2026-11-24 15:00"), (pack_of(rule),)
    assert decided(now, packs=packs, history=(attempt("2026-11-24 08:00", SMS),)).allowed
    assert not decided(now, packs=packs, history=(attempt("2026-11-24 08:00"),)).allowed


def test_where_the_zone_is_not_clear_a_day_is_used_up_when_it_is_in_any() -> None:
    wide = pack_of(limit(at_most=1), zones=("America/New_York", "America/Los_Angeles"))
    called = (PastContact(at=datetime(2026, 11, 24, 4, tzinfo=UTC), channel=VOICE, direct=False),)
    # 23:00 of the 23rd in New York, 20:00 in Los Angeles.
    first = decided(datetime(2026, 11, 24, 6, tzinfo=UTC), packs=(wide,), history=called)
    assert first.next_open == datetime(2026, 11, 24, 8, tzinfo=UTC)  # midnight in Los Angeles


def test_a_contact_that_a_clock_put_back_makes_seem_to_come_counts_too() -> None:
    decision = decided(bogota("2026-11-24 10:00"), history=(attempt("2026-11-24 10:05"),))
    assert decision.next_open == bogota("2026-11-24 12:05")


def test_two_channels_may_be_a_pack_s_limit() -> None:
    rule = OneChannel(**head("two"), at_most=2, per=Period.WEEK)
    history = (direct("2026-11-23 09:00"), direct("2026-11-24 09:00", SMS))
    now, packs = bogota("2026-11-25 09:00"), (pack_of(rule),)
    assert decided(now, packs=packs, history=history).allowed
    third = decided(now, packs=packs, history=history, channel=WHATSAPP)
    assert "por SMS, llamada esta semana; no se puede usar además WhatsApp" in third.reason


def test_a_gap_after_direct_contacts() -> None:
    rule = Gap(**head("gap"), counts=Counted.DIRECT_CONTACTS, at_least=timedelta(days=3), among=Scope.PERSON)
    history = (direct("2026-11-20 09:00"), attempt("2026-11-24 09:00"))
    packs = (pack_of(rule),)
    assert decided(bogota("2026-11-23 08:59:59"), packs=packs, history=history).next_open == bogota("2026-11-23 09:00")
    assert decided(bogota("2026-11-23 09:00"), packs=packs, history=history).allowed


def test_an_abandoned_person_is_left_alone_for_72_hours_unless_an_agent_waits() -> None:
    abandoned = bogota("2026-11-23 10:00")
    decision = decided(abandoned + timedelta(hours=71), abandoned_at=abandoned)
    assert decision.rule == "co-after-abandoned"
    assert decision.remedy is Remedy.WAIT
    assert decision.next_open == abandoned + timedelta(hours=72)
    assert decided(abandoned + timedelta(hours=72), abandoned_at=abandoned).allowed
    assert not decided(abandoned + timedelta(hours=72) - SECOND, abandoned_at=abandoned).allowed
    assert decided(abandoned + timedelta(hours=71), abandoned_at=abandoned, agent_reserved=True).allowed
    assert decided(abandoned + timedelta(hours=71), abandoned_at=abandoned, channel=SMS).allowed


@pytest.mark.parametrize("region", ["CO", "PE", "BO"])
def test_every_country_s_pack_has_the_limits(region: str) -> None:
    now = bogota("2026-11-24 16:00")
    three = tuple(attempt(f"2026-11-24 {hour}:00") for hour in ("09", "11", "13"))
    assert decided(now, region=region, history=three).rule.endswith("-attempts-a-day")
    assert decided(now, region=region, history=three[:1]).allowed
    assert "once-a-day" in decided(now, region=region, history=(direct("2026-11-24 09:00"),)).rule
    assert decided(now, region=region, abandoned_at=now - timedelta(hours=5)).rule.endswith("-after-abandoned")


def test_the_rule_that_objects_longest_is_the_one_that_is_told() -> None:
    history = tuple(attempt(f"2026-11-24 {hour}:00") for hour in ("09", "11", "13"))
    decision = decided(bogota("2026-11-24 14:00"), history=history, abandoned_at=bogota("2026-11-24 13:00"))
    assert decision.rule == "co-after-abandoned"
    assert decision.next_open == bogota("2026-11-27 13:00")


def test_the_next_opening_satisfies_all_rules_together() -> None:
    abandoned = bogota("2026-11-25 18:30")  # 72 hours later is Saturday evening: closed until Monday
    decision = decided(bogota("2026-11-26 09:00"), abandoned_at=abandoned)
    assert decision.next_open == bogota("2026-11-30 07:00")
