"""A campaign's hours on the clock of its own time zone, over the days when that clock is put forward or back.

The rule is what a person sees on the wall: open means that the local time lies in a window. So a window that begins in
the hour skipped in spring opens when the clock jumps over its beginning, and a window inside the hour repeated in
autumn opens twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from cti_api.model.campaigns import CampaignHours, DailyHours

MIDNIGHT: Final = time(0, 0)
"""As the `end` of a window: midnight at the end of that day (the file writes ``24:00``)."""

HORIZON_DAYS: Final = 15
"""How far ahead an opening is looked for: a weekly window may fall into the hour skipped in spring, once."""

DAY: Final = timedelta(days=1)
SECOND: Final = timedelta(seconds=1)


def within(start: time, end: time, wall: time) -> bool:
    """Whether a local time lies in ``[start, end)``; an `end` of `MIDNIGHT` is the end of the day."""
    return start <= wall and (wall < end or end == MIDNIGHT)


def is_open(hours: CampaignHours, now: datetime) -> bool:
    """Whether the campaign may dial at the instant `now` (aware)."""
    local = now.astimezone(ZoneInfo(hours.timezone))
    wall = local.time()
    return any(day.weekday == local.weekday() and within(day.start, day.end, wall) for day in hours.days)


def stays_open(hours: CampaignHours, now: datetime, lasting: timedelta) -> bool:
    """Whether the campaign may dial at `now`, and still (or again) `lasting` later."""
    return is_open(hours, now) and is_open(hours, now + lasting)


def next_open(hours: CampaignHours, now: datetime, lasting: timedelta = timedelta(0)) -> datetime | None:
    """The first instant from `now` on at which the campaign is open, and open again (or still) `lasting` later.

    Returns an aware UTC instant, `now` itself when that fits; None when no such instant comes in `HORIZON_DAYS`.
    """
    now = now.astimezone(UTC)
    if stays_open(hours, now, lasting):
        return now
    # It can only begin to fit where a window begins or the clock is changed, for the instant or for `lasting` later.
    changes = list(_changes(hours, now, now + HORIZON_DAYS * DAY + lasting))
    beginnings = {change for change in changes if change > now} | {change - lasting for change in changes}
    return min((at for at in beginnings if at > now and stays_open(hours, at, lasting)), default=None)


def instants_of(day: date, wall: time, zone: ZoneInfo) -> set[datetime]:
    """The UTC instants at which that clock shows `wall` on `day`: one, two in autumn's repeated hour.

    For a time in spring's skipped hour they are what it would be with the clock of before and of after.
    """
    return {datetime.combine(day, wall, zone).replace(fold=fold).astimezone(UTC) for fold in (0, 1)}


def _changes(hours: CampaignHours, first: datetime, last: datetime) -> Iterator[datetime]:
    zone = ZoneInfo(hours.timezone)
    yield from _clock_changes(zone, first, last)
    for day in _days(first.astimezone(zone).date(), last.astimezone(zone).date()):
        for window in _windows_of(hours.days, day.weekday()):
            yield from instants_of(day, window.start, zone)


def _clock_changes(zone: ZoneInfo, first: datetime, last: datetime) -> Iterator[datetime]:
    """The instants at which the zone's distance from UTC changes, to the second."""
    days = int((last - first) / DAY) + 2
    for before, after in pairwise(first + n * DAY for n in range(days)):
        if _offset(zone, before) == _offset(zone, after):
            continue
        while after - before > SECOND:
            middle = before + max((after - before) / 2 // SECOND, 1) * SECOND
            if _offset(zone, middle) == _offset(zone, before):
                before = middle
            else:
                after = middle
        yield after.replace(microsecond=0)


def _offset(zone: ZoneInfo, instant: datetime) -> timedelta | None:
    return instant.astimezone(zone).utcoffset()


def _days(first: date, last: date) -> Iterator[date]:
    return (first + n * DAY for n in range((last - first).days + 1))


def _windows_of(days: Iterable[DailyHours], weekday: int) -> Iterator[DailyHours]:
    return (day for day in days if day.weekday == weekday)
