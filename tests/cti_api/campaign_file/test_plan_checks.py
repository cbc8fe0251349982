"""A plan of attempts in the campaign file: what it means, and every contradiction with its line and its sentence."""

from __future__ import annotations

from datetime import time

import pytest

from cti_api.campaign_file.parse import parse_campaign
from cti_api.errors import InputError
from cti_api.model.campaigns import RetryAction, WhenMissed
from cti_api.model.phone import PhoneKind
from tests.support.plans import PLANNED
from tests.support.whole_campaign import WHOLE


def test_the_supervisors_sentence_reaches_the_campaign() -> None:
    policy = parse_campaign(PLANNED).retry
    assert (policy.max_attempts, policy.per_day_part, policy.days_apart) == (3, 1, 2)
    assert policy.phones == (PhoneKind.MOBILE, PhoneKind.LANDLINE)
    busy, wrong = policy.rules["busy"], policy.rules["equivocado"]
    assert (busy.again_seconds, busy.again_most, busy.action) == (600.0, 2, RetryAction.NEXT_PHONE)
    assert (wrong.action, wrong.uses_attempt) == (RetryAction.DROP_PHONE, False)


def test_a_missed_callback_is_what_the_file_says() -> None:
    ours = parse_campaign(PLANNED).callbacks
    assert (ours.missed_after_seconds, ours.when_missed) == (None, WhenMissed.ANY_AGENT)
    said = parse_campaign(PLANNED + "callbacks: {missed_after: 1 d, when_missed: retry}\n").callbacks
    assert (said.missed_after_seconds, said.when_missed) == (86_400.0, WhenMissed.RETRY)
    for wrong, told in (
        ("callbacks: {when_missed: close}\n", "needs `missed_after`"),
        ("callbacks: {missed_after: 1 d, when_missed: cry}\n", "must be one of any_agent, retry, close, follow_up"),
    ):
        with pytest.raises(InputError, match=told):
            parse_campaign(PLANNED + wrong)


def test_hours_and_parts_of_the_day_are_written_to_the_second_where_that_matters() -> None:
    text = PLANNED.replace("12:00-15:00", "12:00:30-15:00").replace("morning: 08:00-12:00", "morning: 08:00-12:00:30")
    spec = parse_campaign(text.replace("sat: 08:00-15:00", "sat: 08:00:05-15:00"))
    assert [(part.start, part.end) for part in spec.retry.day_parts[:2]] == [
        (time(8), time(12, 0, 30)),
        (time(12, 0, 30), time(15)),
    ]
    assert spec.hours.days[-1].start == time(8, 0, 5)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("08:00-12:00:31", "overlaps with morning"),
        ("08:00-12:00:60", "must be a time of day such as 08:00"),
        ("08:00-24:00:00", "must be a time of day such as 08:00"),
    ],
)
def test_a_second_too_many_is_refused(wrong: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        parse_campaign(PLANNED.replace("12:00-15:00", "12:00:30-15:00").replace("08:00-12:00\n", f"{wrong}\n"))


def test_a_file_of_before_means_what_it_meant() -> None:
    policy = parse_campaign(WHOLE).retry
    assert (policy.per_day_part, policy.days_apart, policy.phones) == (None, 0, ())
    assert all(rule.uses_attempt and rule.again_seconds is None for rule in policy.rules.values())


@pytest.mark.parametrize(
    ("old", "new", "line", "path", "message"),
    [
        ("    evening: 15:00-19:00\n", "", 12, "retry.per_day_part",
         "3 attempts do not fit with one in each part of the day: morning, midday make room for 2"),
        ("max_attempts: 3\n  per_day_part: 1", "max_attempts: 7\n  per_day_part: 2", 12, "retry.per_day_part",
         "7 attempts do not fit with 2 in each part of the day: morning, midday, evening make room for 6"),
        ("  day_parts:\n    morning: 08:00-12:00\n    midday: 12:00-15:00\n    evening: 15:00-19:00\n", "", 12,
         "retry.per_day_part", "needs `retry.day_parts`"),
        ("evening: 15:00-19:00", "evening: 18:59-22:00", 19, "retry.day_parts.evening", "no call can begin in it"),
        ("per_day_part: 1", "per_day_part: uno", 12, "retry.per_day_part", "must be a whole number from 1 to 100"),
        ("days_apart: 2", "days_apart: 91", 13, "retry.days_apart", "must be a whole number from 0 to 90"),
        ("[mobile, landline]", "[movil]", 15, "retry.phones[0]", "must be one of mobile, landline"),
        ("[mobile, landline]", "[mobile, mobile]", 15, "retry.phones[1]", "is in the list a second time"),
        ("min_gap: 10 min", "min_gap: 2 h", 21, "retry.rules.busy.again_in",
         "is sooner than min_gap (2 h) allows, so that it would never be kept"),
        ("again_in: 10 min, times: 2", "again_in: 10 min", 21, "retry.rules.busy.again_in", "needs `times`"),
        ("again_in: 10 min, times: 2", "times: 2", 21, "retry.rules.busy.times", "needs `again_in`"),
        ("times: 2, action: next_phone", "times: 2, action: close", 21, "retry.rules.busy.again_in", "has no meaning"),
        ("times: 2, action", "times: 2, most: 3, action", 21, "retry.rules.busy.most", "does not go with `again_in`"),
        ("busy: {", "congestion: {", 21, "retry.rules.congestion.again_in", "uses up no attempt anyway"),
        ("drop_phone, uses", "next_phone, uses", 24, "retry.rules.equivocado.uses_attempt", "only for `action: drop_"),
    ],
)  # fmt: skip
def test_a_contradiction_is_refused_where_it_stands(old: str, new: str, line: int, path: str, message: str) -> None:
    assert old in PLANNED
    with pytest.raises(InputError) as refused:
        parse_campaign(PLANNED.replace(old, new, 1))
    (fault,) = refused.value.faults
    assert (fault.line, fault.path) == (line, path)
    assert message in fault.message
