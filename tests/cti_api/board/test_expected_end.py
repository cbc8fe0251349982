"""When a campaign ends, as far as today says; and nothing where today says too little."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from cti_api.board.expected_end import NoEnd, Sample, done_per_hour, expected_end
from cti_api.model.campaigns import CampaignHours, DailyHours

NOON = datetime(2026, 11, 26, 17, tzinfo=UTC)  # Thursday, in Bogotá
WEEK = CampaignHours(
    timezone="America/Bogota",
    days=tuple(DailyHours(weekday=day, start=time(8), end=time(18)) for day in range(5)),
)


def minutes(count: int, each: int = 1, since: datetime = NOON) -> list[Sample]:
    """A sample a minute up to `since`, `each` leads done with in each."""
    return [Sample(since - timedelta(minutes=count - n), n * each) for n in range(count + 1)]


def test_the_speed_is_that_of_the_minutes_it_ran() -> None:
    assert done_per_hour(minutes(30), NOON) == pytest.approx(60)
    paused = minutes(20, since=NOON - timedelta(hours=1)) + [Sample(each.at, each.done + 20) for each in minutes(10)]
    assert done_per_hour(paused, NOON) == pytest.approx(60)


def test_of_the_first_minutes_and_of_a_few_leads_nothing_is_said() -> None:
    assert done_per_hour([], NOON) is None
    assert done_per_hour(minutes(9), NOON) is None
    few = [Sample(NOON - timedelta(minutes=20 - n), min(n, 3)) for n in range(21)]
    assert done_per_hour(few, NOON) is None


def test_the_end_lies_in_the_hours_of_the_campaign() -> None:
    assert expected_end(120, 60.0, WEEK, NOON) == NOON + timedelta(hours=2)
    friday = datetime(2026, 11, 27, 15, tzinfo=UTC)
    assert expected_end(8 * 60, 60.0, WEEK, NOON) == friday  # six hours today, two tomorrow
    monday = datetime(2026, 11, 30, 14, tzinfo=UTC)
    assert expected_end(17 * 60, 60.0, WEEK, NOON) == monday


def test_midnight_is_the_end_of_a_day() -> None:
    always = CampaignHours(
        timezone="America/Bogota",
        days=tuple(DailyHours(weekday=day, start=time(0), end=time(0)) for day in range(7)),
    )
    assert expected_end(48 * 60, 60.0, always, NOON) == NOON + timedelta(hours=48)


def test_where_nothing_moves_or_it_takes_for_ever_that_is_said() -> None:
    assert expected_end(100, None, WEEK, NOON) is NoEnd.TOO_EARLY
    assert expected_end(100, 0.0, WEEK, NOON) is NoEnd.NO_PROGRESS
    assert expected_end(1_000_000, 10.0, WEEK, NOON) is NoEnd.TOO_FAR
    assert expected_end(100, 10.0, CampaignHours(timezone="America/Bogota", days=()), NOON) is NoEnd.TOO_FAR
