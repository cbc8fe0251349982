"""A formula over measures: one sum, or one sum over another. What is shown as the formula is what is computed."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from cti_api.kpi.measures import Measure
from cti_api.kpi.proportion import Interval, of_mean, wilson
from cti_api.kpi.surveys import nps_interval

Counts = Mapping[Measure, float]
"""What measures add up to; one that is missing is 0."""


class Unit(StrEnum):
    COUNT = "count"
    SHARE = "share"
    """0..1; shown as a percentage."""
    SECONDS = "seconds"
    POINTS = "points"
    """The net promoter score's, -100..100."""
    SCORE = "score"
    """On a question's own scale."""
    RATIO = "ratio"
    """So many of one for each of the other."""


class Spread(StrEnum):
    """How the 95 % interval of a figure is made (`cti_api.kpi.proportion`, `cti_api.kpi.surveys`)."""

    NONE = "none"
    WILSON = "wilson"
    """Of a share."""
    NPS = "nps"
    MEAN = "mean"
    """Of scores, by the sum of their squares."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Formula:
    """``times · (sum of part) / (sum of whole)``, each measure with its weight; without `whole` the sum alone."""

    part: Mapping[Measure, int]
    whole: Mapping[Measure, int] = field(default_factory=dict)
    times: int = 1
    spread: Spread = Spread.NONE
    squares: Measure | None = None
    """`Spread.MEAN`: of the scores whose sum is the part."""

    @property
    def measures(self) -> tuple[Measure, ...]:
        """Everything it is made of, each once."""
        squares = () if self.squares is None else (self.squares,)
        return tuple(dict.fromkeys((*self.part, *self.whole, *squares)))

    def value(self, counts: Counts) -> float | None:
        """None where it would divide by nothing."""
        part = _sum(self.part, counts)
        if not self.whole:
            return part
        whole = _sum(self.whole, counts)
        return self.times * part / whole if whole else None

    def interval(self, counts: Counts) -> Interval | None:
        """In which everybody's figure lies, with 95 %; None where there is none of it."""
        part, whole = _sum(self.part, counts), _sum(self.whole, counts)
        match self.spread:
            case Spread.WILSON:
                # A call that was given back and yet has a contact in its disposition makes more parts than a whole.
                return wilson(round(part), round(whole)) if 0 <= part <= whole else None
            case Spread.NPS:
                up, down = (round(counts.get(each, 0.0)) for each in self.part)
                return nps_interval(up, down, round(whole))
            case Spread.MEAN:
                assert self.squares is not None
                return of_mean(part, counts.get(self.squares, 0.0), round(whole), -math.inf, math.inf)
            case Spread.NONE:
                return None

    def words(self, name: Callable[[Measure], str]) -> str:
        """The formula as a person reads it; `name` says what a measure is called."""
        part = _words(self.part, name)
        if not self.whole:
            return part
        several = len(self.part) > 1
        written = f"({part})" if several else part
        whole = _words(self.whole, name)
        written += f" / ({whole})" if len(self.whole) > 1 else f" / {whole}"
        return written if self.times == 1 else f"{self.times} × {written}"


def _sum(weights: Mapping[Measure, int], counts: Counts) -> float:
    return math.fsum(weight * counts.get(measure, 0.0) for measure, weight in weights.items())


def _words(weights: Mapping[Measure, int], name: Callable[[Measure], str]) -> str:
    first, *others = weights.items()
    written = name(first[0]) if first[1] > 0 else f"−{name(first[0])}"
    for measure, weight in others:
        written += f" {'+' if weight > 0 else '−'} {name(measure)}"
    return written
