"""The simulated seconds on a wall clock: one shift a day, from the campaign's opening, the nights cut out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final, Self
from zoneinfo import ZoneInfo

from cti_api.errors import InputError
from cti_api.model.campaigns import CampaignHours

FIRST_DAY: Final = date(2026, 11, 30)
"""A Monday. Which one does not matter; that it is the same each time does."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """The shifts of a simulation: all of the same length, in order."""

    begins: tuple[datetime, ...]
    """Aware, UTC."""
    shift: float
    """Seconds."""

    @classmethod
    def of(cls, hours: CampaignHours, shift: float, days: int) -> Self:
        """The next `days` days on which the campaign is open, from `FIRST_DAY` on. Raises `InputError` where it never
        is."""
        zone = ZoneInfo(hours.timezone)
        opening = {
            weekday: min(each.start for each in hours.days if each.weekday == weekday)
            for weekday in {each.weekday for each in hours.days}
        }
        if not opening:
            raise InputError("The campaign has no hours, so there is no shift to simulate")
        begins: list[datetime] = []
        day = FIRST_DAY
        while len(begins) < days:
            if day.weekday() in opening:
                begins.append(datetime.combine(day, opening[day.weekday()], zone).astimezone(UTC))
            day += timedelta(days=1)
        return cls(tuple(begins), shift)

    @property
    def seconds(self) -> float:
        """Of all shifts."""
        return self.shift * len(self.begins)

    def at(self, now: float) -> datetime:
        """The instant of a simulated second."""
        nth = min(int(now // self.shift), len(self.begins) - 1)
        return self.begins[nth] + timedelta(seconds=now - nth * self.shift)

    def second(self, at: datetime) -> float | None:
        """The simulated second of an instant; of one at night the beginning of the next shift; None: after the last."""
        for nth, begins in enumerate(self.begins):
            passed = (at - begins).total_seconds()
            if passed < self.shift:
                return nth * self.shift + max(passed, 0.0)
        return None
