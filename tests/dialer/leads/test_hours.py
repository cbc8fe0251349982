"""Campaign hours against a plain oracle that looks at the wall clock minute by minute."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cti_api.model.campaigns import CampaignHours, DailyHours
from dialer.leads.hours import is_open, next_open
from tests.support.thoughts import ALWAYS, OFFICE

MINUTE = timedelta(minutes=1)

CLOCK_CHANGES = [
    # zone, a UTC day near a change of its clock
    ("America/Bogota", date(2026, 11, 22)),
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
    ("America/Santiago", date(2026, 4, 5)),
    ("America/Santiago", date(2026, 9, 6)),
    ("Europe/Madrid", date(2026, 3, 29)),
    ("Europe/Madrid", date(2026, 10, 25)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),  # half an hour
    ("Africa/Casablanca", date(2026, 2, 15)),
    ("America/Tijuana", date(2028, 2, 29)),
]

clock_times = st.integers(0, 24 * 4 - 1).map(lambda quarter: time(quarter // 4, quarter % 4 * 15))


@st.composite
def campaign_hours(draw: st.DrawFn, zone: str) -> CampaignHours:
    days = []
    for weekday in draw(st.sets(st.integers(0, 6), max_size=7)):
        times = sorted(draw(st.sets(clock_times, min_size=2, max_size=4)))
        for start, end in zip(times[::2], times[1::2], strict=False):
            days.append(DailyHours(weekday=weekday, start=start, end=time(0) if end == time(23, 45) else end))
    return CampaignHours(timezone=zone, days=tuple(days))


def open_by_the_wall_clock(hours: CampaignHours, instant: datetime) -> bool:
    local = instant.astimezone(ZoneInfo(hours.timezone))
    minute = local.hour * 60 + local.minute
    for day in hours.days:
        start = day.start.hour * 60 + day.start.minute
        end = day.end.hour * 60 + day.end.minute or 24 * 60
        if day.weekday == local.weekday() and start <= minute < end:
            return True
    return False


@settings(max_examples=60)
@given(st.data())
def test_hours_agree_with_the_wall_clock_over_clock_changes(data: st.DataObject) -> None:
    zone, day = data.draw(st.sampled_from(CLOCK_CHANGES))
    hours = data.draw(campaign_hours(zone))
    lasting = data.draw(st.sampled_from([0, 1, 2, 90])) * MINUTE
    start = datetime.combine(day, time(0), UTC) + data.draw(st.integers(-720, 1440)) * MINUTE
    wall = [open_by_the_wall_clock(hours, start + n * MINUTE) for n in range(36 * 60 + 90)]
    assert [is_open(hours, start + n * MINUTE) for n in range(0, 36 * 60, 7)] == wall[: 36 * 60 : 7]

    extra = lasting // MINUTE
    expected = next((n for n in range(36 * 60) if wall[n] and wall[n + extra]), None)
    found = next_open(hours, start, lasting)
    if expected is not None:
        assert found == start + expected * MINUTE
    else:
        assert found is None or found >= start + timedelta(hours=36)


@settings(max_examples=100)
@given(st.data())
def test_the_next_opening_is_open_and_nothing_before_it_is(data: st.DataObject) -> None:
    zone, day = data.draw(st.sampled_from(CLOCK_CHANGES))
    hours = data.draw(campaign_hours(zone))
    now = datetime.combine(day, time(0), UTC) + timedelta(seconds=data.draw(st.integers(-90_000, 90_000)))
    now += timedelta(microseconds=data.draw(st.integers(0, 999_999)))
    found = next_open(hours, now)
    if found is None:
        assert not hours.days
        return
    assert is_open(hours, found)
    assert found == now or not is_open(hours, found - timedelta(microseconds=1))


def test_a_window_that_begins_in_the_skipped_hour_opens_when_the_clock_jumps() -> None:
    # New York, 2026-03-08: 02:00 EST is followed by 03:00 EDT, at 07:00 UTC.
    hours = CampaignHours(timezone="America/New_York", days=(DailyHours(weekday=6, start=time(2, 30), end=time(5)),))
    assert next_open(hours, datetime(2026, 3, 8, 5, tzinfo=UTC)) == datetime(2026, 3, 8, 7, tzinfo=UTC)


def test_a_window_inside_the_repeated_hour_opens_twice() -> None:
    # New York, 2026-11-01: 01:00-02:00 is shown at 05:00 and again at 06:00 UTC.
    hours = CampaignHours(
        timezone="America/New_York", days=(DailyHours(weekday=6, start=time(1, 15), end=time(1, 30)),)
    )
    first, second = datetime(2026, 11, 1, 5, 15, tzinfo=UTC), datetime(2026, 11, 1, 6, 15, tzinfo=UTC)
    assert next_open(hours, first - timedelta(hours=2)) == first
    assert next_open(hours, first + timedelta(minutes=20)) == second


def test_a_window_that_lies_in_the_skipped_hour_opens_a_week_later() -> None:
    hours = CampaignHours(
        timezone="America/New_York", days=(DailyHours(weekday=6, start=time(2, 15), end=time(2, 45)),)
    )
    found = next_open(hours, datetime(2026, 3, 8, 5, tzinfo=UTC))
    assert found == datetime(2026, 3, 15, 6, 15, tzinfo=UTC)


def test_hours_round_the_clock_never_close() -> None:
    now = datetime(2026, 11, 22, 4, 59, 59, 999_999, tzinfo=UTC)  # midnight in Bogotá is a microsecond away
    assert next_open(ALWAYS, now, timedelta(minutes=2)) == now


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-11-20T23:30", "2026-11-20T23:30"),  # Friday 18:30
        ("2026-11-20T23:59", "2026-11-21T13:00"),  # Friday 18:59: too late for a talk, Saturday 8:00
        ("2026-11-21T20:00", "2026-11-23T13:00"),  # Saturday 15:00: Monday
    ],
)
def test_a_call_that_needs_a_minute_and_a_half_waits_for_the_next_day_at_closing_time(now: str, expected: str) -> None:
    instant = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert next_open(OFFICE, instant, timedelta(seconds=90)) == datetime.fromisoformat(expected).replace(tzinfo=UTC)
