"""Calls that a tree led: each node they left, what callers said as sound, and the tickets that came of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from cti_api.errors import NotFound
from cti_api.model.events import Event, EventKind
from cti_api.model.front_desk import LedCall, LedEnding, NewTicket, NodeLeft, SaidRecording
from cti_api.model.ids import new_event_id
from cti_api.model.messages import storable_text
from cti_api.model.surveys import TranscriptState
from cti_api.store import outbox
from cti_api.store.columns import Instant
from cti_api.store.database import Database
from cti_api.store.front_desk_tables import TO_WRITE_OUT, ivr_calls, ivr_passed, ivr_recordings, tickets
from cti_api.store.paging import Mark, page

LONGEST_TRANSCRIPT: Final = 4000
"""Characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTicket:
    id: int
    """Its number, as it was told."""
    call_id: str
    kind: str
    number: str
    values: dict[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCall:
    """A call that a tree leads, or led."""

    call: LedCall
    node: str
    """Where it is, or was last."""
    ended_at: datetime | None
    ending: LedEnding | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unwritten:
    """A recording that is to be written out."""

    call_id: str
    name: str
    recording: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DropOff:
    """How many calls went which way through a tree in its versions, and where they ended."""

    calls: int
    ways: Counter[tuple[str, str, str]]
    """Tree, node and way (empty: the call ended there by us) → calls."""
    hung_up: Counter[str]
    """Node at which callers left → calls."""
    handed_over: Counter[str]
    """Node from which callers went to people, and did not come back → calls."""


_CALL: Final = ivr_calls.c.id == sa.bindparam("call")
_PLACE: Final = sa.select(sa.func.max(ivr_passed.c.place)).where(ivr_passed.c.call_id == sa.bindparam("call"))
_TICKETS: Final = sa.select(tickets).where(tickets.c.call_id == sa.bindparam("call")).order_by(tickets.c.id)
_ONE: Final = sa.select(ivr_calls).where(_CALL)
_LATEST: Final = sa.select(ivr_calls)
_PASSED: Final = sa.select(ivr_passed).where(ivr_passed.c.call_id == sa.bindparam("call")).order_by(ivr_passed.c.place)
_UNWRITTEN: Final = (
    sa.select(ivr_recordings).where(sa.text(TO_WRITE_OUT)).order_by(ivr_recordings.c.at).limit(sa.bindparam("most"))
)
_BETWEEN: Final = (
    ivr_calls.c.tree == sa.bindparam("tree"),
    ivr_calls.c.began_at >= sa.bindparam("since", type_=Instant()),
    ivr_calls.c.began_at < sa.bindparam("until", type_=Instant()),
)
_CALLS: Final = (
    sa.select(ivr_calls.c.node, ivr_calls.c.ending, sa.func.count())
    .where(*_BETWEEN)
    .group_by(ivr_calls.c.node, ivr_calls.c.ending)
)
_WAYS: Final = (
    sa.select(ivr_passed.c.tree, ivr_passed.c.node, ivr_passed.c.way, sa.func.count())
    .join_from(ivr_passed, ivr_calls, ivr_passed.c.call_id == ivr_calls.c.id)
    .where(*_BETWEEN)
    .group_by(ivr_passed.c.tree, ivr_passed.c.node, ivr_passed.c.way)
)


class FrontDesk:
    """What trees did with callers. How far a call has come is written at each of its steps, sixty calls at once: nobody
    waits for the disk over it. What callers leave (tickets, recordings) is on disk when they are told so."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, call: LedCall) -> None:
        """A tree leads this call from now on; told again, nothing changes."""
        await self._database.write_lightly(_begin, call)

    async def passed(self, call_id: str, left: Sequence[NodeLeft], node: str, at: datetime) -> None:
        """The call left these nodes, in that order, and is at `node`; one that was handed over came back."""
        await self._database.write_lightly(_pass, call_id, left, node, at)

    async def end(self, call_id: str, ending: LedEnding, at: datetime) -> None:
        """The call is over, and the outbox has it; the first end that is told counts."""
        await self._database.write_lightly(_end, call_id, ending, at)

    async def settle(self, at: datetime) -> int:
        """End those that nobody leads any more, as after a crash; how many there were."""
        return await self._database.write(_settle, at)

    async def open_ticket(self, ticket: NewTicket, at: datetime, *events: Event) -> int:
        """Write a ticket; its number."""
        return await self._database.write(_open_ticket, ticket, at, events)

    async def call(self, call_id: str) -> StoredCall:
        """Raises `NotFound`."""
        row = await self._database.read(lambda tx: tx.execute(_ONE, {"call": call_id}).one_or_none())
        if row is None:
            raise NotFound(f"There is no call {call_id}.")
        return _stored(row)

    async def tickets(self, kind: str | None = None, most: int = 200, after: Mark | None = None) -> list[StoredTicket]:
        """The newest first; of one kind, or of all. `after`: the id of the last one of a page."""
        asked = page(sa.select(tickets), (tickets.c.id,), after, most, newest_first=True)
        if kind is not None:
            asked = asked.where(tickets.c.kind == kind)
        return list(map(_ticket, await self._database.read(lambda tx: tx.execute(asked).all())))

    async def tickets_of(self, call_id: str) -> list[StoredTicket]:
        """In the order in which they were written."""
        rows = await self._database.read(lambda tx: tx.execute(_TICKETS, {"call": call_id}).all())
        return list(map(_ticket, rows))

    async def latest(self, most: int = 50, after: Mark | None = None) -> list[StoredCall]:
        """The calls that began last, the latest first. `after`: instant and id of the last one of a page."""
        asked = page(_LATEST, (ivr_calls.c.began_at, ivr_calls.c.id), after, most, newest_first=True)
        rows = await self._database.read(lambda tx: tx.execute(asked).all())
        return list(map(_stored, rows))

    async def way_of(self, call_id: str) -> list[NodeLeft]:
        """The nodes that a call left, in their order."""
        rows = await self._database.read(lambda tx: tx.execute(_PASSED, {"call": call_id}).all())
        return [NodeLeft(tree=row.tree, node=row.node, way=row.way) for row in rows]

    async def said(self, said: SaidRecording, at: datetime) -> None:
        """A recording of the caller is complete; the name's next one takes its place."""
        await self._database.write(_say, said, at)

    async def unwritten(self, most: int = 20) -> list[Unwritten]:
        """Recordings that nobody wrote out yet, the oldest first."""
        rows = await self._database.read(lambda tx: tx.execute(_UNWRITTEN, {"most": most}).all())
        return [Unwritten(call_id=row.call_id, name=row.name, recording=row.recording) for row in rows]

    async def written_out(self, recording: Unwritten, text: str | None) -> None:
        """A recording is written out, or cannot be (None). One that is gone meanwhile stays so."""
        await self._database.write(_write_out, recording, text)

    async def drop_off(self, tree: str, since: datetime, until: datetime) -> DropOff:
        """Where calls that began then went, and where they ended."""
        return await self._database.read(_drop_off, tree, since, until)


def _ticket(row: sa.Row[Any]) -> StoredTicket:
    return StoredTicket(id=row.id, call_id=row.call_id, kind=row.kind, number=row.e164, values=row.fields, at=row.at)


def _stored(row: sa.Row[Any]) -> StoredCall:
    call = LedCall(
        id=row.id, entry=row.entry, tree=row.tree, version=row.version, number=row.e164, called=row.called,
        channel_id=row.channel_id, began_at=row.began_at,
    )  # fmt: skip
    ending = LedEnding(row.ending) if row.ending else None
    return StoredCall(call=call, node=row.node, ended_at=row.ended_at, ending=ending)


def _begin(tx: sa.Connection, call: LedCall) -> None:
    if tx.execute(sa.select(ivr_calls.c.id).where(_CALL), {"call": call.id}).first() is not None:
        return
    row = {
        "id": call.id, "entry": call.entry, "tree": call.tree, "version": call.version, "e164": call.number,
        "called": call.called, "channel_id": call.channel_id, "began_at": call.began_at, "node": "",
    }  # fmt: skip
    tx.execute(sa.insert(ivr_calls), row)


def _pass(tx: sa.Connection, call_id: str, left: Sequence[NodeLeft], node: str, at: datetime) -> None:
    now_at = {"node": node, "ended_at": None, "ending": None}
    if not tx.execute(sa.update(ivr_calls).where(ivr_calls.c.id == call_id).values(now_at)).rowcount:
        raise NotFound(f"There is no call {call_id}.")
    if left:
        first = (tx.execute(_PLACE, {"call": call_id}).scalar() or 0) + 1
        rows = [
            {"call_id": call_id, "place": place, "tree": one.tree, "node": one.node, "way": one.way, "at": at}
            for place, one in enumerate(left, first)
        ]
        tx.execute(sa.insert(ivr_passed), rows)


def _end(tx: sa.Connection, call_id: str, ending: LedEnding, at: datetime) -> None:
    open_one = (ivr_calls.c.id == call_id, ivr_calls.c.ended_at.is_(None))
    ended = sa.update(ivr_calls).where(*open_one).values(ended_at=at, ending=ending.value)
    row = tx.execute(ended.returning(ivr_calls.c.tree, ivr_calls.c.node, ivr_calls.c.began_at)).one_or_none()
    if row is not None:
        told = {
            "tree": row.tree, "node": row.node, "ending": ending.value, "seconds": (at - row.began_at).total_seconds(),
        }  # fmt: skip
        event = Event(
            event_id=new_event_id(), kind=EventKind.IVR_ENDED, occurred_at=at, call_id=call_id, payload=told
        )  # fmt: skip
        outbox.append(tx, [event])


def _settle(tx: sa.Connection, at: datetime) -> int:
    left_open = sa.update(ivr_calls).where(ivr_calls.c.ended_at.is_(None))
    return tx.execute(left_open.values(ended_at=at, ending=LedEnding.CUT.value)).rowcount


def _open_ticket(tx: sa.Connection, ticket: NewTicket, at: datetime, events: Sequence[Event]) -> int:
    row = {
        "call_id": ticket.call_id, "kind": ticket.kind, "e164": ticket.number, "fields": ticket.values, "at": at,
    }  # fmt: skip
    number = int(tx.execute(sa.insert(tickets).returning(tickets.c.id), row).scalar_one())
    for event in events:
        event.payload["ticket"] = number
    outbox.append(tx, events)
    return number


def _say(tx: sa.Connection, said: SaidRecording, at: datetime) -> None:
    this = (ivr_recordings.c.call_id == said.call_id, ivr_recordings.c.name == said.name)
    row = {
        "e164": said.number, "recording": said.recording, "seconds": said.seconds, "transcript_text": "",
        "transcript_state": TranscriptState.WAITING.value, "at": at,
    }  # fmt: skip
    if not tx.execute(sa.update(ivr_recordings).where(*this).values(row)).rowcount:
        tx.execute(sa.insert(ivr_recordings), {**row, "call_id": said.call_id, "name": said.name})


def _write_out(tx: sa.Connection, recording: Unwritten, text: str | None) -> None:
    state = TranscriptState.FAILED if text is None else TranscriptState.DONE
    words = storable_text(text or "")[:LONGEST_TRANSCRIPT]
    tx.execute(
        sa.update(ivr_recordings)
        .where(
            ivr_recordings.c.call_id == recording.call_id,
            ivr_recordings.c.name == recording.name,
            ivr_recordings.c.recording == recording.recording,
            sa.text(TO_WRITE_OUT),
        )
        .values(transcript_text=words, transcript_state=state.value)
    )


def _drop_off(tx: sa.Connection, tree: str, since: datetime, until: datetime) -> DropOff:
    asked = {"tree": tree, "since": since, "until": until}
    ends = tx.execute(_CALLS, asked).all()
    ways: Counter[tuple[str, str, str]] = Counter()
    for of, node, way, count in tx.execute(_WAYS, asked):
        ways[of, node, way] = count
    hung_up, handed_over = (
        Counter({node: count for node, ending, count in ends if ending == wanted})
        for wanted in (LedEnding.HUNG_UP, LedEnding.HANDED_OVER)
    )
    calls = sum(count for _, _, count in ends)
    return DropOff(calls=calls, ways=ways, hung_up=hung_up, handed_over=handed_over)
