"""The figures' store: facts and their sums, made of the outbox.

A batch of events, the facts that they make, the sums that those change and the number of the last event are one
transaction: whatever happens, each event counts once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, tzinfo
from typing import Any, Final

import sqlalchemy as sa

from cti_api.errors import InputError
from cti_api.kpi.business_hours import BY_THE_CLOCK, Promise
from cti_api.kpi.facts import BETWEEN, PAIRS, WHOLE, Fact, FactKind, Key, Scope, SumKey, differences, pair
from cti_api.kpi.fold import facts_of, keys_of, seat_facts
from cti_api.kpi.measures import Measure, Split
from cti_api.model.agents import AgentState
from cti_api.model.events import Event, EventKind
from cti_api.store.database import Database
from cti_api.store.kpi_tables import kpi_facts, kpi_spans, kpi_sums
from cti_api.store.outbox import MOST_PER_READ, move_cursor, read_cursor, read_since
from cti_api.store.schema import outbox_readers

READER: Final = "kpi"

_PUT: Final = sa.text(
    "INSERT INTO kpi_facts (kind, id, at, day, scope, scope_id, splits, counts)"
    " VALUES (:kind, :id, :at, :day, :scope, :scope_id, :splits, :counts)"
    " ON CONFLICT (kind, id) DO UPDATE SET at = excluded.at, day = excluded.day, scope = excluded.scope,"
    " scope_id = excluded.scope_id, splits = excluded.splits, counts = excluded.counts"
).bindparams(*(sa.bindparam(name, type_=kpi_facts.c[name].type) for name in ("at", "day", "splits", "counts")))
_ADD: Final = sa.text(
    "INSERT INTO kpi_sums (measure, split, scope, scope_id, day, value, amount)"
    " VALUES (:measure, :split, :scope, :scope_id, :day, :value, :amount)"
    " ON CONFLICT (measure, split, scope, scope_id, day, value)"
    " DO UPDATE SET amount = kpi_sums.amount + excluded.amount"
).bindparams(sa.bindparam("day", type_=sa.Date()))
"""Both engines have it in these words; SQLAlchemy has it in each engine's own only."""
_FACTS: Final = sa.select(kpi_facts).where(
    kpi_facts.c.kind == sa.bindparam("kind"), kpi_facts.c.id.in_(sa.bindparam("ids", expanding=True))
)
_SEEN: Final = sa.select(kpi_sums.c.measure).where(kpi_sums.c.split == WHOLE).distinct()
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
        return await self._database.write_lightly(_ingest, zone, most, promise)

    async def clear(self) -> None:
        """Forget everything that was counted: it is counted anew, from the first event on."""
        await self._database.write(_clear)

    async def seen(self) -> frozenset[Measure]:
        """Measures of which there ever was anything."""
        rows = await self._database.read(lambda tx: tx.execute(_SEEN).scalars().all())
        return frozenset(Measure(each) for each in rows)

    async def sums(self, asked: Asked) -> Sums:
        """What was asked for; what never happened is missing."""
        rows = await self._database.read(lambda tx: tx.execute(_query(asked)).all())
        found: defaultdict[str, dict[Measure, float]] = defaultdict(dict)
        for group, measure, amount in rows:
            own = found[_group(asked.by, group)]
            own[Measure(measure)] = own.get(Measure(measure), 0.0) + amount
        return dict(found)


def _query(asked: Asked) -> sa.Select[Any]:
    sums, by, where = kpi_sums.c, asked.by, asked.where
    group: sa.ColumnElement[Any]
    whole = WHOLE if where is None else where[0].value
    inside: list[sa.ColumnElement[bool]] = [
        sums.measure.in_([each.value for each in asked.measures]),
        sums.day.between(asked.first, asked.last),
    ]
    match by:
        case None:
            group, split = sa.literal(""), whole
        case Split.DAY | Split.MONTH:
            group, split = sums.day, whole
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
    columns = (group.label("told_by"), sums.measure)
    return sa.select(*columns, sa.func.sum(sums.amount)).where(*inside).group_by(*columns)


