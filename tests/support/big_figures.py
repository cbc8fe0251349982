"""A figures' store of many millions of calls: some weeks are counted as they are at any other time, and then lived
again and again, each time later, by SQLite itself.

What a later life adds is what `ingest` would have made of its events, row for row: days move by whole weeks in a zone
whose clocks never change, and ids, names of campaigns and dates in them move along. A test holds that against events
that were moved and counted.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Final

from cti_api.kpi.measures import Measure
from cti_api.model.events import Event
from cti_api.store.store import Store
from tests.support.counted_life import AGENTS, Life

ZONE: Final = timezone(timedelta(hours=-5))
"""Bogotá's."""
FIRST: Final = datetime(2023, 1, 2, 13, tzinfo=UTC)
"""A Monday's eight o'clock."""
SIX_LIVES: Final = 6
"""After so many, campaigns are others."""
AT_ONCE: Final = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Lives:
    """`days` of `calls` each, lived `times` times."""

    days: int
    calls: int
    times: int
    agents: int = AGENTS
    every_state: bool = False
    """Of agents; else most rows would be of their states."""

    @property
    def life(self) -> Life:
        return Life(
            first=FIRST, days=self.days, calls=self.calls, agents=self.agents, every_state=self.every_state, noise=False
        )

    @property
    def all_calls(self) -> int:
        return self.days * self.calls * self.times

    def moved(self, event: Event, nth: int) -> Event:
        """The same event in the nth life, counted from 0."""
        ago = timedelta(days=nth * self.days)
        moved = {
            name: (datetime.fromisoformat(value) + ago).isoformat() if name.endswith("_at") and value else value
            for name, value in event.payload.items()
        }
        for name in ("appointment_id", "invitation_id"):
            if name in moved:
                moved[name] += nth * 10_000_000
        for name in ("case_id", "contract_id"):
            if name in moved:
                moved[name] = f"{moved[name].removesuffix('0')}{nth}"
        if "sitting_id" in moved:
            moved["sitting_id"] = _later_id(moved["sitting_id"], nth)
        return replace(
            event,
            event_id=_later_id(event.event_id, nth),
            occurred_at=event.occurred_at + ago,
            campaign_id=event.campaign_id and f"{event.campaign_id}-{nth // SIX_LIVES}",
            lead_id=event.lead_id and event.lead_id + nth * 10_000_000,
            attempt_id=event.attempt_id and _later_attempt(event.attempt_id, nth, ago),
            call_id=event.call_id and (f"{event.call_id}.{nth}" if nth else event.call_id),
            payload=moved,
        )

    def events(self, nth: int) -> Iterator[Event]:
        return (self.moved(event, nth) for event in self.life.events())


def _later_id(text: str, nth: int) -> str:
    return f"{text[:28]}{nth:04x}"


def _later_attempt(text: str, nth: int, ago: timedelta) -> str:
    return f"{int(text[:8], 16) + int(ago.total_seconds()):08x}{text[8:28]}{nth:04x}"


async def count_first(store: Store, lives: Lives) -> None:
    """The first life, as it comes."""
    events = list(lives.events(0))
    for first in range(0, len(events), AT_ONCE):
        await store.outbox.append(*events[first : first + AT_ONCE])
    while await store.outbox.number(AT_ONCE):
        pass
    while await store.kpi.ingest(ZONE, AT_ONCE) is not None:
        pass


def live_on(file: Path, lives: Lives) -> None:
    """Adds the other lives to a store in which the first was counted; nobody else may have it open."""
    with sqlite3.connect(file, isolation_level=None) as database:
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-400000", "temp_store=FILE"):
            database.execute(f"PRAGMA {pragma}")
        indexes = database.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'kpi_facts' AND sql != ''"
        ).fetchall()
        for name, _ in indexes:
            database.execute(f"DROP INDEX {name}")
        database.execute("BEGIN")
        asked = {"times": lives.times, "days": lives.days}
        for statement in _STATEMENTS:
            database.execute(statement, asked)
        database.execute("COMMIT")
        for _, words in indexes:
            database.execute(words)
        database.execute("PRAGMA journal_mode=WAL")
    database.close()


