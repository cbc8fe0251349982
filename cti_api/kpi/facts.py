"""Facts: one of each thing that is counted - a call, a caller, an appointment, a case -, as events tell of it.

A fact says what its thing adds to which measures, and what it may be told apart by. It is replaced whole when more is
learned of the thing; what it adds to the sums then is the difference. `ways` is the only place that says in which
sums a fact is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from enum import StrEnum
from typing import Final, NamedTuple

from cti_api.kpi.measures import Measure, Split


class FactKind(StrEnum):
    """Of what kind of thing."""

    CALL = "call"
    """A closed attempt; its id."""
    LEAD = "lead"
    """A lead's first call; the lead's id."""
    IMPORT = "import"
    """People who were brought in; the event's id."""
    CALLER = "caller"
    """Who called in; the call's id."""
    SEAT = "seat"
    """An agent's time in one state within one hour; agent, hour, state and reason."""
    APPOINTMENT = "appointment"
    SITTING = "sitting"
    """A survey that was held, or will not be any more; the sitting's or the invitation's id."""
    CASE = "case"
    CONTRACT = "contract"


class Scope(StrEnum):
    """To what a thing belongs before anything else."""

    CAMPAIGN = "campaign"
    QUEUE = "queue"
    SURVEY = "survey"
    NONE = ""


class Key(NamedTuple):
    """What a fact is known by."""

    kind: FactKind
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One thing, and what it counts for. Of a split that is empty it has none."""

    kind: FactKind
    id: str
    at: datetime
    """When it counts (`cti_api.kpi.measures`)."""
    until: datetime | None = None
    """When a case was resolved; None: it was not, or it is no case. Before `at` where somebody told it wrong."""
    scope: Scope = Scope.NONE
    of: str = ""
    """The campaign, queue or survey."""
    splits: Mapping[Split, str] = field(default_factory=dict)
    counts: Mapping[Measure, float] = field(default_factory=dict)

    @property
    def key(self) -> Key:
        return Key(self.kind, self.id)


Known = Mapping[Key, Fact]
"""What was made of the events so far, as far as it is looked at."""

LONGEST_VALUE: Final = 80
"""Of what a figure is told apart by, in characters: a pair of them fits into the sums' key."""


def value(said: str | None) -> str:
    """What an event says, as a value to tell figures apart by."""
    return (said or "")[:LONGEST_VALUE]


def instant(written: str | None, otherwise: datetime) -> datetime:
    """An instant of an event's payload, where it has it."""
    return otherwise if written is None else datetime.fromisoformat(written)


class Span(StrEnum):
    """How long one sum is of."""

    DAY = "day"
    MONTH = "month"
    """Of all its days: a question about years reads a few rows of each month."""


class Place(NamedTuple):
    """The sums of a day or a month, within a scope."""

    span: Span
    first: date
    """The day, or the first of the month."""
    scope: Scope
    of: str


Told = tuple[str, str]
"""The split by which the sums of a place are told apart, and the value of it; both are empty for the whole."""

Amounts = dict[Measure, int]
"""In thousandths, whole ones: whatever is added and taken away again, in whichever order, the sum is exact."""

Changes = dict[Place, dict[Told, Amounts]]
"""What sums change by."""

PARTS: Final = 1000
"""Of a second, a point, one."""

MOST: Final = 1e12
"""That one fact may add to a sum."""

YEARS: Final = range(1970, 9999)

BY_HOUR = "hour"
WHOLE = ""
"""The split of a sum that is not told apart."""
PAIRS: Final = ((Split.BRAND, Split.REASON),)
"""By which two at once the sums are told apart: each pair costs as many rows as it has values."""
BETWEEN: Final = "\x1f"
"""Stands between the two values of a pair."""


def pair(within: Split, by: Split) -> str:
    """The split of a pair's sums."""
    return f"{within},{by}"


def before_second(value: str) -> str:
    """How the value of a pair begins whose first one this is."""
    return f"{value.replace(BETWEEN, ' ')}{BETWEEN}"


def refuse_odd(fact: Fact) -> None:
    """Raise `ValueError` for a fact that no sum can take: of no instant, of something that is no text, of amounts
    beyond all measure. What events say is believed as far as that."""
    instants = (fact.at,) if fact.until is None else (fact.at, fact.until)
    if any(each.tzinfo is None or each.year not in YEARS for each in instants):
        raise ValueError("of no instant")
    if not all(type(each) is str for each in (fact.id, fact.of, *fact.splits.values())):
        raise ValueError("of what is no text")
    if not all(-MOST < amount < MOST for amount in fact.counts.values()):
        raise ValueError("beyond all measure")


def ways(fact: Fact, hour: int) -> list[Told]:
    """In which sums of its day it is: the whole, its hour, each of its splits, the pairs. `hour`: of the company."""
    splits = fact.splits
    told = [(WHOLE, ""), (BY_HOUR, str(hour)), *((split.value, value) for split, value in splits.items() if value)]
    told += [
        (pair(one, other), f"{before_second(splits[one])}{splits[other]}")
        for one, other in PAIRS
        if splits.get(one) and splits.get(other)
    ]
    return told


def amounts(fact: Fact) -> Amounts:
    """What it adds to each of them."""
    return {measure: round(amount * PARTS) for measure, amount in fact.counts.items() if amount}


def differences(changes: Iterable[tuple[Fact | None, Fact]], zone: tzinfo) -> Changes:
    """What the sums of days change by, where each first fact of a pair becomes the second (None: there was none).
    `zone`: the company's."""
    found: defaultdict[Place, dict[Told, Amounts]] = defaultdict(dict)
    for before, after in changes:
        for fact, sign in ((after, 1), (before, -1)):
            if fact is None:
                continue
            local = fact.at.astimezone(zone)
            own = {measure: sign * amount for measure, amount in amounts(fact).items()}
            sums = found[Place(Span.DAY, local.date(), fact.scope, fact.of)]
            for told in ways(fact, local.hour):
                _add(sums, told, own)
    return _without_nothing(found)


def by_month(days: Changes) -> Changes:
    """What the sums of months change by, where those of days change so."""
    found: defaultdict[Place, dict[Told, Amounts]] = defaultdict(dict)
    for place, changes in days.items():
        sums = found[place._replace(span=Span.MONTH, first=place.first.replace(day=1))]
        for told, own in changes.items():
            _add(sums, told, own)
    return _without_nothing(found)


def _add(sums: dict[Told, Amounts], told: Told, own: Amounts) -> None:
    if (so_far := sums.get(told)) is None:
        sums[told] = own.copy()
        return
    for measure, amount in own.items():
        so_far[measure] = so_far.get(measure, 0) + amount


def _without_nothing(found: Changes) -> Changes:
    left: Changes = {}
    for place, sums in found.items():
        changed = {told: own if all(own.values()) else _changed(own) for told, own in sums.items()}
        if there := {told: own for told, own in changed.items() if own}:
            left[place] = there
    return left


def _changed(own: Amounts) -> Amounts:
    return {measure: amount for measure, amount in own.items() if amount}
