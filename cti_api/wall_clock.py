"""The clock on the wall of a time zone, over the days when it is put forward or back.

What is open by the wall clock changes only where a window begins or ends, at midnight, or where the clock is changed.
So the next opening is found among few instants, and exactly, without walking through the day.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

MIDNIGHT: Final = time(0, 0)
"""As the `end` of a window: midnight at the end of that day (the file writes ``24:00``)."""

DAY: Final = timedelta(days=1)
SECOND: Final = timedelta(seconds=1)


def within(start: time, end: time, wall: time) -> bool:
    """Whether a local time lies in ``[start, end)``; an `end` of `MIDNIGHT` is the end of the day."""
    return start <= wall and (wall < end or end == MIDNIGHT)


def instants_of(day: date, wall: time, zone: ZoneInfo) -> set[datetime]:
    """The UTC instants at which that clock shows `wall` on `day`: one, two in autumn's repeated hour.

    For a time in spring's skipped hour they are what it would be with the clock of before and of after.
    """
    return {datetime.combine(day, wall, zone).replace(fold=fold).astimezone(UTC) for fold in (0, 1)}


def beginning_of(day: date, zone: ZoneInfo) -> datetime:
    """The first UTC instant of a local day; where the clock skips midnight, that of the jump."""
    possible = sorted(instants_of(day, MIDNIGHT, zone))
    return next((at for at in possible if at.astimezone(zone).date() >= day), possible[-1])


def clock_changes(zone: ZoneInfo, first: datetime, last: datetime) -> Iterator[datetime]:
    """The instants at which the zone's distance from UTC changes, to the second."""
    for year in range(first.astimezone(UTC).year, last.astimezone(UTC).year + 1):
        yield from (change for change in _changes_of(zone, year) if first <= change <= last)


def days_between(first: date, last: date) -> Iterator[date]:
    """Every day from `first` to `last`, both included."""
    return (first + n * DAY for n in range((last - first).days + 1))


def first_lasting(
    is_open: Callable[[datetime], bool], changes: Collection[datetime], now: datetime, lasting: timedelta
) -> datetime | None:
    """The first instant from `now` on that is open, and open again (or still) `lasting` later; None when there is none.

    `changes` are all instants at which something may open, from `now` to as far as is looked, and `lasting` beyond.
    """
    # It can only begin to fit where something opens, for the instant itself or for `lasting` later.
    possible = {now, *changes} | {change - lasting for change in changes}
    fitting = (at for at in sorted(possible) if at >= now and is_open(at) and is_open(at + lasting))
    return next(fitting, None)


@lru_cache(maxsize=512)
def _changes_of(zone: ZoneInfo, year: int) -> tuple[datetime, ...]:
    """The clock's changes in a year of UTC."""
    found = []
    for before, after in pairwise(datetime(year, 1, 1, tzinfo=UTC) + n * DAY for n in range(367)):
        if _offset(zone, before) == _offset(zone, after):
            continue
        while after - before > SECOND:
            middle = before + (after - before) / 2 // SECOND * SECOND
            if _offset(zone, middle) == _offset(zone, before):
                before = middle
            else:
                after = middle
        found.append(after)
    return tuple(found)


def _offset(zone: ZoneInfo, instant: datetime) -> timedelta | None:
    return instant.astimezone(zone).utcoffset()


def same_clock(one: str, other: str, year: int) -> bool:
    """Whether two zones' clocks (IANA names) show the same in the middle of each month of that year and the next, as
    Bogotá's and Lima's do."""
    days = [datetime(year + n // 12, n % 12 + 1, 15, tzinfo=UTC) for n in range(24)]
    return all(day.astimezone(ZoneInfo(one)).utcoffset() == day.astimezone(ZoneInfo(other)).utcoffset() for day in days)
