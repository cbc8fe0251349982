"""What may be set of the indicators."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator

from cti_api.kpi.indicators import INDICATORS, Target
from cti_api.setting_values import Section


class TargetSettings(Section):
    """What a figure is to reach, in the indicator's own unit: a share is 0 to 1, a time is in seconds."""

    good: float
    """From here on it is good."""
    low: float | None = None
    """Beyond it is bad; between the two it is to be watched."""


class KpiSettings(Section):
    """The company's own targets, before those that the procedures name."""

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

    @property
    def own_targets(self) -> dict[str, Target]:
        """As answers are judged by."""
        return {
            name: Target(good=each.good, low=each.low, higher_is_better=INDICATORS[name].higher_is_better)
            for name, each in self.targets.items()
        }
