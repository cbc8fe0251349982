"""The two figures of the abandonment promise, over the campaign's own window and over the longer times of the law.

Kept by day and by hour as the store keeps them (`cti_api.store.answer_days`), and never begun anew: a day or a window
that ends loses nothing of the next one, and what is read at the start is all that was ever closed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from cti_api.model.abandonment import NONE, ROLLING, Answers, hour_of
from cti_api.model.campaigns import CampaignSpec

LONGEST: Final = timedelta(days=366)
"""The longest time a rule of the law may look back (`cti_api.law.pack_file`)."""

LONGEST_ROLLING: Final = max(ROLLING.values())


@dataclass(slots=True)
class Tally:
    """What one campaign's answered calls came to."""

    spec: CampaignSpec
    """Replaced where the campaign gets another file: the same calls are counted by its promise then."""
    days: dict[date, Answers] = field(default_factory=dict)
    """By the campaign's own day on which the attempt began."""
    hours: dict[datetime, Answers] = field(default_factory=dict)
    """By the beginning of the hour in which it did."""

    def count(self, began: datetime, answers: Answers) -> None:
        """One call is over, or is to be counted otherwise than before (`answers` is the difference, then)."""
        day, hour = day_of(self.spec, began), hour_of(began)
        self.days[day] = self.days.get(day, NONE) + answers
        self.hours[hour] = self.hours.get(hour, NONE) + answers

    def began(self, now: datetime) -> datetime:
        """The beginning of the promise's window: the campaign's midnight, or as long ago as the window looks back."""
        back = ROLLING.get(self.spec.abandonment.window)
        if back is not None:
            return hour_of(now - back)
        midnight = datetime.combine(day_of(self.spec, now), time(), ZoneInfo(self.spec.hours.timezone))
        return midnight.astimezone(UTC)

    def in_window(self, now: datetime, under_way: Answers = NONE) -> tuple[int, int]:
        """Live answers and abandoned, as the promise counts them over its window; with calls that are not over yet."""
        if self.spec.abandonment.window not in ROLLING:
            return self._sum([self.days.get(day_of(self.spec, now), NONE)], under_way)
        began = self.began(now)
        self._forget(now)
        return self._sum((some for hour, some in self.hours.items() if hour >= began), under_way)

    def over(self, period: timedelta, now: datetime, under_way: Answers = NONE) -> tuple[int, int]:
        """Live answers and abandoned of that time, by whole days; with calls that are not over yet."""
        first = day_of(self.spec, now - period)
        return self._sum((some for day, some in self.days.items() if day >= first), under_way)

    def _sum(self, answers: Iterable[Answers], under_way: Answers) -> tuple[int, int]:
        return sum(answers, under_way).counted(self.spec.abandonment)

    def _forget(self, now: datetime) -> None:
        """Hours that no window looks back to: a dialer runs for months."""
        oldest = hour_of(now - LONGEST_ROLLING)
        for hour in [hour for hour in self.hours if hour < oldest]:
            del self.hours[hour]


def day_of(spec: CampaignSpec, at: datetime) -> date:
    """The campaign's own day."""
    return at.astimezone(ZoneInfo(spec.hours.timezone)).date()
