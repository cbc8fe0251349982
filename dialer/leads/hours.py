"""A campaign's hours on the clock of its own time zone, over the days when that clock is put forward or back.

The rule is what a person sees on the wall: open means that the local time lies in a window. So a window that begins in
the hour skipped in spring opens when the clock jumps over its beginning, and a window inside the hour repeated in
autumn opens twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from cti_api.model.campaigns import LAST_CALL_SECONDS, CampaignHours, CampaignSpec, DailyHours
from cti_api.wall_clock import DAY, clock_changes, days_between, first_lasting, instants_of, within

HORIZON_DAYS: Final = 15
"""How far ahead an opening is looked for: a weekly window may fall into the hour skipped in spring, once."""


def closing_margin(spec: CampaignSpec) -> timedelta:
    """How long before the end of its hours the campaign's last call may start."""
    return timedelta(seconds=spec.ring_seconds + LAST_CALL_SECONDS)


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
    changes = list(_changes(hours, now, now + HORIZON_DAYS * DAY + lasting))
    return first_lasting(partial(is_open, hours), changes, now, lasting)


def _changes(hours: CampaignHours, first: datetime, last: datetime) -> Iterator[datetime]:
    zone = ZoneInfo(hours.timezone)
    yield from clock_changes(zone, first, last)
    for day in days_between(first.astimezone(zone).date(), last.astimezone(zone).date()):
        for window in _windows_of(hours.days, day.weekday()):
            yield from instants_of(day, window.start, zone)


def _windows_of(days: Iterable[DailyHours], weekday: int) -> Iterator[DailyHours]:
    return (day for day in days if day.weekday == weekday)
