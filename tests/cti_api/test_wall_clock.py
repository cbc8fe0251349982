"""The wall clock on the days when it is changed."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from cti_api.wall_clock import beginning_of, clock_changes, days_between, first_lasting, instants_of

SANTIAGO, NEW_YORK, BOGOTA = (ZoneInfo(f"America/{city}") for city in ("Santiago", "New_York", "Bogota"))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "day", "expected"),
    [
        (BOGOTA, date(2026, 11, 24), "2026-11-24T05:00"),
        (SANTIAGO, date(2026, 9, 6), "2026-09-06T04:00"),  # midnight is skipped: the day begins at 01:00
        (SANTIAGO, date(2026, 4, 5), "2026-04-05T04:00"),  # 23:00 to 24:00 of the 4th comes twice
        (NEW_YORK, date(2026, 3, 8), "2026-03-08T05:00"),
        (NEW_YORK, date(2026, 11, 2), "2026-11-02T05:00"),
    ],
)
def test_a_day_begins_with_its_first_instant(zone: ZoneInfo, day: date, expected: str) -> None:
    begins = beginning_of(day, zone)
    assert begins == utc(expected)
    assert begins.astimezone(zone).date() == day
    assert (begins - timedelta(microseconds=1)).astimezone(zone).date() < day


def test_changes_are_found_to_the_second_and_only_between_the_two_instants() -> None:
    spring, autumn = utc("2026-03-08T07:00"), utc("2026-11-01T06:00")
    assert list(clock_changes(NEW_YORK, utc("2026-01-01T00:00"), utc("2026-12-31T00:00"))) == [spring, autumn]
    assert list(clock_changes(NEW_YORK, spring, spring)) == [spring]
    assert list(clock_changes(NEW_YORK, spring + timedelta(seconds=1), autumn - timedelta(seconds=1))) == []
    assert list(clock_changes(BOGOTA, utc("2020-01-01T00:00"), utc("2030-01-01T00:00"))) == []
    over_new_year = list(clock_changes(SANTIAGO, utc("2025-09-01T00:00"), utc("2026-05-01T00:00")))
    assert over_new_year == [utc("2025-09-07T04:00"), utc("2026-04-05T03:00")]


def test_a_time_comes_twice_where_the_clock_is_put_back() -> None:
    assert instants_of(date(2026, 11, 1), time(1, 30), NEW_YORK) == {utc("2026-11-01T05:30"), utc("2026-11-01T06:30")}
    assert len(instants_of(date(2026, 11, 2), time(1, 30), NEW_YORK)) == 1


def test_days_are_counted_with_both_ends() -> None:
    assert list(days_between(date(2028, 2, 28), date(2028, 3, 1))) == [
        date(2028, 2, 28),
        date(2028, 2, 29),
        date(2028, 3, 1),
    ]


def test_what_has_to_last_may_begin_before_what_it_reaches_opens() -> None:
    # Open for half a minute from 10:00, and again from 10:01 on; something that lasts a minute fits from 10:00 on.
    ten = utc("2026-11-24T10:00")

    def is_open(at: datetime) -> bool:
        return ten <= at < ten + timedelta(seconds=30) or at >= ten + timedelta(seconds=60)

    changes = {ten, ten + timedelta(seconds=60)}
    nine = ten - timedelta(hours=1)
    assert first_lasting(is_open, changes, nine, timedelta(seconds=60)) == ten
    assert first_lasting(is_open, changes, nine, timedelta(seconds=45)) == ten + timedelta(seconds=15)
    assert first_lasting(lambda _at: False, changes, nine, timedelta(0)) is None