def differing(one: Path, other: Path) -> dict[str, list[object]]:
    """What was counted in one file and not in the other: of each table the first few rows."""
    these, those = counted_rows(one), counted_rows(other)
    apart = {table: sorted(set(these[table]) ^ set(those[table]), key=str)[:6] for table in these}
    return {table: rows for table, rows in apart.items() if rows or len(these[table]) != len(those[table])}


def counted_rows(file: Path) -> dict[str, list[tuple[object, ...]]]:
    """Everything that was counted, in one order."""
    with sqlite3.connect(file) as database:
        return {table: sorted(database.execute(f"SELECT * FROM {table}")) for table in ("kpi_facts", "kpi_sums")}


_LATER: Final = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :times - 1)"
_OF: Final = (
    "CASE {scope} WHEN 'campaign' THEN substr(scope_id, 1, length(scope_id) - 1) || (n.i / 6) ELSE scope_id END"
)
"""Campaigns of the first life end in ``-0``."""
_SUMMED: Final = ", ".join(measure.value for measure in Measure)
_ADDED: Final = ", ".join(f"sum({measure.value})" for measure in Measure)
_STATEMENTS: Final = (
    f"""{_LATER} INSERT INTO kpi_facts (kind, id, at, until, day, scope, scope_id, splits, counts)
    SELECT kind,
           CASE kind
           WHEN 'call' THEN printf('%08x%s%04x', strftime('%s', substr(at, 1, 19)) + n.i * :days * 86400,
                substr(id, 9, 20), n.i)
           WHEN 'lead' THEN CAST(id + n.i * 10000000 AS TEXT)
           WHEN 'appointment' THEN CAST(id + n.i * 10000000 AS TEXT)
           WHEN 'caller' THEN id || '.' || n.i
           WHEN 'case' THEN substr(id, 1, length(id) - 1) || n.i
           WHEN 'contract' THEN substr(id, 1, length(id) - 1) || n.i
           WHEN 'import' THEN substr(id, 1, 28) || printf('%04x', n.i)
           WHEN 'sitting' THEN CASE WHEN id LIKE 'invitation %'
                THEN 'invitation ' || CAST(substr(id, 12) + n.i * 10000000 AS TEXT)
                ELSE substr(id, 1, 28) || printf('%04x', n.i) END
           WHEN 'seat' THEN substr(id, 1, instr(id, ' '))
                || date(substr(id, instr(id, ' ') + 1, 10), (n.i * :days) || ' days') || substr(id, instr(id, ' ') + 11)
           END,
           date(substr(at, 1, 10), (n.i * :days) || ' days') || substr(at, 11),
           date(substr(until, 1, 10), (n.i * :days) || ' days') || substr(until, 11),
           date(day, (n.i * :days) || ' days'), scope, {_OF.format(scope="scope")}, splits, counts
    FROM n, kpi_facts""",
    f"""{_LATER} INSERT INTO kpi_sums (span, split, first, scope, scope_id, value, {_SUMMED})
    SELECT span, split, date(first, (n.i * :days) || ' days'), scope, {_OF.format(scope="scope")}, value, {_SUMMED}
    FROM n, kpi_sums WHERE span = 'day'""",
    "DELETE FROM kpi_sums WHERE span = 'month'",
    f"""INSERT INTO kpi_sums (span, split, first, scope, scope_id, value, {_SUMMED})
    SELECT 'month', split, date(first, 'start of month') AS begins, scope, scope_id, value, {_ADDED}
    FROM kpi_sums WHERE span = 'day' GROUP BY split, begins, scope, scope_id, value""",
    "DELETE FROM kpi_sums WHERE {}".format(" AND ".join(f"{measure.value} = 0" for measure in Measure)),
)
