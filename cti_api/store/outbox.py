"""The outbox: what happened, written in the transaction in which it happened.

Rows are appended without a number. `Outbox.number` gives the numbers, as it reads them: 1, 2, 3 … without a gap, one
order per store. (A number taken at the insert would leave gaps where transactions fail, and on PostgreSQL would become
visible out of order.)
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import sqlalchemy as sa

from cti_api.model.events import Event, EventKind
from cti_api.store.database import Database, note_append
from cti_api.store.schema import outbox, outbox_head, outbox_readers

MOST_PER_READ: Final = 500

_COLUMNS: Final = [column for column in outbox.c if column is not outbox.c.id]

_INSERT: Final = sa.insert(outbox)
_LOCK_HEAD: Final = sa.select(outbox_head.c.seq).with_for_update()
_SET_HEAD: Final = sa.update(outbox_head).values(seq=sa.bindparam("to"))
_UNNUMBERED: Final = (
    sa.select(outbox).where(sa.text("outbox.seq IS NULL")).order_by(outbox.c.id).limit(sa.bindparam("most"))
)
_NUMBER: Final = sa.update(outbox).where(outbox.c.id == sa.bindparam("row")).values(seq=sa.bindparam("number"))
_SINCE: Final = (
    sa.select(*_COLUMNS).where(outbox.c.seq > sa.bindparam("after")).order_by(outbox.c.seq).limit(sa.bindparam("most"))
)
_OF: Final = (
    sa.select(*_COLUMNS)
    .where(
        outbox.c.seq > sa.bindparam("after"),
        outbox.c.seq <= sa.bindparam("until"),
        outbox.c.kind.in_(sa.bindparam("kinds", expanding=True)),
    )
    .order_by(outbox.c.seq)
)
_HEAD: Final = sa.select(outbox_head.c.seq)
_WAITING: Final = sa.select(sa.func.count()).select_from(outbox).where(sa.text("outbox.seq IS NULL"))
_CURSOR: Final = sa.select(outbox_readers.c.seq).where(outbox_readers.c.name == sa.bindparam("reader"))
_ADVANCE: Final = (
    sa.update(outbox_readers)
    .where(outbox_readers.c.name == sa.bindparam("reader"), outbox_readers.c.seq < sa.bindparam("to"))
    .values(seq=sa.bindparam("to"))
)


def append(tx: sa.Connection, events: Sequence[Event]) -> None:
    """Write these events with whatever else this transaction does. Their `seq` is not looked at."""
    if not events:
        return
    tx.execute(_INSERT, [_row(event) for event in events])
    note_append(tx)


class Outbox:
    """The store's events, in their order."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def append(self, *events: Event) -> None:
        """Events that come with no other change of the store."""
        await self._database.write(append, events)

    async def number(self, most: int = MOST_PER_READ) -> list[Event]:
        """Give the next numbers to rows that have none, and return those; empty when every row has its number.

        Safe to call from several processes: they wait for each other.
        """
        return await self._database.write(_number, most)

    async def wait_for_news(self, most_seconds: float) -> None:
        """Return when this process has appended something since the last call, or after `most_seconds`."""
        try:
            async with asyncio.timeout(most_seconds):
                await self._database.news.wait()
        except TimeoutError:
            return
        self._database.news.clear()

    async def since(self, seq: int, most: int = MOST_PER_READ) -> list[Event]:
        """Numbered events after `seq`, in order."""
        return await self._database.read(read_since, seq, most)

    async def head(self) -> int:
        """The last number given; 0 before the first."""
        return await self._database.read(read_head)

    async def unnumbered(self) -> int:
        """How many rows wait for their number."""
        return await self._database.read(lambda tx: tx.execute(_WAITING).scalar_one())

    async def cursor(self, reader: str) -> int:
        """The last number that this reader has dealt with; 0 for a new reader."""
        return await self._database.read(read_cursor, reader)

    async def join(self, reader: str) -> None:
        """A reader that is new begins with what happens from now on; one that is known stays where it was."""
        await self._database.write(_join, reader)

    async def advance(self, reader: str, seq: int) -> None:
        """Remember that this reader has dealt with everything up to `seq`. Never goes back."""
        await self._database.write(move_cursor, reader, seq)


def _number(tx: sa.Connection, most: int) -> list[Event]:
    head = tx.execute(_LOCK_HEAD).scalar_one()
    rows = tx.execute(_UNNUMBERED, {"most": most}).all()
    if not rows:
        return []
    tx.execute(_NUMBER, [{"row": row.id, "number": head + place} for place, row in enumerate(rows, start=1)])
    tx.execute(_SET_HEAD, {"to": head + len(rows)})
    return [replace(_event(row), seq=head + place) for place, row in enumerate(rows, start=1)]


def _join(tx: sa.Connection, reader: str) -> None:
    if tx.execute(_CURSOR, {"reader": reader}).scalar() is None:
        tx.execute(sa.insert(outbox_readers), {"name": reader, "seq": tx.execute(_HEAD).scalar_one()})


def read_since(tx: sa.Connection, seq: int, most: int = MOST_PER_READ) -> list[Event]:
    """Numbered events after `seq`, in order."""
    return [_event(row) for row in tx.execute(_SINCE, {"after": seq, "most": most})]


def read_of(tx: sa.Connection, kinds: Sequence[EventKind], after: int, until: int) -> list[Event]:
    """Events of these kinds with numbers after `after` up to `until`, in order. Of others nothing is read but that."""
    asked = {"after": after, "until": until, "kinds": [kind.value for kind in kinds]}
    return [_event(row) for row in tx.execute(_OF, asked)]


def read_head(tx: sa.Connection) -> int:
    """The last number given; 0 before the first."""
    return int(tx.execute(_HEAD).scalar_one())


def read_cursor(tx: sa.Connection, reader: str) -> int:
    """The last number that this reader has dealt with; 0 for a new reader."""
    return tx.execute(_CURSOR, {"reader": reader}).scalar() or 0


def move_cursor(tx: sa.Connection, reader: str, seq: int) -> None:
    """Remember that this reader has dealt with everything up to `seq`. Never goes back."""
    known = tx.execute(_CURSOR, {"reader": reader}).scalar()
    if known is None:
        tx.execute(sa.insert(outbox_readers), {"name": reader, "seq": seq})
    else:
        tx.execute(_ADVANCE, {"reader": reader, "to": seq})


def _row(event: Event) -> dict[str, Any]:
    return {
        "event_id": event.event_id,
        "kind": event.kind,
        "version": event.version,
        "occurred_at": event.occurred_at,
        "campaign_id": event.campaign_id,
        "lead_id": event.lead_id,
        "attempt_id": event.attempt_id,
        "call_id": event.call_id,
        "agent_id": event.agent_id,
        "payload": event.payload,
    }


def _event(row: sa.Row[Any]) -> Event:
    return Event(
        event_id=row.event_id,
        kind=EventKind(row.kind),
        occurred_at=row.occurred_at,
        seq=row.seq,
        version=row.version,
        campaign_id=row.campaign_id,
        lead_id=row.lead_id,
        attempt_id=row.attempt_id,
        call_id=row.call_id,
        agent_id=row.agent_id,
        payload=row.payload,
    )
