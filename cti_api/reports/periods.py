"""The time that a report is of: whole days of the company's time zone, both ends included.

Written as ``2026-11`` (a month), ``2026-W48`` (a week, Monday to Sunday, ISO 8601), ``2026-11-01/2026-11-15`` (days).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from cti_api.errors import InputError
from cti_api.kpi.words import MONTHS
from cti_api.wall_clock import beginning_of

DAY: Final = timedelta(days=1)
FIRST_DAY: Final = date(2000, 1, 1)
"""Before anything that was ever counted."""
LONGEST_DAYS: Final = 3_700
"""Ten years: what is longer is a slip of the pen."""
WEEKDAYS: Final = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")

_MONTH: Final = re.compile(r"([0-9]{4})-([0-9]{2})")
_WEEK: Final = re.compile(r"([0-9]{4})-W([0-9]{2})")
_DAYS: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})/([0-9]{4}-[0-9]{2}-[0-9]{2})")


class PeriodKind(StrEnum):
    MONTH = "month"
    WEEK = "week"
    DAYS = "days"
    """From one day to another."""
    WHOLE = "whole"
    """Everything until the report is made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From `first` to `last`, both included, in the company's time zone. Of a month or week that is not over `last`
    is today."""

    kind: PeriodKind
    first: date
    last: date

    @property
    def words(self) -> str:
        """In Spanish, as a title ends with it."""
        match self.kind:
            case PeriodKind.MONTH:
                return f"{MONTHS[self.first.month - 1].es} de {self.first.year}{self.so_far}"
            case PeriodKind.WEEK:
                return f"semana del {_from_to(self.first, week_of(self.first).last)}{self.so_far}"
            case PeriodKind.DAYS if self.first == self.last:
                return day_words(self.first)
            case PeriodKind.DAYS:
                return f"del {_from_to(self.first, self.last)}"
            case PeriodKind.WHOLE:
                return f"hasta el {day_words(self.last)}"

    @property
    def so_far(self) -> str:
        """``, hasta el 26/11`` of a month or week that is not over; empty of any other time."""
        match self.kind:
            case PeriodKind.MONTH:
                whole = month_of(self.first)
            case PeriodKind.WEEK:
                whole = week_of(self.first)
            case _:
                return ""
        return f", hasta el {self.last:%d/%m}" if self.last < whole.last else ""

    def until(self, day: date) -> Period:
        """Without what is still to come after that day, which is not before the first."""
        return replace(self, last=min(self.last, day))

    @property
    def written(self) -> str:
        """As `read_period` takes it, and as it stands in a file's name."""
        match self.kind:
            case PeriodKind.MONTH:
                return f"{self.first:%Y-%m}"
            case PeriodKind.WEEK:
                year, week, _ = self.first.isocalendar()
                return f"{year}-W{week:02}"
            case PeriodKind.DAYS:
                return f"{self.first}/{self.last}"
            case PeriodKind.WHOLE:
                return ""

    @property
    def before(self) -> Period | None:
        """What it is compared with: the month or week before, of one that is not over up to the same day; as many days.
        None: it is of everything."""
        last = self.first - DAY
        match self.kind:
            case PeriodKind.MONTH | PeriodKind.WEEK:
                whole = month_of(last) if self.kind is PeriodKind.MONTH else week_of(last)
                return whole.until(whole.first + (self.last - self.first)) if self.so_far else whole
            case PeriodKind.DAYS:
                return replace(self, first=self.first - (self.last - self.first) - DAY, last=last)
            case PeriodKind.WHOLE:
                return None

    def days(self) -> tuple[date, ...]:
        """Each of them."""
        return tuple(self.first + n * DAY for n in range((self.last - self.first).days + 1))

    def bounds(self, zone: tzinfo) -> tuple[datetime, datetime]:
        """The UTC instants at which it begins, and at which it is over. `zone`: the company's, an IANA one."""
        assert isinstance(zone, ZoneInfo)
        return beginning_of(self.first, zone), beginning_of(self.last + DAY, zone)


def month_of(day: date) -> Period:
    """The month in which that day is."""
    first = day.replace(day=1)
    return Period(kind=PeriodKind.MONTH, first=first, last=months_after(first, 1) - DAY)


def week_of(day: date) -> Period:
    """Monday to Sunday around that day."""
    first = day - day.weekday() * DAY
    return Period(kind=PeriodKind.WEEK, first=first, last=first + 6 * DAY)


def days_from(first: date, last: date) -> Period:
    """Raises `InputError` where it ends before it begins, or is longer than `LONGEST_DAYS`."""
    if last < first:
        raise InputError(f"A report from {first} to {last} ends before it begins: give the earlier day first.")
    if (last - first).days >= LONGEST_DAYS:
        raise InputError(f"From {first} to {last} are more than ten years: give fewer days.")
    return Period(kind=PeriodKind.DAYS, first=first, last=last)


def whole_until(day: date) -> Period:
    """Everything until that day."""
    return Period(kind=PeriodKind.WHOLE, first=FIRST_DAY, last=day)


def latest(kind: PeriodKind, day: date) -> Period:
    """What a report of that day is of where nobody says: the last month or week that is over, today, everything."""
    match kind:
        case PeriodKind.MONTH:
            return month_of(day.replace(day=1) - DAY)
        case PeriodKind.WEEK:
            return week_of(day - 7 * DAY)
        case PeriodKind.DAYS:
            return days_from(day, day)
        case PeriodKind.WHOLE:
            return whole_until(day)


def read_period(text: str) -> Period:
    """A month, a week or days, as somebody wrote them. Raises `InputError` that says how they are written."""
    try:
        period = _read(text)
    except (ValueError, OverflowError):
        period = None  # of the right form, and no day of any calendar
    if period is None:
        raise InputError(
            f"{text[:40]!r} is no period: write a month (2026-11), a week (2026-W48) or days (2026-11-01/2026-11-15)."
        )
    if period.first < FIRST_DAY:
        raise InputError(f"{text} begins before {FIRST_DAY}, when nothing was counted: write a later period.")
    return period


def _read(text: str) -> Period | None:
    if found := _MONTH.fullmatch(text):
        return month_of(date(int(found[1]), int(found[2]), 1))
    if found := _WEEK.fullmatch(text):
        return week_of(date.fromisocalendar(int(found[1]), int(found[2]), 1))
    if found := _DAYS.fullmatch(text):
        return days_from(date.fromisoformat(found[1]), date.fromisoformat(found[2]))
    return None


def months_after(first: date, months: int) -> date:
    """The first day of the month so many months after (or, negative, before) the one that begins on `first`."""
    counted = first.year * 12 + first.month - 1 + months
    return date(counted // 12, counted % 12 + 1, 1)


def day_words(day: date) -> str:
    """``26 de noviembre de 2026``."""
    return f"{day.day} de {MONTHS[day.month - 1].es} de {day.year}"


def _from_to(first: date, last: date) -> str:
    """As short as it can be said."""
    if first.year != last.year:
        return f"{day_words(first)} al {day_words(last)}"
    if first.month != last.month:
        return f"{first.day} de {MONTHS[first.month - 1].es} al {day_words(last)}"
    return f"{first.day} al {day_words(last)}"
