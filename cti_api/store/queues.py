"""Queues as they were handed in, and the calls that waited in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from cti_api.errors import NotFound
from cti_api.model.events import Event
from cti_api.model.ids import AgentId, InboundId, LeadId, QueueId
from cti_api.model.queues import GAVE_UP, InboundCall, InboundOutcome
from cti_api.store import outbox
from cti_api.store.columns import Instant
from cti_api.store.database import Database
from cti_api.store.paging import Mark, page
from cti_api.store.queue_tables import OPEN, inbound_calls, queues

MOST_CALLS: Final = 20_000
"""Calls read at once: a day of a large desk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredQueue:
    """A queue's file."""

    id: QueueId
    spec_text: str
    changed_at: datetime


_ALL: Final = sa.select(queues).order_by(queues.c.id)
_CALL: Final = sa.select(inbound_calls)
_ONE: Final = _CALL.where(inbound_calls.c.id == sa.bindparam("call"))
_OPEN: Final = _CALL.where(sa.text(OPEN)).order_by(inbound_calls.c.arrived_at, inbound_calls.c.id)
_FROM: Final = _CALL.where(
    inbound_calls.c.queue == sa.bindparam("queue"),
    inbound_calls.c.arrived_at >= sa.bindparam("since", type_=Instant()),
)
_SINCE: Final = _FROM.order_by(inbound_calls.c.arrived_at, inbound_calls.c.id).limit(MOST_CALLS)
_SPOKEN_WITH: Final = inbound_calls.alias("spoken_with")
_GAVE_UP: Final = _FROM.where(
    inbound_calls.c.outcome.in_(sorted(GAVE_UP)),
    ~sa.exists().where(
        _SPOKEN_WITH.c.ivr_call == inbound_calls.c.ivr_call,
        sa.or_(_SPOKEN_WITH.c.joined_at.is_not(None), _SPOKEN_WITH.c.call_back_at.is_not(None)),
    ),
)


class Queues:
    """Every queue, and every caller."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, queue_id: QueueId, spec_text: str, at: datetime, *events: Event) -> bool:
        """Make a queue, or give it another file. True: it is new."""
        return await self._database.write(_put, queue_id, spec_text, at, events)

    async def remove(self, queue_id: QueueId, *events: Event) -> None:
        """Take a queue away; its calls stay on record. Raises `NotFound`."""
        await self._database.write(_remove, queue_id, events)

    async def all(self) -> list[StoredQueue]:
        """Every queue, by name."""
        rows = await self._database.read(lambda tx: tx.execute(_ALL).all())
        return [StoredQueue(id=QueueId(row.id), spec_text=row.spec, changed_at=row.changed_at) for row in rows]

    async def write(self, call: InboundCall, *events: Event) -> None:
        """Put a call on record as it stands now, the first time or again."""
        await self._database.write(_write, call, events)

    async def call(self, call_id: InboundId) -> InboundCall:
        """Raises `NotFound`."""
        rows = await self._database.read(lambda tx: tx.execute(_ONE, {"call": call_id}).all())
        if not rows:
            raise NotFound(f"There is no call {call_id}.")
        return _call(rows[0])

    async def open_calls(self) -> list[InboundCall]:
        """Those that are not closed, the earliest first."""
        rows = await self._database.read(lambda tx: tx.execute(_OPEN).all())
        return list(map(_call, rows))

    async def calls_since(self, queue_id: QueueId, since: datetime) -> list[InboundCall]:
        """That arrived then or later and were in this queue last, the earliest first."""
        return await self._calls(_SINCE, queue_id, since)

    async def gave_up_since(
        self, queue_id: QueueId, since: datetime, after: Mark | None = None, most: int = MOST_CALLS
    ) -> list[InboundCall]:
        """Those of them whom nobody spoke with, in no other queue of the same call either. `after`: instant and id of
        the last one of a page."""
        order = (inbound_calls.c.arrived_at, inbound_calls.c.id)
        return await self._calls(page(_GAVE_UP, order, after, most), queue_id, since)

    async def _calls(self, statement: sa.Select[Any], queue_id: QueueId, since: datetime) -> list[InboundCall]:
        asked = {"queue": queue_id, "since": since}
        return list(map(_call, await self._database.read(lambda tx: tx.execute(statement, asked).all())))


def _put(tx: sa.Connection, queue_id: QueueId, spec_text: str, at: datetime, events: Sequence[Event]) -> bool:
    values = {"spec": spec_text, "changed_at": at}
    is_new = not tx.execute(sa.update(queues).where(queues.c.id == queue_id).values(values)).rowcount
    if is_new:
        tx.execute(sa.insert(queues).values(id=queue_id, **values))
    outbox.append(tx, events)
    return is_new


def _remove(tx: sa.Connection, queue_id: QueueId, events: Sequence[Event]) -> None:
    if not tx.execute(sa.delete(queues).where(queues.c.id == queue_id)).rowcount:
        raise NotFound(f"There is no queue {queue_id}: see `vocero queue list`.")
    outbox.append(tx, events)


def _write(tx: sa.Connection, call: InboundCall, events: Sequence[Event]) -> None:
    values = asdict(call)
    values["e164"] = values.pop("number")
    if not tx.execute(sa.update(inbound_calls).where(inbound_calls.c.id == call.id).values(values)).rowcount:
        tx.execute(sa.insert(inbound_calls).values(values))
    outbox.append(tx, events)


def _call(row: sa.Row[Any]) -> InboundCall:
    return InboundCall(
        id=InboundId(row.id),
        queue=QueueId(row.queue),
        number=row.e164,
        arrived_at=row.arrived_at,
        queued_at=row.queued_at,
        position=row.position,
        agent_id=AgentId(row.agent_id) if row.agent_id else None,
        joined_at=row.joined_at,
        ended_at=row.ended_at,
        call_back_at=row.call_back_at,
        closed_at=row.closed_at,
        outcome=InboundOutcome(row.outcome) if row.outcome else None,
        disposition=row.disposition,
        ivr_call=row.ivr_call,
        recording=row.recording or "",
        lead_id=LeadId(row.lead_id) if row.lead_id is not None else None,
        disposition_fields=row.disposition_fields,
    )
