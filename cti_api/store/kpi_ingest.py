"""Counting: the next events become facts and sums.

A batch of events, the facts that they make, the sums that those change and the number of the last event are one
transaction: whatever happens, each event counts once.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import tzinfo
from typing import Any, Final

import sqlalchemy as sa

from cti_api.kpi.business_hours import Promise
from cti_api.kpi.facts import Amounts, Changes, Fact, FactKind, Key, Scope, by_month, differences, refuse_odd
from cti_api.kpi.fold import COUNTED, facts_of, keys_of
from cti_api.kpi.measures import Measure, Split
from cti_api.kpi.seats import MOVES, Stay, moved
from cti_api.kpi.spelling import Spellings
from cti_api.model.agents import AgentState
from cti_api.model.events import Event
from cti_api.store.in_bulk import delete, insert
from cti_api.store.kpi_spelling import put_spellings, spellings_of
from cti_api.store.kpi_tables import kpi_facts, kpi_seen, kpi_spans, kpi_sums
from cti_api.store.outbox import move_cursor, read_cursor, read_head, read_of

READER: Final = "kpi"
WANTED: Final = tuple(sorted(COUNTED | MOVES))
"""All other kinds are not even read."""

MISREAD: Final = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError)
"""What reading an event raises that is not as its kind should be: another version, or another hand, wrote it."""

log = logging.getLogger(__name__)

_FACT: Final = ("kind", "id", "at", "until", "day", "scope", "scope_id", "splits", "counts")
_PLACE: Final = ("span", "first", "scope", "scope_id", "split", "value")
_MEASURES: Final = tuple(measure.value for measure in Measure)
_COLUMN: Final = {measure: place for place, measure in enumerate(Measure)}

_PUT: Final = insert(kpi_facts, ("kind", "id"), _FACT, "{0} = excluded.{0}")
_ADD: Final = insert(kpi_sums, _PLACE, (*_PLACE, *_MEASURES), "{0} = kpi_sums.{0} + excluded.{0}")
_DROP_NOTHING: Final = delete(kpi_sums, _PLACE, " AND ".join(f"{name} = 0" for name in _MEASURES))
_SEE: Final = insert(kpi_seen, ("measure",), ("measure",))
_FACTS: Final = sa.select(kpi_facts).where(
    kpi_facts.c.kind == sa.bindparam("kind"), kpi_facts.c.id.in_(sa.bindparam("ids", expanding=True))
)


def ingest(tx: sa.Connection, zone: tzinfo, most: int, promise: Promise) -> int | None:
    """Count the next `most` numbers that were not looked at yet; returns the last of them, None where there was none.
    `zone`: the company's; `promise`: within how long its cases are to be resolved."""
    if tx.dialect.name == "postgresql":
        # a plan that was made while there were no facts yet would read all of them for long
        tx.exec_driver_sql("SET LOCAL plan_cache_mode = force_custom_plan")
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
    asked = ({"kind": kind.value, "ids": _few_lengths(ids)} for kind, ids in by_kind.items())
    rows = (row for each in asked for row in tx.execute(_FACTS, each))
    return {fact.key: fact for fact in map(fact_of, rows)}


def _few_lengths(ids: list[str]) -> list[str]:
    """With the last one again and again, up to a power of two: a list of another length is another statement, which
    has to be read anew."""
    return ids + ids[-1:] * ((1 << (len(ids) - 1).bit_length()) - len(ids))


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
                {split: value for split, value in fact.splits.items() if value},
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


def _add(tx: sa.Connection, days: Changes) -> None:
    # in one order: two writers never wait for each other
    changes = [
        ((place.span.value, place.first, place.scope.value, place.of, *told), own)
        for place, sums in sorted({**days, **by_month(days)}.items())
        for told, own in sorted(sums.items())
    ]
    _ADD.execute(tx, ((*place, *_in_columns(own)) for place, own in changes))
    _DROP_NOTHING.execute(tx, (place for place, own in changes if min(own.values()) < 0))


def _in_columns(own: Amounts) -> list[int]:
    """As `_MEASURES`."""
    row = [0] * len(_MEASURES)
    for measure, amount in own.items():
        row[_COLUMN[measure]] = amount
    return row


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
