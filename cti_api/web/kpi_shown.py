"""Indicators and their answers as the API gives them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Final

from pydantic import BaseModel

from cti_api.figures import BEGINNING, OF_ALL, Figures, splits_of
from cti_api.kpi import written
from cti_api.kpi.answer import Answer, Judged, Told
from cti_api.kpi.facts import Fact, FactKind, Scope
from cti_api.kpi.formula import Unit
from cti_api.kpi.indicators import Indicator
from cti_api.kpi.measures import Measure, Split
from cti_api.kpi.words import JUDGED, MEASURES, Language

MOST_GROUPS: Final = 1_000
"""Of one figure, where they are no times; a list may bring thousands of brands that are none."""


class InWords(BaseModel):
    """The same in Spanish and English."""

    es: str
    en: str


class MeasureCard(BaseModel):
    id: Measure
    name: InWords


class TargetCard(BaseModel):
    """In the indicator's own unit: a share is 0 to 1, a time is in seconds."""

    good: float
    """From here on it is good."""
    low: float | None
    """Beyond it is bad, between the two it is to be watched; null: what is not good is bad."""
    said: InWords


class Span(BaseModel):
    """The end points of an interval of 95 %."""

    low: float
    high: float


class FigureOf(BaseModel):
    """The figure of one group."""

    group: str
    """Of what it is told apart by; empty: of all."""
    said: str
    """The group as people know it (Spanish)."""
    value: float | None
    """Null: there is nothing to divide by."""
    shown: str
    """The value as people write it (Spanish)."""
    interval: Span | None
    """In which everybody's lies; null where there is none of such a figure, or nothing to tell it by."""
    judged: Judged | None
    """Beside the target; null: there is none, or no value."""
    judged_said: str
    counts: dict[Measure, float]
    """What the formula was made of."""


class Answered(BaseModel):
    """What an indicator comes to."""

    first: date
    """Of everything from the beginning this is a day before it."""
    last: date
    by: Split | None
    figures: list[FigureOf]
    best: str | None
    """The group that can be relied on most, of those with 20 things and more: the worse end of its interval is better
    than theirs. Another may have a better value, of which less is sure."""
    left_out: int
    """Groups that are not shown: the smallest of more than a thousand. Hours, days and months are all shown."""
    lacking: list[Measure]
    """Of which no fact was ever told: the figure is not zero, it is not known."""
    lacking_said: str


class IndicatorCard(BaseModel):
    """An indicator and everything about it."""

    id: str
    name: InWords
    unit: Unit
    formula: InWords
    measures: list[MeasureCard]
    """What it is made of, as `counts` names them."""
    splits: list[Split]
    """By what it may be told apart."""
    source: InWords
    """Where the definition comes from."""
    procedure: str
    """Rows of the procedures that ask for it."""
    higher_is_better: bool
    from_beginning: bool
    """It is of everything up to the last day that is asked for, whenever the first is."""
    target: TargetCard | None
    answer: Answered | None
    """Null where nothing was asked about a time, or where it is not told apart in that way."""


class RowBehind(BaseModel):
    """One fact: a call, a caller, an appointment … No number or name is in it; by its id the thing can be opened."""

    kind: FactKind
    id: str
    """The attempt's, the caller's, the lead's …"""
    path: str | None
    """Where the API has the thing itself; null where it is nowhere else."""
    at: str
    """When it counts, in the company's time zone."""
    campaign: str | None
    queue: str | None
    survey: str | None
    splits: dict[Split, str]
    """What it may be told apart by."""
    counts: dict[Measure, float]
    """What it counts for, of what the indicator is made of."""


def card_of(
    wanted: Indicator,
    kept: Figures,
    first: date,
    last: date,
    answered: Answer | None,
    most: int | None = MOST_GROUPS,
) -> IndicatorCard:
    """`answered`: what it comes to from `first` to `last`; None: nothing was asked. `most` groups of it, but for times,
    are told; None: all."""
    target = kept.target(wanted) if answered is None else answered.target
    return IndicatorCard(
        id=wanted.id,
        name=InWords(es=wanted.name_es, en=wanted.name_en),
        unit=wanted.unit,
        formula=_in_words(lambda language: written.formula(wanted, language)),
        measures=[MeasureCard(id=each, name=_named(each)) for each in wanted.formula.measures],
        splits=sorted(splits_of(wanted)),
        source=InWords(es=wanted.source_es, en=wanted.source),
        procedure=wanted.procedure,
        higher_is_better=wanted.higher_is_better,
        from_beginning=wanted.from_beginning,
        target=None
        if target is None
        else TargetCard(
            good=target.good,
            low=target.low,
            said=_in_words(lambda language: written.target(target, wanted.unit, language)),
        ),
        answer=None if answered is None else _answered(answered, first, last, most),
    )


def _in_words(say: Callable[[Language], str]) -> InWords:
    return InWords(es=say(Language.ES), en=say(Language.EN))


def _named(measure: Measure) -> InWords:
    return InWords(es=MEASURES[measure].es, en=MEASURES[measure].en)


def _answered(answered: Answer, first: date, last: date, most: int | None) -> Answered:
    shown = answered.figures
    if most is not None and len(shown) > most and answered.by not in OF_ALL:
        largest = sorted(shown, key=lambda told: -sum(map(abs, told.counts.values())))[:most]
        kept = {told.group for told in largest}
        shown = tuple(told for told in shown if told.group in kept)
    return Answered(
        first=BEGINNING if answered.indicator.from_beginning else first,
        last=last,
        by=answered.by,
        figures=[_figure(told, answered) for told in shown],
        best=answered.best,
        left_out=len(answered.figures) - len(shown),
        lacking=list(answered.lacking),
        lacking_said=written.no_facts(answered.lacking) if answered.lacking else "",
    )


def _figure(told: Told, answered: Answer) -> FigureOf:
    return FigureOf(
        group=told.group,
        said=written.group(answered.by, told.group),
        value=told.value,
        shown=written.amount(told.value, answered.indicator.unit),
        interval=None if told.interval is None else Span(low=told.interval.low, high=told.interval.high),
        judged=told.judged,
        judged_said=JUDGED[told.judged].es if told.judged is not None else "",
        counts=told.counts,
    )


_PATHS: Final = {
    FactKind.CALL: "/api/v1/attempts/{id}",
    FactKind.LEAD: "/api/v1/leads/{id}",
    FactKind.APPOINTMENT: "/api/v1/appointments/{id}",
    FactKind.SITTING: "/api/v1/sittings/{id}",
}


def row_of(fact: Fact, wanted: Indicator, kept: Figures) -> RowBehind:
    """A fact behind an indicator."""
    # who was invited is known by the invitation, of which there may be several sittings
    path = None if " " in fact.id else _PATHS.get(fact.kind)
    return RowBehind(
        kind=fact.kind,
        id=fact.id,
        path=path.format(id=fact.id) if path is not None else None,
        at=fact.at.astimezone(kept.zone).isoformat(),
        campaign=fact.of if fact.scope is Scope.CAMPAIGN else None,
        queue=fact.of if fact.scope is Scope.QUEUE else None,
        survey=fact.of if fact.scope is Scope.SURVEY else None,
        splits=dict(fact.splits),
        counts={each: fact.counts[each] for each in wanted.formula.measures if fact.counts.get(each)},
    )
