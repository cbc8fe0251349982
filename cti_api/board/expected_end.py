"""When a campaign will be done, as far as today says.

The leads that are left, at the speed at which leads were done with in the last two hours of dialling, laid over the
hours in which the campaign may dial. Nothing finer is known: people who are called again another day make it later, and
so do the law's holidays; more agents make it sooner. Where too little was seen nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from cti_api.model.campaigns import CampaignHours

LOOKS_BACK: Final = timedelta(hours=2)
SAMPLES_APART: Final = timedelta(seconds=180)
"""Two samples further apart have a pause between them."""
SEEN_AT_LEAST: Final = timedelta(minutes=10)
DONE_AT_LEAST: Final = 10
"""Fewer leads say nothing: with ten, the speed is right within a third, two times in three (1/sqrt(10))."""
FURTHEST: Final = timedelta(days=60)


class NoEnd(StrEnum):
    """Why no end is expected."""

    NO_LIST = "no_list"
    """Its people come one by one."""
    STANDS = "stands"
    """It is not running."""
    TOO_EARLY = "too_early"
    NO_PROGRESS = "no_progress"
    TOO_FAR = "too_far"


@dataclass(frozen=True, slots=True)
class Sample:
    """How many leads were done with, while the campaign was running."""

    at: datetime
    done: int


def done_per_hour(samples: Iterable[Sample], now: datetime) -> float | None:
    """The speed that these samples, the earliest first, show; None: too little was seen."""
    recent = [each for each in samples if now - each.at <= LOOKS_BACK]
    steps = [(one, other) for one, other in pairwise(recent) if other.at - one.at <= SAMPLES_APART]
    took = sum((other.at - one.at for one, other in steps), timedelta())
    done = sum(max(other.done - one.done, 0) for one, other in steps)
    if took < SEEN_AT_LEAST:
        return None
    if 0 < done < DONE_AT_LEAST and took < LOOKS_BACK / 2:
        return None
    return done / (took / timedelta(hours=1))


def expected_end(left: int, per_hour: float | None, hours: CampaignHours, now: datetime) -> datetime | NoEnd:
    """The instant, or why there is none."""
    if per_hour is None:
        return NoEnd.TOO_EARLY
    if per_hour <= 0.0:
        return NoEnd.NO_PROGRESS
    wanted = timedelta(hours=left / per_hour) if left / per_hour < FURTHEST / timedelta(hours=1) else FURTHEST
    for begins, ends in _windows(hours, now):
        if ends - begins >= wanted:
            return begins + wanted
        wanted -= ends - begins
    return NoEnd.TOO_FAR


def _windows(hours: CampaignHours, now: datetime) -> Iterator[tuple[datetime, datetime]]:
    """When it may dial from `now` on, as far as anybody looks."""
    zone = ZoneInfo(hours.timezone)
    today = now.astimezone(zone).date()
    for ahead in range(FURTHEST.days + 1):
        day = today + timedelta(days=ahead)
        for each in sorted((w for w in hours.days if w.weekday == day.weekday()), key=lambda window: window.start):
            begins, ends = _at(day, each.start, zone), _at(day, each.end, zone)
            if each.end == time(0):
                ends = _at(day + timedelta(days=1), time(0), zone)
            if ends > now:
                yield max(begins, now), ends


def _at(day: date, hour: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, hour, zone).astimezone(UTC)
