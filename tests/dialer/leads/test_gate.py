"""The gate: each rule objects on its own, the first objection decides."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cti_api.model.leads import LeadState
from cti_api.model.phone import PhoneNumber
from dialer.leads.gate import RULES, DialFacts, may_dial
from dialer.leads.hours import closing_margin, is_open
from tests.support.law import LAB, contact
from tests.support.thoughts import NOW, OFFICE, lead, minutes, spec

SUNDAY = datetime(2026, 11, 22, 15, tzinfo=UTC)


def facts(**more: object) -> DialFacts:
    person = lead(state=LeadState.RESERVED)
    known = {
        "spec": spec(hours=OFFICE),
        "lead": person,
        "number": person.phone,
        "do_not_call": False,
        "live_elsewhere": False,
        "law": contact(),
        "packs": LAB,
    }
    return DialFacts(**(known | more))


def test_nothing_objects_to_an_ordinary_call() -> None:
    decision = may_dial(facts(), NOW)
    assert (decision.allowed, decision.rule, decision.at) == (True, "all", NOW)


@pytest.mark.parametrize(
    ("more", "rule", "next_open"),
    [
        ({"do_not_call": True}, "do_not_call", None),
        ({"number": PhoneNumber("+881612345678")}, "allowed_prefix", None),
        ({"number": PhoneNumber("+34600123456")}, "allowed_prefix", None),
        ({"lead": lead(attempts_made=3)}, "attempts_left", None),
        ({"lead": lead(valid_until=NOW)}, "valid", None),
        ({"lead": lead(valid_from=NOW + minutes(9))}, "valid", NOW + minutes(9)),
        ({"lead": lead(not_before=NOW + minutes(7))}, "not_before", NOW + minutes(7)),
        ({"live_elsewhere": True}, "one_call_per_number", NOW + timedelta(seconds=28)),
    ],
)
def test_each_rule_refuses_by_its_name(more: dict[str, object], rule: str, next_open: datetime | None) -> None:
    decision = may_dial(facts(**more), NOW)
    assert (decision.allowed, decision.rule, decision.next_open) == (False, rule, next_open)
    assert decision.reason.endswith(".")


def test_a_closed_campaign_says_when_it_opens() -> None:
    decision = may_dial(facts(), SUNDAY)
    assert (decision.rule, decision.next_open) == ("campaign_hours", datetime(2026, 11, 23, 13, tzinfo=UTC))


def test_the_last_call_starts_a_ring_time_and_a_minute_before_closing() -> None:
    closing = datetime(2026, 11, 24, 0, 0, tzinfo=UTC)  # Monday 19:00
    margin = closing_margin(spec(hours=OFFICE))
    assert margin == timedelta(seconds=88)
    assert may_dial(facts(), closing - margin - timedelta(seconds=1)).allowed
    refused = may_dial(facts(), closing - margin)
    assert (refused.rule, refused.next_open) == ("campaign_hours", datetime(2026, 11, 24, 13, tzinfo=UTC))


def test_what_no_waiting_can_change_is_told_first() -> None:
    everything = facts(do_not_call=True, live_elsewhere=True, lead=lead(attempts_made=9, not_before=NOW + minutes(1)))
    assert may_dial(everything, SUNDAY).rule == "do_not_call"
    assert [rule.__name__ for rule in RULES] == [
        "do_not_call",
        "allowed_prefix",
        "attempts_left",
        "valid",
        "law",
        "not_before",
        "one_call_per_number",
        "campaign_hours",
        "day_part",
    ]


@settings(max_examples=200)
@given(
    st.booleans(),
    st.booleans(),
    st.integers(0, 5),
    st.none() | st.integers(-100, 100),
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_a_call_is_allowed_only_when_every_rule_agrees(
    do_not_call: bool, live: bool, attempts: int, wait: int | None, now: datetime
) -> None:
    person = lead(attempts_made=attempts, not_before=None if wait is None else now + minutes(wait))
    asked = facts(do_not_call=do_not_call, live_elsewhere=live, lead=person)
    decision = may_dial(asked, now)
    closing = now + closing_margin(asked.spec)
    expected = (
        not do_not_call
        and not live
        and attempts < 3
        and (wait is None or wait <= 0)
        and is_open(OFFICE, now)
        and is_open(OFFICE, closing)
    )
    assert decision.allowed == expected
    assert decision.next_open is None or decision.next_open > now
