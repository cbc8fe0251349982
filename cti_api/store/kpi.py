"""The figures' store: what was counted, and what is asked of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from typing import Any, Final

import sqlalchemy as sa

from cti_api.errors import InputError
from cti_api.kpi.business_hours import BY_THE_CLOCK, Promise
from cti_api.kpi.facts import BETWEEN, PAIRS, PARTS, WHOLE, Scope, Span, pair
from cti_api.kpi.measures import Measure, Split
from cti_api.store.database import Database
from cti_api.store.kpi_ingest import clear, ingest
from cti_api.store.kpi_tables import kpi_seen, kpi_sums
from cti_api.store.outbox import MOST_PER_READ

_SEEN: Final = sa.select(kpi_seen.c.measure)
_OWN_SCOPE: Final = {Split.CAMPAIGN: Scope.CAMPAIGN, Split.QUEUE: Scope.QUEUE, Split.SURVEY: Scope.SURVEY}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which sums: of these measures, on days from `first` to `last`, both included."""

    measures: tuple[Measure, ...]
    first: date
    last: date
    by: Split | None = None
    """Told apart by it."""
    scope: Scope | None = None
    of: str = ""
    """Only this campaign's, queue's or survey's; with `scope`."""
    where: tuple[Split, str] | None = None
    """Only what has this value: of a brand, an agent … With `by` a split of its own only as `PAIRS` has it."""


Sums = dict[str, dict[Measure, float]]
"""By the value of what they are told apart by; of nothing: under ""."""


class Kpi:
    """Facts and sums."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def ingest(self, zone: tzinfo, most: int = MOST_PER_READ, promise: Promise = BY_THE_CLOCK) -> int | None:
        """Count the next events that are not counted yet, `most` at once; returns the number of the last one, None
        where there was none. `zone`: the company's; `promise`: what its settings say of cases. A power cut may lose the
        latest, which are then counted again."""
        return await self._database.write_lightly(ingest, zone, most, promise)

    async def clear(self) -> None:
        """Forget everything that was counted: it is counted anew, from the first event on."""
        await self._database.write(clear)

    async def seen(self) -> frozenset[Measure]:
        """Measures that a fact ever told of, be it nothing."""
        rows = await self._database.read(lambda tx: tx.execute(_SEEN).scalars().all())
        return frozenset(Measure(each) for each in rows)

    async def sums(self, asked: Asked) -> Sums:
        """What was asked for; what never happened is missing."""
        return await self._database.read(_sums, asked)


def _sums(tx: sa.Connection, asked: Asked) -> Sums:
    found: defaultdict[str, defaultdict[Measure, int]] = defaultdict(lambda: defaultdict(int))
    for span, first, last in stretches(asked.first, asked.last, whole_months=asked.by is not Split.DAY):
        for group, *amounts in tx.execute(_query(asked, span, first, last)):
            own = found[_group(asked.by, group)]
            for measure, amount in zip(asked.measures, amounts, strict=True):
                own[measure] += int(amount)
    told = {
        group: {measure: amount / PARTS for measure, amount in own.items() if amount} for group, own in found.items()
    }
    return {group: own for group, own in told.items() if own}


def stretches(first: date, last: date, *, whole_months: bool = True) -> Iterator[tuple[Span, date, date]]:
    """The days from `first` to `last` as months that are in it whole, and the days before and after them."""
    begins = first if first.day == 1 else _next_month(first)
    ends = _next_month(last) if (last + timedelta(days=1)).day == 1 else last.replace(day=1)
    if not whole_months or begins >= ends:
        yield Span.DAY, first, last
        return
    if first < begins:
        yield Span.DAY, first, begins - timedelta(days=1)
    yield Span.MONTH, begins, ends - timedelta(days=1)
    if ends <= last:
        yield Span.DAY, ends, last


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)


def _query(asked: Asked, span: Span, first: date, last: date) -> sa.Select[Any]:
    sums, by, where = kpi_sums.c, asked.by, asked.where
    group: sa.ColumnElement[Any]
    whole = WHOLE if where is None else where[0].value
    inside: list[sa.ColumnElement[bool]] = [sums.span == span.value, sums.first.between(first, last)]
    match by:
        case None:
            group, split = sa.literal(""), whole
        case Split.DAY | Split.MONTH:
            group, split = sums.first, whole
        case _ if (own := _OWN_SCOPE.get(by)) is not None:
            group, split = sums.scope_id, whole
            inside.append(sums.scope == own.value)
        case _ if where is None:
            group, split = sums.value, by.value
        case _ if (where[0], by) in PAIRS:
            before = f"{where[1]}{BETWEEN}"
            group, split = sa.func.substr(sums.value, len(before) + 1), pair(where[0], by)
            inside.append(sa.func.substr(sums.value, 1, len(before)) == before)
        case _:
            raise InputError(f"Figures of one {where[0]} are not told apart by {by}.")
    inside.append(sums.split == split)
    if where is not None and split == whole:
        inside.append(sums.value == where[1])
    if asked.scope is not None:
        inside += [sums.scope == asked.scope.value, sums.scope_id == asked.of]
    told = group.label("told_by")
    return sa.select(told, *(sa.func.sum(sums[each.value]) for each in asked.measures)).where(*inside).group_by(told)


def _group(by: Split | None, value: Any) -> str:
    match by:
        case Split.MONTH:
            return f"{value:%Y-%m}"
        case _:
            return str(value)
