"""Counting: the next events become facts and sums.

A batch of events, the facts that they make, the sums that those change and the number of the last event are one
transaction: whatever happens, each event counts once.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import tzinfo
from typing import Any, Final

import sqlalchemy as sa

from cti_api.kpi.business_hours import Promise
from cti_api.kpi.facts import Amounts, Fact, FactKind, Key, Place, Scope, by_month, differences, refuse_odd
from cti_api.kpi.fold import COUNTED, facts_of, keys_of
from cti_api.kpi.measures import Measure, Split
from cti_api.kpi.seats import MOVES, Stay, moved
from cti_api.kpi.spelling import Spellings
from cti_api.model.agents import AgentState
from cti_api.model.events import Event
from cti_api.store.in_bulk import InBulk
from cti_api.store.kpi_spelling import put_spellings, spellings_of
from cti_api.store.kpi_tables import kpi_facts, kpi_spans, kpi_sums
from cti_api.store.outbox import move_cursor, read_cursor, read_head, read_of

READER: Final = "kpi"
WANTED: Final = tuple(sorted(COUNTED | MOVES))
"""All other kinds are not even read."""

MISREAD: Final = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError)
"""What reading an event raises that is not as its kind should be: another version, or another hand, wrote it."""

log = logging.getLogger(__name__)

_FACT: Final = ("kind", "id", "at", "until", "day", "scope", "scope_id", "splits", "counts")
_PLACE: Final = ("span", "split", "first", "scope", "scope_id", "value")
_MEASURES: Final = tuple(measure.value for measure in Measure)
_COLUMN: Final = {measure: place for place, measure in enumerate(Measure)}


def _put_words(table: str, key: Sequence[str], names: Sequence[str], change: str) -> str:
    """Both engines have it in these words; SQLAlchemy has it in each engine's own only."""
    values = ", ".join(f":{name}" for name in names)
    changes = ", ".join(change.format(name) for name in names if name not in key)
    found = f"UPDATE SET {changes}" if changes else "NOTHING"
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({values}) ON CONFLICT ({', '.join(key)}) DO {found}"  # noqa: S608 - names of ours


_PUT: Final = InBulk(
    sa.text(_put_words("kpi_facts", ("kind", "id"), _FACT, "{0} = excluded.{0}")).bindparams(
        *(sa.bindparam(name, type_=kpi_facts.c[name].type) for name in ("at", "until", "day", "splits", "counts"))
    ),
    _FACT,
)
_ADD: Final = InBulk(
    sa.text(_put_words("kpi_sums", _PLACE, (*_PLACE, *_MEASURES), "{0} = kpi_sums.{0} + excluded.{0}")).bindparams(
        sa.bindparam("first", type_=sa.Date())
    ),
    (*_PLACE, *_MEASURES),
)
_DROP_NOTHING: Final = InBulk(
    sa.delete(kpi_sums).where(
        *(kpi_sums.c[name] == sa.bindparam(name) for name in _PLACE),
        *(kpi_sums.c[name] == sa.literal_column("0") for name in _MEASURES),
    ),
    _PLACE,
)
_SEE: Final = InBulk(sa.text(_put_words("kpi_seen", ("measure",), ("measure",), "")), ("measure",))
_FACTS: Final = sa.select(kpi_facts).where(
    kpi_facts.c.kind == sa.bindparam("kind"), kpi_facts.c.id.in_(sa.bindparam("ids", expanding=True))
)


def ingest(tx: sa.Connection, zone: tzinfo, most: int, promise: Promise) -> int | None:
    """Count the next `most` numbers that were not looked at yet; returns the last of them, None where there was none.
    `zone`: the company's; `promise`: within how long its cases are to be resolved."""
    after = read_cursor(tx, READER)
    until = min(after + most, read_head(tx))
    if until <= after:
        return None
    events = read_of(tx, WANTED, after, until)
    before = _known(tx, set(_keys(events)))
    spellings = spellings_of(tx, events, before.values())
    after_them, seen = _folded(events, before, promise, spellings)
    for fact in _seats(tx, events, zone):
        after_them[fact.key] = fact
        seen |= set(fact.counts)
    changed = {key: fact for key, fact in after_them.items() if before.get(key) is not fact}
    _put(tx, changed.values(), zone)
    _add(tx, differences(((before.get(key), fact) for key, fact in changed.items()), zone))
    _SEE.execute(tx, ((measure.value,) for measure in sorted(seen)))
    put_spellings(tx, spellings)
    move_cursor(tx, READER, until)
    return until


