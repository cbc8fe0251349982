"""Facts: one of each thing that is counted - a call, a caller, an appointment, a case -, as events tell of it.

A fact says what its thing adds to which measures, and what it may be told apart by. It is replaced whole when more is
learned of the thing; what it adds to the sums then is the difference. `shares` is the only place that says in which
sums a fact is.
"""

from __future__ import annotations

from collections import Counter
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
    """What somebody said, as a value to tell figures apart by."""
    return " ".join((said or "").split())[:LONGEST_VALUE]


def instant(written: str | None, otherwise: datetime) -> datetime:
    """An instant of an event's payload, where it has it."""
    return otherwise if written is None else datetime.fromisoformat(written)


class SumKey(NamedTuple):
    """One sum: of a measure, on a day, within a scope, told apart by one split; `value` of no split is empty."""

    day: date
    scope: Scope
    of: str
    split: str
    value: str
    measure: Measure


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


def shares(fact: Fact, zone: tzinfo) -> dict[SumKey, float]:
    """What it adds to each sum that it is in: the whole, each of its splits, the pairs, and the hour. `zone`: the
    company's."""
    local, splits = fact.at.astimezone(zone), fact.splits
    places = [(WHOLE, ""), (BY_HOUR, str(local.hour)), *((split.value, value) for split, value in splits.items())]
    places += [
        (pair(one, other), f"{splits[one]}{BETWEEN}{splits[other]}")
        for one, other in PAIRS
        if splits.get(one) and splits.get(other)
    ]
    return {
        SumKey(local.date(), fact.scope, fact.of, split, value, measure): amount
        for split, value in places
        if value or split == WHOLE
        for measure, amount in fact.counts.items()
        if amount
    }


def differences(changes: Iterable[tuple[Fact | None, Fact | None]], zone: tzinfo) -> dict[SumKey, float]:
    """What the sums change by, where each first fact of a pair becomes the second (None: there was, or is, none)."""
    found: Counter[SumKey] = Counter()
    for before, after in changes:
        if after is not None:
            found.update(shares(after, zone))
        if before is not None:
            found.subtract(shares(before, zone))
    return {key: amount for key, amount in found.items() if amount}