def _group(by: Split | None, value: Any) -> str:
    match by:
        case Split.DAY:
            return str(value)
        case Split.MONTH:
            return f"{value:%Y-%m}"
        case _:
            return str(value)


def _clear(tx: sa.Connection) -> None:
    for table in (kpi_facts, kpi_sums, kpi_spans):
        tx.execute(sa.delete(table))
    tx.execute(sa.delete(outbox_readers).where(outbox_readers.c.name == READER))


def _ingest(tx: sa.Connection, zone: tzinfo, most: int, promise: Promise) -> int | None:
    events = read_since(tx, read_cursor(tx, READER), most)
    if not events:
        return None
    before = _known(tx, {key for event in events for key in keys_of(event)})
    after = dict(before)
    for event in events:
        after.update((fact.key, fact) for fact in facts_of(event, after, promise))
    after.update((fact.key, fact) for fact in _seats(tx, events))
    changed = {key: fact for key, fact in after.items() if before.get(key) is not fact}
    _put(tx, changed.values(), zone)
    _add(tx, differences(((before.get(key), fact) for key, fact in changed.items()), zone))
    move_cursor(tx, READER, events[-1].seq or 0)
    return events[-1].seq


def _known(tx: sa.Connection, keys: Iterable[Key]) -> dict[Key, Fact]:
    by_kind: defaultdict[FactKind, list[str]] = defaultdict(list)
    for key in keys:
        by_kind[key.kind].append(key.id)
    rows = (row for kind, ids in by_kind.items() for row in tx.execute(_FACTS, {"kind": kind.value, "ids": ids}))
    return {fact.key: fact for fact in map(_fact, rows)}


def _seats(tx: sa.Connection, events: Iterable[Event]) -> Iterator[Fact]:
    """The time that agents spent in the states that they left."""
    moves = [event for event in events if event.kind is EventKind.AGENT_STATE]
    if not moves:
        return
    spans = {row.agent_id: row for row in tx.execute(sa.select(kpi_spans))}
    latest: dict[str, tuple[AgentState, str, Any]] = {
        agent: (AgentState(row.state), row.reason, row.since) for agent, row in spans.items()
    }
    for event in moves:
        agent = event.agent_id or ""
        if agent in latest:
            state, reason, since = latest[agent]
            yield from seat_facts(agent, state, reason, since, event.occurred_at)
        latest[agent] = AgentState(event.payload["state"]), event.payload.get("reason", ""), event.occurred_at
    moved = {event.agent_id or "" for event in moves}
    tx.execute(sa.delete(kpi_spans).where(kpi_spans.c.agent_id.in_(moved)))
    tx.execute(
        sa.insert(kpi_spans),
        [
            {"agent_id": agent, "state": state.value, "reason": reason, "since": since}
            for agent, (state, reason, since) in latest.items()
            if agent in moved
        ],
    )


def _put(tx: sa.Connection, facts: Iterable[Fact], zone: tzinfo) -> None:
    rows = [
        {
            "kind": fact.kind.value,
            "id": fact.id,
            "at": fact.at,
            "day": fact.at.astimezone(zone).date(),
            "scope": fact.scope.value,
            "scope_id": fact.of,
            "splits": {split.value: value for split, value in fact.splits.items() if value},
            "counts": {measure.value: amount for measure, amount in fact.counts.items() if amount},
        }
        for fact in facts
    ]
    if rows:
        tx.execute(_PUT, rows)


def _add(tx: sa.Connection, changes: Mapping[SumKey, float]) -> None:
    rows = [
        {
            "measure": key.measure.value,
            "split": key.split,
            "scope": key.scope.value,
            "scope_id": key.of,
            "day": key.day,
            "value": key.value,
            "amount": amount,
        }
        for key, amount in sorted(changes.items())  # in one order: two writers never wait for each other
    ]
    if rows:
        tx.execute(_ADD, rows)


def _fact(row: sa.Row[Any]) -> Fact:
    return Fact(
        kind=FactKind(row.kind),
        id=row.id,
        at=row.at,
        scope=Scope(row.scope),
        of=row.scope_id,
        splits={Split(split): value for split, value in row.splits.items()},
        counts={Measure(measure): float(amount) for measure, amount in row.counts.items()},
    )