def _folded(
    events: Iterable[Event], before: Mapping[Key, Fact], promise: Promise, spellings: Spellings
) -> tuple[dict[Key, Fact], set[Measure]]:
    """What is known after these events, and the measures of which they told anything."""
    known, seen = dict(before), set[Measure]()
    for event in events:
        try:
            facts = facts_of(event, known, promise)
            for fact in facts:
                refuse_odd(fact)
        except MISREAD as error:
            _pass_by(event, error)
            continue
        for fact in map(spellings.of, facts):
            known[fact.key] = fact
            seen.update(measure for measure, amount in fact.counts.items() if amount)
    return known, seen


def _keys(events: Iterable[Event]) -> Iterator[Key]:
    for event in events:
        with suppress(*MISREAD):  # `_folded` will say so
            yield from keys_of(event)


def _pass_by(event: Event, error: Exception) -> None:
    """One that cannot be understood is said so and left: what comes after it is counted all the same."""
    told = {"seq": event.seq, "kind": event.kind.value, "reason": type(error).__name__}
    log.error("an event could not be counted", extra=told)


def _known(tx: sa.Connection, keys: Iterable[Key]) -> dict[Key, Fact]:
    by_kind: defaultdict[FactKind, list[str]] = defaultdict(list)
    for key in keys:
        by_kind[key.kind].append(key.id)
    rows = (row for kind, ids in by_kind.items() for row in tx.execute(_FACTS, {"kind": kind.value, "ids": ids}))
    return {fact.key: fact for fact in map(fact_of, rows)}


def _seats(tx: sa.Connection, events: Iterable[Event], zone: tzinfo) -> Iterator[Fact]:
    """The time that agents spent in the states that they left."""
    moves = [event for event in events if event.kind in MOVES]
    if not moves:
        return
    present = {stay.agent: stay for stay in stays(tx)}
    changed: dict[str, Stay] = {}
    for event in moves:
        try:
            others, facts = moved(present, event, zone)
        except MISREAD as error:
            _pass_by(event, error)
            continue
        yield from facts
        changed |= {stay.agent: stay for stay in others}
        present |= changed
    if not changed:
        return
    tx.execute(sa.delete(kpi_spans).where(kpi_spans.c.agent_id.in_(changed)))
    tx.execute(
        sa.insert(kpi_spans),
        [
            {"agent_id": stay.agent, "state": stay.state.value, "reason": stay.reason, "since": stay.since}
            for stay in changed.values()
        ],
    )


def stays(tx: sa.Connection) -> list[Stay]:
    """The state that each agent is in, as far as events were counted."""
    return [
        Stay(agent=row.agent_id, state=AgentState(row.state), since=row.since, reason=row.reason)
        for row in tx.execute(sa.select(kpi_spans))
    ]


def _put(tx: sa.Connection, facts: Iterable[Fact], zone: tzinfo) -> None:
    _PUT.execute(
        tx,
        (
            (
                fact.kind.value,
                fact.id,
                fact.at,
                fact.until,
                fact.at.astimezone(zone).date(),
                fact.scope.value,
                fact.of,
                {split.value: value for split, value in fact.splits.items() if value},
                # in one way, whether it was read from here or told
                {
                    measure.value: amount if amount % 1 else int(amount)
                    for measure, amount in fact.counts.items()
                    if amount
                },
            )
            for fact in facts
        ),
    )


def _add(tx: sa.Connection, days: Mapping[Place, Amounts]) -> None:
    # in one order: two writers never wait for each other
    changes = sorted({**days, **by_month(days)}.items())
    _ADD.execute(tx, ([*_named(place), *_in_columns(own)] for place, own in changes))
    _DROP_NOTHING.execute(tx, (_named(place) for place, own in changes if min(own.values()) < 0))


def _in_columns(own: Amounts) -> list[int]:
    """As `_MEASURES`."""
    row = [0] * len(_MEASURES)
    for measure, amount in own.items():
        row[_COLUMN[measure]] = amount
    return row


def _named(place: Place) -> tuple[Any, ...]:
    """As `_PLACE`."""
    return place.span.value, place.split, place.first, place.scope.value, place.of, place.value


def fact_of(row: sa.Row[Any]) -> Fact:
    return Fact(
        kind=FactKind(row.kind),
        id=row.id,
        at=row.at,
        until=row.until,
        scope=Scope(row.scope),
        of=row.scope_id,
        splits={Split(split): value for split, value in row.splits.items()},
        counts={Measure(measure): float(amount) for measure, amount in row.counts.items()},
    )
