"""Calendars and their slots: brought in from files and feeds, looked at for what is free."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from cti_api.errors import NotFound
from cti_api.model.appointments import Calendar, Slot
from cti_api.store.appointment_tables import calendars, slots
from cti_api.store.columns import Instant
from cti_api.store.database import Database

BATCH: Final = 1000
"""Slots, or busy times, of one transaction."""

_ALL: Final = sa.select(calendars).order_by(calendars.c.name)
_ONE: Final = sa.select(calendars).where(calendars.c.name == sa.bindparam("calendar"))
_LOCK: Final = _ONE.with_for_update()
_NEW: Final = sa.insert(calendars)
_RENAME: Final = (
    sa.update(calendars)
    .where(calendars.c.name == sa.bindparam("calendar"))
    .values(title=sa.bindparam("new_title"), timezone=sa.bindparam("new_timezone"))
)
_KNOWN: Final = sa.select(slots.c.id, slots.c.starts_at).where(
    slots.c.calendar == sa.bindparam("calendar"), slots.c.starts_at.in_(sa.bindparam("starts", expanding=True))
)
_INSERT: Final = sa.insert(slots)
_LEAST: Final = sa.case(
    (sa.bindparam("new_capacity", type_=sa.Integer) > slots.c.taken, sa.bindparam("new_capacity", type_=sa.Integer)),
    else_=slots.c.taken,
)
_CHANGE: Final = (
    sa.update(slots)
    .where(slots.c.id == sa.bindparam("slot"))
    .values(ends_at=sa.bindparam("new_ends_at", type_=Instant()), capacity=_LEAST)
)
_CLOSE: Final = (
    sa.update(slots)
    .where(
        slots.c.calendar == sa.bindparam("of_calendar"),
        slots.c.starts_at < sa.bindparam("busy_until", type_=Instant()),
        slots.c.ends_at > sa.bindparam("busy_from", type_=Instant()),
        slots.c.taken < slots.c.capacity,
    )
    .values(capacity=slots.c.taken)
)
_BETWEEN: Final = (
    sa.select(slots)
    .where(
        slots.c.calendar == sa.bindparam("calendar"),
        slots.c.starts_at >= sa.bindparam("first", type_=Instant()),
        slots.c.starts_at < sa.bindparam("until", type_=Instant()),
    )
    .order_by(slots.c.starts_at)
    .limit(sa.bindparam("most"))
)
_FREE_BETWEEN: Final = _BETWEEN.where(slots.c.taken < slots.c.capacity)


class Calendars:
    """Every calendar of the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, calendar: Calendar, at: datetime) -> None:
        """Make the calendar, or give it another title and zone; its slots are instants and stay where they are."""
        await self._database.write(_put, calendar, at)

    async def get(self, name: str) -> Calendar:
        """Raises `NotFound`."""
        return await self._database.read(_get, name)

    async def all(self) -> list[Calendar]:
        """All of them, by name."""
        rows = await self._database.read(lambda tx: tx.execute(_ALL).all())
        return [_calendar(row) for row in rows]

    async def put_slots(self, name: str, new: Sequence[Slot]) -> int:
        """Bring slots in, at most `BATCH`; one that begins at the same instant gets the new end and capacity, but never
        fewer places than are taken. Returns how many were new. Raises `NotFound`."""
        return await self._database.write(_put_slots, name, new)

    async def close_times(self, name: str, busy: Sequence[tuple[datetime, datetime]]) -> int:
        """Nothing more is booked within these times; what is booked stays. Returns how many slots lost their places."""
        return await self._database.write(_close_times, name, busy)

    async def slots(
        self, name: str, first: datetime, until: datetime, *, only_free: bool = False, most: int = 1000
    ) -> list[Slot]:
        """Slots that begin in this stretch of time, in their order. Raises `NotFound`."""
        asked = {"calendar": name, "first": first, "until": until, "most": most}
        return await self._database.read(_slots, asked, _FREE_BETWEEN if only_free else _BETWEEN)


def _put(tx: sa.Connection, calendar: Calendar, at: datetime) -> None:
    if tx.execute(_LOCK, {"calendar": calendar.name}).first() is None:
        row = {"name": calendar.name, "title": calendar.title, "timezone": calendar.timezone, "created_at": at}
        tx.execute(_NEW, row)
    else:
        new = {"new_title": calendar.title, "new_timezone": calendar.timezone}
        tx.execute(_RENAME, {"calendar": calendar.name, **new})


def _get(tx: sa.Connection, name: str, statement: sa.Select[Any] = _ONE) -> Calendar:
    row = tx.execute(statement, {"calendar": name}).one_or_none()
    if row is None:
        raise NotFound(f"There is no calendar {name}: bring its hours in with `vocero appointments import`.")
    return _calendar(row)


def _put_slots(tx: sa.Connection, name: str, new: Sequence[Slot]) -> int:
    _get(tx, name, _LOCK)
    by_start = {slot.starts_at: slot for slot in new}
    known = {row.starts_at: row.id for row in tx.execute(_KNOWN, {"calendar": name, "starts": list(by_start)})}
    fresh = [slot for start, slot in by_start.items() if start not in known]
    if fresh:
        tx.execute(
            _INSERT,
            [
                {
                    "calendar": name,
                    "starts_at": slot.starts_at,
                    "ends_at": slot.ends_at,
                    "capacity": slot.capacity,
                    "taken": 0,
                }
                for slot in fresh
            ],
        )
    changed = [
        {"slot": known[start], "new_ends_at": slot.ends_at, "new_capacity": slot.capacity}
        for start, slot in sorted(by_start.items(), key=lambda each: known.get(each[0], 0))
        if start in known
    ]
    if changed:
        tx.execute(_CHANGE, changed)
    return len(fresh)


def _close_times(tx: sa.Connection, name: str, busy: Sequence[tuple[datetime, datetime]]) -> int:
    _get(tx, name, _LOCK)
    asked = [{"of_calendar": name, "busy_from": first, "busy_until": until} for first, until in busy]
    return sum(tx.execute(_CLOSE, each).rowcount for each in asked)


def _slots(tx: sa.Connection, asked: dict[str, Any], statement: sa.Select[Any]) -> list[Slot]:
    _get(tx, asked["calendar"])
    return [
        Slot(starts_at=row.starts_at, ends_at=row.ends_at, capacity=row.capacity, taken=row.taken, id=row.id)
        for row in tx.execute(statement, asked)
    ]


def _calendar(row: sa.Row[Any]) -> Calendar:
    return Calendar(name=row.name, title=row.title, timezone=row.timezone)
