"""What may be set of the indicators."""

from __future__ import annotations

from datetime import time
from itertools import pairwise
from typing import Annotated, Self

import holidays
from pydantic import Field, field_validator, model_validator

from cti_api.campaign_file.values import days, window_of_minutes
from cti_api.kpi.business_hours import Promise
from cti_api.kpi.indicators import INDICATORS, Target
from cti_api.model.surveys import OfficeHours
from cti_api.setting_values import Section
from cti_api.wall_clock import MIDNIGHT


class TargetSettings(Section):
    """What a figure is to reach, in the indicator's own unit: a share is 0 to 1, a time is in seconds."""

    good: float
    """From here on it is good."""
    low: float | None = None
    """Beyond it is bad; between the two it is to be watched."""


class BusinessHours(Section):
    """When the company works."""

    days: Annotated[dict[str, list[str]], Field(min_length=1, max_length=7)]
    """By weekday or from one to another (`mon-fri`): windows such as 08:00-12:00, on the company's clock."""
    holidays: str = ""
    """ISO 3166 country whose public holidays are days off; empty: none are."""

    @model_validator(mode="after")
    def _is_read(self) -> Self:
        windows = self.windows
        for (day, _, end), (other, start, _) in pairwise(windows):
            if day == other and (start < end or end == MIDNIGHT):
                raise ValueError(f"two windows of one day overlap at {start:%H:%M}")
        if not windows:
            raise ValueError("there is no window: without business hours leave `business_hours` out")
        if self.holidays and self.holidays not in holidays.list_supported_countries(include_aliases=False):
            raise ValueError(f"{self.holidays} is no country whose holidays are known; write one like CO")
        return self

    @property
    def windows(self) -> tuple[tuple[int, time, time], ...]:
        """Weekday, start and end of each, in order."""
        return tuple(
            sorted(
                (day, *window_of_minutes(window))
                for name, windows in self.days.items()
                for day in days(name)
                for window in windows
            )
        )


class KpiSettings(Section):
    """The company's own targets, before those that the procedures name, and by when its cases are to be resolved."""

    in_time_hours: Annotated[float, Field(gt=0, le=1000)] = 24.0
    """A case that took less was resolved in time."""
    business_hours: BusinessHours | None = None
    """Only these count then; without them, all do."""

    targets: Annotated[dict[str, TargetSettings], Field(max_length=100)] = Field(default_factory=dict)
    """By the indicator's id."""

    @field_validator("targets")
    @classmethod
    def _of_indicators(cls, targets: dict[str, TargetSettings]) -> dict[str, TargetSettings]:
        for name in targets:
            if name not in INDICATORS:
                raise ValueError(f"there is no indicator {name!r}; there are {', '.join(sorted(INDICATORS))}")
            mine, higher = targets[name], INDICATORS[name].higher_is_better
            if mine.low is not None and (mine.good - mine.low) * (1 if higher else -1) < 0:
                raise ValueError(f"{name}: `low` is better than `good`: it is what is bad beyond")
        return targets

    def promise(self, timezone: str) -> Promise:
        """As cases are counted by; `timezone`: the company's, an IANA name."""
        hours = self.business_hours
        return Promise(
            within_seconds=self.in_time_hours * 3600,
            office=OfficeHours(days=hours.windows, holidays=hours.holidays) if hours is not None else None,
            timezone=timezone,
        )

    @property
    def own_targets(self) -> dict[str, Target]:
        """As answers are judged by."""
        return {
            name: Target(good=each.good, low=each.low, higher_is_better=INDICATORS[name].higher_is_better)
            for name, each in self.targets.items()
        }
