"""By when somebody has to act, counted in office hours."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cti_api.kpi.business_hours import BY_THE_CLOCK, HORIZON_DAYS, Promise, due_at
from cti_api.model.surveys import OfficeHours

BOGOTA, LA_PAZ = "America/Bogota", "America/La_Paz"
WEEK = OfficeHours(
    days=tuple((day, *hours) for day in range(5) for hours in ((time(8), time(12)), (time(14), time(18)))),
    holidays="CO",
    days_off=frozenset({date(2026, 12, 24)}),
)


def local(text: str, zone: str = BOGOTA) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("asked", "hours", "due"),
    [
        ("2026-11-26T10:00", 1, "2026-11-26T11:00"),
        ("2026-11-26T10:00", 2, "2026-11-26T12:00"),
        ("2026-11-26T10:00", 3, "2026-11-26T15:00"),
        ("2026-11-26T03:00", 1, "2026-11-26T09:00"),
        ("2026-11-27T17:30", 1, "2026-11-30T08:30"),  # a weekend between
        ("2026-12-07T17:00", 2, "2026-12-09T09:00"),  # the Immaculate Conception between
        ("2026-12-23T17:00", 2, "2026-12-28T09:00"),  # a day off, Christmas, a weekend
    ],
)
def test_only_office_hours_count(asked: str, hours: int, due: str) -> None:
    assert due_at(local(asked), hours * 3600.0, WEEK, BOGOTA) == local(due)


def test_without_office_hours_all_time_counts() -> None:
    assert due_at(local("2026-11-27T17:30"), 3600.0, None, BOGOTA) == local("2026-11-27T18:30")


def test_a_window_to_midnight_and_one_after_it_are_one() -> None:
    night = OfficeHours(days=((0, time(22), time(0)), (1, time(0), time(2))))
    assert due_at(local("2026-11-23T23:00", LA_PAZ), 7200.0, night, LA_PAZ) == local("2026-11-24T01:00", LA_PAZ)


def test_hours_that_never_come_are_due_at_the_horizon() -> None:
    now = local("2026-11-23T23:00")
    assert due_at(now, 1.0, OfficeHours(days=()), BOGOTA) == now + timedelta(days=HORIZON_DAYS)


@settings(max_examples=60)
@given(
    st.integers(0, 365 * 24 * 60),
    st.integers(1, 40),
    st.sampled_from([BOGOTA, "America/Santiago"]),  # the latter puts its clock forward and back
)
def test_it_is_what_counting_minute_by_minute_gives(minute: int, quarters: int, zone: str) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
    counted, instant = 0, now
    while counted < quarters * 15:
        wall = instant.astimezone(ZoneInfo(zone))
        working = wall.weekday() < 5 and (8 <= wall.hour < 12 or 14 <= wall.hour < 18)
        counted += working
        instant += timedelta(minutes=1)
    plain = OfficeHours(days=WEEK.days)
    assert due_at(now, quarters * 900.0, plain, zone) == instant


@settings(max_examples=60)
@given(
    st.integers(0, 365 * 24 * 60),
    st.integers(0, 5 * 24 * 60),
    st.sampled_from([BOGOTA, "America/Santiago"]),
)
def test_a_promise_is_kept_by_who_took_fewer_minutes_of_work_than_it_says(opened: int, later: int, zone: str) -> None:
    opened_at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=opened)
    worked = 0
    for minute in range(later):
        wall = (opened_at + timedelta(minutes=minute)).astimezone(ZoneInfo(zone))
        worked += wall.weekday() < 5 and (8 <= wall.hour < 12 or 14 <= wall.hour < 18)
    promise = Promise(within_seconds=8 * 3600, office=OfficeHours(days=WEEK.days), timezone=zone)
    assert promise.is_kept(opened_at, opened_at + timedelta(minutes=later)) == (worked < 8 * 60)


def test_without_office_hours_a_promise_is_of_the_plain_clock() -> None:
    opened_at = local("2026-11-27T17:30")
    day = timedelta(days=1)
    assert BY_THE_CLOCK.is_kept(opened_at, opened_at + day - timedelta(seconds=1))
    assert not BY_THE_CLOCK.is_kept(opened_at, opened_at + day)
