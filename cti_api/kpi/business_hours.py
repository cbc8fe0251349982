"""The clock of an office: by when somebody has to act, and whether they did, where only hours of work count."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import holidays

from cti_api.model.surveys import OfficeHours
from cti_api.wall_clock import DAY, MIDNIGHT, instants_of

HORIZON_DAYS: Final = 400
"""How far office hours are added up; later than that nothing is due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """Within how long a case is to be resolved: of the settings, since figures count by it."""

    within_seconds: float = 24 * 3600.0
    """P5: in under 24 h."""
    office: OfficeHours | None = None
    """Only these hours count; None: all do."""
    timezone: str = "UTC"
    """IANA name of the clock that they are hours of."""

    def is_kept(self, opened_at: datetime, resolved_at: datetime) -> bool:
        """Whether it took less than was promised. Both instants aware."""
        return resolved_at < due_at(opened_at, self.within_seconds, self.office, self.timezone)


BY_THE_CLOCK: Final = Promise()
"""Where the settings say nothing."""


def due_at(now: datetime, seconds: float, office: OfficeHours | None, timezone: str) -> datetime:
    """`now` and so many seconds, of which only those in office hours count where there are any."""
    if office is None:
        return now + timedelta(seconds=seconds)
    zone, left = ZoneInfo(timezone), timedelta(seconds=seconds)
    day = now.astimezone(zone).date()
    for _ in range(HORIZON_DAYS):
        if day not in office.days_off and not _is_holiday(office.holidays, day):
            for begins, ends in _windows(office, day, zone):
                begins = max(begins, now)
                if begins >= ends:
                    continue
                if left <= ends - begins:
                    return begins + left
                left -= ends - begins
        day += DAY
    return now + timedelta(days=HORIZON_DAYS)


def _windows(office: OfficeHours, day: date, zone: ZoneInfo) -> list[tuple[datetime, datetime]]:
    """The day's windows as instants; an hour that comes twice counts twice."""
    return [
        (min(instants_of(day, start, zone)), max(instants_of(day + DAY if end == MIDNIGHT else day, end, zone)))
        for weekday, start, end in office.days
        if weekday == day.weekday()
    ]


def _is_holiday(country: str, day: date) -> bool:
    return bool(country) and day in _holidays(country, day.year)


@lru_cache(maxsize=64)
def _holidays(country: str, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays(country, years=year))
