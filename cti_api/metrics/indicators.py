"""The indicators as Prometheus' series: what each is called, and which readings of them are shown. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from cti_api.kpi.answer import Answer
from cti_api.kpi.formula import Unit
from cti_api.kpi.indicators import INDICATORS, Indicator
from cti_api.kpi.measures import Split

PREFIX: Final = "vocero_kpi"

_SUFFIX: Final = {
    Unit.COUNT: "",
    Unit.SHARE: "_ratio",
    Unit.RATIO: "_ratio",
    Unit.SECONDS: "_seconds",
    Unit.POINTS: "_points",
    Unit.SCORE: "_score",
}

LABELS: Final = ("period", "scope", "name")
"""Of every indicator's series: of when, of what kind of thing, and of which of them (empty: of all together)."""

MOST_NAMES: Final = 50
"""Campaigns, queues and surveys each that are shown at the same time; who has more asks the API for the others."""


class Period(StrEnum):
    """Of when. Both end now, and begin with the day and the month of the company's time zone."""

    TODAY = "today"
    MONTH = "month"

    def first(self, today: date) -> date:
        """Its first day."""
        return today if self is Period.TODAY else today.replace(day=1)


class Shown(StrEnum):
    """For what an indicator's series are: everything together, or each campaign, queue or survey."""

    ALL = "all"
    CAMPAIGN = "campaign"
    QUEUE = "queue"
    SURVEY = "survey"

    @property
    def told_apart_by(self) -> Split | None:
        """What the figures are told apart by then."""
        return None if self is Shown.ALL else Split(self.value)

    @property
    def indicators(self) -> tuple[str, ...]:
        """Those that may be told apart so."""
        return tuple(
            name for name, each in INDICATORS.items() if self.told_apart_by is None or self.told_apart_by in each.splits
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One series and its value, in the indicator's own unit."""

    indicator: str
    period: Period
    shown: Shown
    name: str
    """Of the campaign, queue or survey; empty: of all."""
    value: float


def metric_name(indicator: Indicator) -> str:
    """What Prometheus knows it by; dashboards and rules ask by the same function."""
    return f"{PREFIX}_{indicator.id}{_SUFFIX[indicator.unit]}"


def readings(
    answers: Mapping[str, Answer], period: Period, shown: Shown, names: Iterable[str] = ()
) -> Iterator[Reading]:
    """Of the answers, what is shown; where there is no value there is no series, and no zero. `names`: the campaigns,
    queues or surveys that there are, those to be shown first in front."""
    kept = {""} if shown is Shown.ALL else set(_most(names))
    for name, answer in answers.items():
        for told in answer.figures:
            if told.value is not None and told.group in kept:
                yield Reading(indicator=name, period=period, shown=shown, name=told.group, value=told.value)


def _most(names: Iterable[str]) -> Sequence[str]:
    return list(dict.fromkeys(names))[:MOST_NAMES]
