"""The figures' store: what was counted, and what is asked of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta, tzinfo
from itertools import islice
from typing import Any, Final

import sqlalchemy as sa

from cti_api.errors import InputError
from cti_api.kpi.business_hours import BY_THE_CLOCK, Promise
from cti_api.kpi.facts import PAIRS, PARTS, WHOLE, Scope, Span, before_second, pair
from cti_api.kpi.measures import Measure, Split
from cti_api.kpi.seats import Stay
from cti_api.store.database import Database
from cti_api.store.kpi_ingest import ingest, stays
from cti_api.store.kpi_rebuild import Standing, begin, empty, is_ordered, order, standing
from cti_api.store.kpi_spelling import as_told
from cti_api.store.kpi_tables import kpi_seen, kpi_sums
from cti_api.store.outbox import MOST_PER_READ

_SEEN: Final = sa.select(kpi_seen.c.measure)
_OWN_SCOPE: Final = {Split.CAMPAIGN: Scope.CAMPAIGN, Split.QUEUE: Scope.QUEUE, Split.SURVEY: Scope.SURVEY}
_TIMES: Final = frozenset({Split.DAY, Split.MONTH})
_BESIDE: Final = _TIMES | {None, Split.SURVEY}
"""By these what is of one queue is told apart where the queue is but a split of it."""
AT_ONCE_ALONE: Final = 300
"""Calls that are written down meanwhile wait some 30 ms."""
AT_ONCE_BESIDE: Final = 1000
"""Nobody else writes these rows, and the transaction is over long before a write counts as one that hangs."""
DAYS_AT_ONCE: Final = 1000
"""In one statement: an engine takes no more than some tens of thousands of values."""


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

    @property
    def at_once(self) -> int:
        """How many events are best counted in one transaction: the more, the sooner all of them, and the longer who
        writes meanwhile may wait."""
        return AT_ONCE_ALONE if self._database.lone_writer else AT_ONCE_BESIDE

    async def ingest(self, zone: tzinfo, most: int = MOST_PER_READ, promise: Promise = BY_THE_CLOCK) -> int | None:
        """Count the next events that are not counted yet, `most` at once; returns the number of the last one, None
        where there was none. `zone`: the company's; `promise`: what its settings say of cases. A power cut may lose the
        latest, which are then counted again."""
        return await self._database.write_lightly(ingest, zone, most, promise)

    async def begin(self) -> None:
        """To be called before the first `ingest` of a process: where nothing is counted yet, figures are not told until
        all that there is now is."""
        await self._database.write_lightly(begin)

    async def rebuild(self) -> None:
        """Have everything counted anew, by whoever counts (`empty`, then `ingest`)."""
        await self._database.write(order)

    async def empty(self, most: int) -> bool:
        """Forget `most` rows where that was ordered; whether it was."""
        if not await self._database.read(is_ordered):
            return False
        await self._database.write_lightly(empty, most)
        return True

    async def standing(self) -> Standing:
        """How far counting has come."""
        return await self._database.read(standing)

    async def seen(self) -> frozenset[Measure]:
        """Measures of which there ever was anything."""
        rows = await self._database.read(lambda tx: tx.execute(_SEEN).scalars().all())
        return frozenset(Measure(each) for each in rows)

    async def sums(self, asked: Asked) -> Sums:
        """What was asked for; what never happened is missing."""
        return await self._database.read(_sums, asked)

    async def sums_and_stays(self, asked: Asked) -> tuple[Sums, list[Stay]]:
        """The same, with the states that agents are in and that no sum has yet: both of one moment."""
        return await self._database.read(lambda tx: (_sums(tx, asked), stays(tx)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cut:
    """Rows that are asked for: of this split, inside of what, in which groups."""

    split: str
    group: sa.ColumnElement[Any]
    inside: tuple[sa.ColumnElement[bool], ...] = ()
    value: str | None = None
    """Of this one alone: each day of it is looked up, as the days of years have many rows of others."""


def _sums(tx: sa.Connection, asked: Asked) -> Sums:
    found: defaultdict[str, defaultdict[Measure, int]] = defaultdict(lambda: defaultdict(int))
    if asked.where is not None:
        split, name = asked.where
        asked = replace(asked, where=(split, as_told(tx, split, name)))
    cuts = list(_cuts(asked))
    for span, first, last in stretches(asked.first, asked.last, whole_months=asked.by is not Split.DAY):
        for cut in cuts:
            for group, *amounts in _rows(tx, asked.measures, cut, span, first, last):
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


def _cuts(asked: Asked) -> Iterator[_Cut]:
    """What a thing belongs to - a queue, say - is the scope of some facts and a split of others: both are looked up."""
    by, where = asked.by, asked.where
    if where is not None and where[0] in _TIMES:
        raise InputError(f"Of one {where[0]} the figures are asked for by its first and its last day.")
    scope, of = asked.scope, asked.of
    if scope is None and where is not None and (own := _OWN_SCOPE.get(where[0])) is not None:
        scope, of, where = own, where[1], None
    within = () if scope is None else (kpi_sums.c.scope == scope.value, kpi_sums.c.scope_id == of)
    yield from _apart(by, where, within)
    if scope is not None and scope is not Scope.NONE and where is None and by in _BESIDE:
        yield from _apart(by, (Split(scope.value), of), ())


def _apart(
    by: Split | None, where: tuple[Split, str] | None, within: tuple[sa.ColumnElement[bool], ...]
) -> Iterator[_Cut]:
    sums = kpi_sums.c
    split, value = (WHOLE, "") if where is None else (where[0].value, where[1])
    if by is None:
        yield _Cut(split=split, group=sa.literal(""), inside=within, value=value)
    elif by in _TIMES:
        yield _Cut(split=split, group=sums.first, inside=within, value=value)
    elif (own := _OWN_SCOPE.get(by)) is not None:
        yield _Cut(split=split, group=sums.scope_id, inside=(*within, sums.scope == own.value), value=value)
        if where is None:
            yield _Cut(split=by.value, group=sums.value, inside=within)
    elif where is None:
        yield _Cut(split=by.value, group=sums.value, inside=within)
    elif (where[0], by) in PAIRS:
        before = before_second(where[1])
        of_it = sa.func.substr(sums.value, 1, len(before)) == before
        group = sa.func.substr(sums.value, len(before) + 1)
        yield _Cut(split=pair(where[0], by), group=group, inside=(*within, of_it))
    else:
        raise InputError(f"Figures of one {where[0]} are not told apart by {by}.")


def _rows(
    tx: sa.Connection, measures: Iterable[Measure], cut: _Cut, span: Span, first: date, last: date
) -> Iterator[Sequence[Any]]:
    sums, told = kpi_sums.c, cut.group.label("told_by")
    own = sa.and_(sums.span == span.value, sums.split == cut.split)
    amounts = (sa.func.sum(sums[each.value]) for each in measures)
    asked = sa.select(told, *amounts).where(own, *cut.inside).group_by(told)
    if cut.value is None:
        yield from tx.execute(asked.where(sums.first.between(first, last)))
        return
    ends = (sa.select(end(sums.first)).where(own).scalar_subquery() for end in (sa.func.min, sa.func.max))
    begins, ends_at = tx.execute(sa.select(*ends)).one()
    if begins is None:
        return
    coming = _firsts(span, max(first, begins), min(last, ends_at))
    while days := list(islice(coming, DAYS_AT_ONCE)):
        yield from tx.execute(asked.where(sums.first.in_(days), sums.value == cut.value))


def _firsts(span: Span, first: date, last: date) -> Iterator[date]:
    """The days, or the first days of the months."""
    while first <= last:
        yield first
        first = _next_month(first) if span is Span.MONTH else first + timedelta(days=1)


def _group(by: Split | None, value: Any) -> str:
    match by:
        case Split.MONTH:
            return f"{value:%Y-%m}"
        case _:
            return str(value)
