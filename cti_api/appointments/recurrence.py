"""When a repeated event of an iCalendar feed happens within a stretch of days (RFC 5545, 3.3.10).

Day by day and counted, rather than by a library: dateutil looks for the first fitting day of a rule that no day fits
(30 February) until the year 9999, and a feed is a stranger's. What is not understood here is refused, never guessed:
a busy hour that is missed would be booked.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final

UNDERSTOOD: Final = frozenset({"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "BYMONTH", "WKST"})
DAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
MOST_DAYS: Final = 1_000_000
"""That are looked at for one feed, about two seconds: five thousand repeated events, each over half a year."""
OLDEST: Final = timedelta(days=20 * 366)
"""A counted rule is counted from its beginning; one that began earlier than this is refused."""


class NotUnderstood(Exception):
    """A rule that is not understood, or asks for too much; the text says why."""


@dataclass(slots=True)
class Budget:
    """How many days may still be looked at."""

    days: int = field(default=MOST_DAYS)

    def spend(self) -> None:
        self.days -= 1
        if self.days < 0:
            raise NotUnderstood("the feed's events repeat too often to be looked through")


def days_of(
    rule: Mapping[str, Sequence[Any]], first: date, window: tuple[date, date], budget: Budget
) -> Iterator[date]:
    """The days within the window (both included) on which an event that began on `first` happens."""
    parts = {str(name).upper(): list(found) for name, found in rule.items()}
    if unknown := sorted(set(parts) - UNDERSTOOD):
        raise NotUnderstood(f"it repeats by {unknown[0]}, which is not understood")
    freq = str(parts["FREQ"][0]).upper() if parts.get("FREQ") else ""
    if freq not in {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}:
        raise NotUnderstood(f"it repeats {freq.lower() or 'by no frequency'}, which is not understood")
    interval = int(parts.get("INTERVAL", [1])[0])
    count = int(parts["COUNT"][0]) if "COUNT" in parts else None
    until = _day(parts["UNTIL"][0]) if "UNTIL" in parts else window[1]
    if interval < 1 or (count is not None and count < 1):
        raise NotUnderstood("its INTERVAL or COUNT is below 1")
    if window[0] - first > OLDEST:
        raise NotUnderstood(f"it began more than {OLDEST.days // 366} years ago")
    day, last, seen = first, min(window[1], until), 0
    if count is None:
        day = max(first, window[0])
    while day <= last:
        budget.spend()
        if _fits(parts, freq, interval, first, day):
            seen += 1
            if count is not None and seen > count:
                return
            if day >= window[0]:
                yield day
        day += timedelta(days=1)


def _fits(parts: dict[str, list[Any]], freq: str, interval: int, first: date, day: date) -> bool:
    if "BYMONTH" in parts and day.month not in [int(each) for each in parts["BYMONTH"]]:
        return False
    if "BYMONTHDAY" in parts and not any(_is_month_day(day, int(each)) for each in parts["BYMONTHDAY"]):
        return False
    if "BYDAY" in parts and not any(_is_week_day(day, str(each).upper(), freq) for each in parts["BYDAY"]):
        return False
    free = not {"BYDAY", "BYMONTHDAY"} & parts.keys()
    match freq:
        case "DAILY":
            return (day - first).days % interval == 0
        case "WEEKLY":
            week = DAYS.index(str(parts.get("WKST", ["MO"])[0]).upper())
            weeks = (_week(day, week) - _week(first, week)).days // 7
            return weeks % interval == 0 and (not free or day.weekday() == first.weekday())
        case "MONTHLY":
            months = (day.year - first.year) * 12 + day.month - first.month
            return months % interval == 0 and (not free or day.day == first.day)
        case _:
            in_month = "BYMONTH" in parts or day.month == first.month
            return (day.year - first.year) % interval == 0 and in_month and (not free or day.day == first.day)


def _week(day: date, begins: int) -> date:
    return day - timedelta(days=(day.weekday() - begins) % 7)


def _is_month_day(day: date, wanted: int) -> bool:
    return day.day == wanted or (wanted < 0 and day.day == calendar.monthrange(day.year, day.month)[1] + wanted + 1)


def _is_week_day(day: date, wanted: str, freq: str) -> bool:
    """``MO``, or the nth of the month: ``2TU``, ``-1FR``."""
    if wanted[-2:] not in DAYS:
        raise NotUnderstood(f"{wanted} is no day of the week")
    if day.weekday() != DAYS.index(wanted[-2:]):
        return False
    if not wanted[:-2]:
        return True
    if freq != "MONTHLY":
        raise NotUnderstood("it repeats on the nth day of something else than a month, which is not understood")
    nth, length = int(wanted[:-2]), calendar.monthrange(day.year, day.month)[1]
    return nth == ((day.day - 1) // 7 + 1 if nth > 0 else -((length - day.day) // 7 + 1))


def _day(until: date | datetime) -> date:
    return until.date() if isinstance(until, datetime) else until
