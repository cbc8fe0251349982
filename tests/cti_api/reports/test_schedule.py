"""When a report is due: over the clock's changes, short months, and any time in which nothing ran."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_api.errors import InputError
from cti_api.reports.kinds import REPORTS
from cti_api.reports.periods import month_of, week_of, whole_until
from cti_api.reports.schedule import LONGEST_WAIT, Monthly, Rule, Weekly, due_between, next_due, period_of
from cti_api.wall_clock import days_between, instants_of

BOGOTA, MADRID, SANTIAGO = ZoneInfo("America/Bogota"), ZoneInfo("Europe/Madrid"), ZoneInfo("America/Santiago")
ZONES = [BOGOTA, MADRID, SANTIAGO, ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Asia/Kathmandu")]
WALL = st.times().map(lambda wall: wall.replace(second=0, microsecond=0))
RULES = st.one_of(
    st.builds(Monthly, day=st.integers(1, 31), at=WALL), st.builds(Weekly, weekday=st.integers(0, 6), at=WALL)
)
INSTANTS = st.datetimes(datetime(2024, 1, 1), datetime(2031, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - Hypothesis wants the bounds without a zone
SPANS = st.timedeltas(timedelta(), timedelta(days=120))


def local(rule: Rule, zone: ZoneInfo, first: str, last: str) -> list[str]:
    """What is due between these days, on the clock of the zone."""
    begin, end = (datetime.fromisoformat(day).replace(tzinfo=zone) for day in (first, last))
    return [f"{due.at.astimezone(zone):%Y-%m-%d %H:%M}" for due in due_between(rule, zone, begin, end)]


def test_a_monthly_report_is_due_on_its_day_of_each_month() -> None:
    rule = Monthly(day=2, at=time(7, 30))
    assert local(rule, BOGOTA, "2026-10-01", "2027-01-31") == [
        "2026-10-02 07:30", "2026-11-02 07:30", "2026-12-02 07:30", "2027-01-02 07:30",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("day", "falls"),
    [(29, ["01-29", "02-28", "03-29", "04-29"]), (30, ["01-30", "02-28", "03-30", "04-30"]),
     (31, ["01-31", "02-28", "03-31", "04-30"])],
)  # fmt: skip
def test_a_month_that_is_too_short_has_its_last_day(day: int, falls: list[str]) -> None:
    assert local(Monthly(day=day, at=time(7)), BOGOTA, "2027-01-01", "2027-05-01") == [f"2027-{x} 07:00" for x in falls]
    assert local(Monthly(day=day, at=time(7)), BOGOTA, "2028-02-01", "2028-03-01") == ["2028-02-29 07:00"]


def test_an_hour_that_the_clock_skips_is_told_by_the_clock_of_before() -> None:
    assert local(Weekly(weekday=6, at=time(2, 30)), MADRID, "2026-03-23", "2026-04-06") == [
        "2026-03-29 03:30", "2026-04-05 02:30",
    ]  # fmt: skip


def test_an_hour_that_the_clock_repeats_is_due_once() -> None:
    rule = Weekly(weekday=6, at=time(2, 30))
    [due] = due_between(rule, MADRID, datetime(2026, 10, 24, tzinfo=UTC), datetime(2026, 10, 26, tzinfo=UTC))
    assert due.at == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_midnight_that_a_clock_skips_is_still_of_that_day() -> None:
    [due] = due_between(
        Weekly(weekday=6, at=time(0)), SANTIAGO, datetime(2026, 9, 4, tzinfo=UTC), datetime(2026, 9, 9, tzinfo=UTC)
    )
    assert (due.day, due.at) == (date(2026, 9, 6), datetime(2026, 9, 6, 4, tzinfo=UTC))


@given(RULES, st.sampled_from(ZONES), INSTANTS, SPANS, SPANS)
def test_wherever_the_process_was_down_nothing_is_missed_and_nothing_is_due_twice(
    rule: Rule, zone: ZoneInfo, begin: datetime, first: timedelta, second: timedelta
) -> None:
    middle, end = begin + first, begin + first + second
    whole = list(due_between(rule, zone, begin, end))
    assert whole == [*due_between(rule, zone, begin, middle), *due_between(rule, zone, middle, end)]
    assert all(one.at < other.at for one, other in pairwise(whole))
    assert all(begin < due.at <= end for due in whole)


@given(RULES, st.sampled_from(ZONES), INSTANTS, SPANS)
def test_each_month_and_week_has_one_and_the_clock_shows_its_hour(
    rule: Rule, zone: ZoneInfo, begin: datetime, span: timedelta
) -> None:
    def of(day: date) -> object:
        return (day.year, day.month) if isinstance(rule, Monthly) else day.isocalendar()[:2]

    found = list(due_between(rule, zone, begin, begin + span))
    assert len({of(due.day) for due in found}) == len(found)
    # every month or week that lies in there whole has its own
    first, last = begin.astimezone(zone).date(), (begin + span).astimezone(zone).date()
    edges = {of(first), of(last)}
    assert {of(day) for day in days_between(first, last)} - edges <= {of(due.day) for due in found}
    for due in found:
        assert due.at in instants_of(due.day, rule.at, zone)


@given(RULES, st.sampled_from(ZONES), INSTANTS)
def test_there_is_always_a_next_one(rule: Rule, zone: ZoneInfo, now: datetime) -> None:
    found = next_due(rule, zone, now)
    assert now < found.at <= now + LONGEST_WAIT
    assert not list(due_between(rule, zone, now, found.at - timedelta(microseconds=1)))


def test_what_is_due_is_of_the_month_or_week_that_is_over() -> None:
    monthly, weekly = Monthly(day=2, at=time(7)), Weekly(weekday=4, at=time(7))
    day = date(2026, 12, 2)
    assert period_of(monthly, REPORTS["monthly"], day) == month_of(date(2026, 11, 1))
    assert period_of(weekly, REPORTS["weekly"], day) == week_of(date(2026, 11, 23))
    assert period_of(weekly, REPORTS["survey"], day) == week_of(date(2026, 11, 23))
    assert period_of(None, REPORTS["campaign"], day) == whole_until(day)
    assert period_of(monthly, REPORTS["control"], day) == whole_until(day), "it has all of it whenever it comes"


@pytest.mark.parametrize(
    ("rule", "kind", "says"),
    [
        (Weekly(weekday=0, at=time(7)), "monthly", "is of a month"),
        (Monthly(day=2, at=time(7)), "weekly", "is of a week"),
        (None, "weekly", "is of no campaign"),
        (None, "survey", "is of no campaign"),
    ],
)
def test_a_report_that_cannot_come_so_is_refused(rule: Rule | None, kind: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        period_of(rule, REPORTS[kind], date(2026, 12, 2))
