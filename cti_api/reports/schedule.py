"""When a report is due, and of which time it then is.

A rule says it on the company's wall clock: a day of each month, or a weekday, at an hour. What is due between two
instants follows from the rule and the time zone alone, so a process that was down at the hour finds what it missed.

A month that is too short for its day has its last day instead. An hour that the clock skips in spring is told by the
clock of before (02:30 is 03:30 then); of an hour that it repeats in autumn, the first.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from cti_api.errors import InputError
from cti_api.reports.kinds import ReportKind, Subject
from cti_api.reports.periods import Period, PeriodKind, latest
from cti_api.wall_clock import DAY, days_between

LONGEST_WAIT: Final = timedelta(days=33)
"""Whatever the rule, it is due once within so long: a month, and two days for the clock and the zone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Monthly:
    """On that day of each month, 1 to 31."""

    day: int
    at: time


@dataclass(frozen=True, slots=True, kw_only=True)
class Weekly:
    """On that weekday; 0 is Monday."""

    weekday: int
    at: time


Rule = Monthly | Weekly

_OF: Final[dict[type, PeriodKind]] = {Monthly: PeriodKind.MONTH, Weekly: PeriodKind.WEEK}


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """Due at `at` (UTC), which is on `day` in the company's time zone."""

    at: datetime
    day: date


def due_between(rule: Rule, zone: ZoneInfo, after: datetime, until: datetime) -> Iterator[Due]:
    """What is due later than `after` and not later than `until`, the oldest first."""
    if until <= after:
        return
    first, last = after.astimezone(zone).date() - DAY, until.astimezone(zone).date() + DAY
    for day in days_between(first, last):
        if _falls_on(rule, day):
            at = datetime.combine(day, rule.at, zone).astimezone(UTC)
            if after < at <= until:
                yield Due(at=at, day=day)


def next_due(rule: Rule, zone: ZoneInfo, now: datetime) -> Due:
    """The first that is due after `now`."""
    return next(due_between(rule, zone, now, now + LONGEST_WAIT))


def period_kind(rule: Rule | None, kind: ReportKind) -> PeriodKind:
    """Of which kind of period the report is that comes by this rule (None: at a campaign's end): the month or week that
    is over, or everything up to that day. Raises `InputError` for a report that cannot come so."""
    if rule is None and kind.subject is not Subject.CAMPAIGN:
        raise InputError(f"The report {kind.name} is of no campaign, so it cannot come at a campaign's end.")
    wanted = PeriodKind.WHOLE if rule is None else _OF[type(rule)]
    if wanted in kind.periods:
        return wanted
    if PeriodKind.WHOLE in kind.periods:
        return PeriodKind.WHOLE
    raise InputError(f"The report {kind.name} is of a {kind.periods[0]}: let it come so.")


def period_of(rule: Rule | None, kind: ReportKind, day: date) -> Period:
    """Of which period the report is that is due on that day."""
    return latest(period_kind(rule, kind), day)


def _falls_on(rule: Rule, day: date) -> bool:
    if isinstance(rule, Weekly):
        return day.weekday() == rule.weekday
    return day.day == min(rule.day, monthrange(day.year, day.month)[1])
