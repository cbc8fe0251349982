"""What is answered when a figure is asked for: its value, how sure it is, and what stands behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cti_api.kpi.formula import Counts, Spread
from cti_api.kpi.indicators import Indicator, Target
from cti_api.kpi.measures import Measure, Split, is_known
from cti_api.kpi.proportion import Interval


class Judged(StrEnum):
    """A value beside its target."""

    GOOD = "good"
    WATCH = "watch"
    BAD = "bad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The figure of one group."""

    group: str
    """Of what it is told apart by; empty: of all."""
    value: float | None
    """None: there is nothing to divide by in this time."""
    interval: Interval | None
    counts: dict[Measure, float]
    """What the formula was made of."""
    judged: Judged | None
    """None: there is no target, or no value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    indicator: Indicator
    by: Split | None
    target: Target | None
    figures: tuple[Told, ...]
    lacking: tuple[Measure, ...]
    """Measures of which no fact ever told: the indicator is not zero, it is not known."""
    best: str | None = None
    """Of an indicator with an interval: the group that can be relied on most, by the worse end of it. Another may have
    a better value, of which less is sure. None: there is no such one, or are two."""


LEAST_TO_JUDGE: Final = 20
"""Things that a group has to have before it is judged by its figure."""


def answer(
    indicator: Indicator,
    sums: Mapping[str, Counts],
    seen: frozenset[Measure],
    *,
    by: Split | None = None,
    target: Target | None = None,
) -> Answer:
    """`sums`: of each group, what its measures add up to; `seen`: measures of which there ever was a fact; `target`:
    the settings', before the indicator's own."""
    target = target or indicator.target
    formula = indicator.formula
    lacking = tuple(measure for measure in formula.measures if not is_known(measure, seen))
    groups = () if lacking else sorted(sums.items(), key=lambda each: _place(by, each[0]))
    told = tuple(_told(indicator, group, counts, target) for group, counts in groups)
    if not lacking and by is None and not told:
        told = (_told(indicator, "", {}, target),)
    return Answer(
        indicator=indicator, by=by, target=target, figures=told, lacking=lacking,
        best=_best(indicator, told) if by is not None else None,
    )  # fmt: skip


def _place(by: Split | None, group: str) -> tuple[int, str]:
    """By which groups are sorted: hours as numbers."""
    return (int(group), "") if by is Split.HOUR else (0, group)


def _told(indicator: Indicator, group: str, counts: Counts, target: Target | None) -> Told:
    formula = indicator.formula
    value = formula.value(counts)
    return Told(
        group=group,
        value=value,
        interval=formula.interval(counts),
        counts={measure: counts.get(measure, 0.0) for measure in formula.measures},
        judged=None if target is None or value is None else judged(value, target),
    )


def judged(value: float, target: Target) -> Judged:
    """A value beside its target."""
    sign = 1 if target.higher_is_better else -1
    if sign * value >= sign * target.good:
        return Judged.GOOD
    if target.low is not None and sign * value >= sign * target.low:
        return Judged.WATCH
    return Judged.BAD


def is_enough(indicator: Indicator, counts: Counts) -> bool:
    """Whether it is of so many things that it tells good from bad; a sum always is."""
    whole = indicator.formula.whole
    return not whole or sum(counts.get(measure, 0.0) for measure in whole) >= LEAST_TO_JUDGE


def _best(indicator: Indicator, told: tuple[Told, ...]) -> str | None:
    if indicator.formula.spread is Spread.NONE:
        return None
    high = indicator.higher_is_better
    surest = [
        (each.interval.low if high else -each.interval.high, each.group)
        for each in told
        if each.interval is not None and is_enough(indicator, each.counts)
    ]
    best = max(surest, default=None)
    if best is None or sum(each[0] == best[0] for each in surest) > 1:
        return None
    return best[1]
