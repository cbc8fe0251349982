"""Copies of public lists of people who do not want to be contacted.

A copy comes in by the batch and counts from the moment it is whole: until then the one before it is looked at. Of each
list only the newest copy's numbers are kept; that the others were looked at, and when, stays written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from cti_api.errors import Conflict, NotFound
from cti_api.law.facts import RegistryCheck
from cti_api.law.registry_file import RegistryEntry
from cti_api.law.terms import Channel
from cti_api.store.columns import Instant
from cti_api.store.database import Database
from cti_api.store.schema import registries, registry_copies, registry_entries

BATCH: Final = 1000
"""Numbers of one transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryCopy:
    """The copy of a public list that is looked at now."""

    registry: str
    taken_at: datetime
    """How fresh it is."""
    entries: int


_COPY: Final = sa.select(registry_copies).where(registry_copies.c.id == sa.bindparam("copy"))
_NEW_COPY: Final = sa.insert(registry_copies).returning(registry_copies.c.id)
_KNOWN: Final = sa.select(registry_entries.c.e164, registry_entries.c.channels).where(
    registry_entries.c.copy_id == sa.bindparam("copy"),
    registry_entries.c.e164.in_(sa.bindparam("numbers", expanding=True)),
)
_NEW_ENTRIES: Final = sa.insert(registry_entries)
_WIDEN: Final = (
    sa.update(registry_entries)
    .where(registry_entries.c.copy_id == sa.bindparam("copy"), registry_entries.c.e164 == sa.bindparam("number"))
    .values(channels=sa.bindparam("all_of_them"), since=None)
)
_COUNT: Final = sa.select(sa.func.count()).where(registry_entries.c.copy_id == sa.bindparam("copy"))
_FINISH: Final = (
    sa.update(registry_copies)
    .where(registry_copies.c.id == sa.bindparam("copy"))
    .values(finished_at=sa.bindparam("at", type_=Instant()), entries=sa.bindparam("count"))
)
_LOOKED_AT: Final = sa.select(registries).where(registries.c.name == sa.bindparam("registry")).with_for_update()
_LOOK_AT: Final = sa.insert(registries)
_LOOK_AT_ANOTHER: Final = (
    sa.update(registries)
    .where(registries.c.name == sa.bindparam("registry"))
    .values(copy_id=sa.bindparam("copy"), taken_at=sa.bindparam("taken", type_=Instant()))
)
_ALL: Final = (
    sa.select(registries.c.name, registries.c.taken_at, registry_copies.c.entries)
    .join_from(registries, registry_copies, registry_copies.c.id == registries.c.copy_id)
    .order_by(registries.c.name)
)
_OF_NUMBER: Final[sa.Select[Any]] = sa.select(
    registries.c.name, registries.c.taken_at, registry_entries.c.e164, registry_entries.c.channels,
    registry_entries.c.since,
).join_from(
    registries,
    registry_entries,
    sa.and_(
        registry_entries.c.copy_id == registries.c.copy_id, registry_entries.c.e164 == sa.bindparam("number")
    ),
    isouter=True,
)  # fmt: skip
_OLD: Final = (
    sa.select(registry_entries.c.e164)
    .where(registry_entries.c.copy_id == sa.bindparam("copy"))
    .limit(sa.bindparam("most"))
)
_DROP: Final = sa.delete(registry_entries).where(
    registry_entries.c.copy_id == sa.bindparam("copy"),
    registry_entries.c.e164.in_(sa.bindparam("numbers", expanding=True)),
)
_OTHERS: Final = sa.select(registry_copies.c.id).where(
    registry_copies.c.registry == sa.bindparam("registry"),
    registry_copies.c.id != sa.bindparam("copy"),
    sa.exists().where(registry_entries.c.copy_id == registry_copies.c.id),
)


class Registries:
    """Public lists, as copies of them were brought in."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, registry: str, taken_at: datetime, now: datetime) -> int:
        """A new copy, empty and not looked at yet; its id."""
        return await self._database.write(_begin, registry, taken_at, now)

    async def add(self, copy_id: int, entries: Sequence[RegistryEntry]) -> int:
        """Put numbers in; returns how many were new to the copy. Raises `NotFound`, `Conflict` for a whole copy."""
        return await self._database.write(_add, copy_id, entries)

    async def finish(self, copy_id: int, now: datetime) -> RegistryCopy:
        """The copy is whole and is looked at from now on, unless a fresher one is; returns the one that is.

        Raises `NotFound`.
        """
        in_force = await self._database.write(_finish, copy_id, now)
        while await self._database.write(_forget_some, copy_id):
            pass
        return in_force

    async def all(self) -> list[RegistryCopy]:
        """The copies that are looked at, by name."""
        rows = await self._database.read(lambda tx: tx.execute(_ALL).all())
        return [RegistryCopy(registry=row.name, taken_at=row.taken_at, entries=row.entries) for row in rows]


def checks(tx: sa.Connection, number: str) -> tuple[RegistryCheck, ...]:
    """What each public list says of a number, with the age of its copy."""
    return tuple(
        RegistryCheck(
            registry=row.name,
            taken_at=row.taken_at,
            listed=frozenset() if row.e164 is None else _channels(row.channels),
            listed_since=row.since,
        )
        for row in tx.execute(_OF_NUMBER, {"number": number})
    )


def _channels(kept: str) -> frozenset[Channel]:
    return frozenset(map(Channel, kept.split())) if kept else frozenset(Channel)


def _kept(channels: frozenset[Channel]) -> str:
    return "" if channels == frozenset(Channel) else " ".join(sorted(channels))


def _begin(tx: sa.Connection, registry: str, taken_at: datetime, now: datetime) -> int:
    return int(tx.execute(_NEW_COPY, {"registry": registry, "taken_at": taken_at, "began_at": now}).scalar_one())


def _add(tx: sa.Connection, copy_id: int, entries: Sequence[RegistryEntry]) -> int:
    copy = tx.execute(_COPY, {"copy": copy_id}).one_or_none()
    if copy is None:
        raise NotFound(f"There is no copy {copy_id} of a public list.")
    if copy.finished_at is not None:
        raise Conflict(f"The copy {copy_id} of {copy.registry} is whole already: begin another.")
    wanted: dict[str, RegistryEntry] = {}
    for entry in entries:
        known = wanted.setdefault(entry.number.e164, entry)
        if known != entry:  # told twice: what either of them excludes is excluded, and nobody knows since when
            wanted[entry.number.e164] = RegistryEntry(entry.number, known.channels | entry.channels)
    for e164, kept in tx.execute(_KNOWN, {"copy": copy_id, "numbers": list(wanted)}).all():
        before, more = _channels(kept), wanted.pop(e164).channels
        if more - before:
            tx.execute(_WIDEN, {"copy": copy_id, "number": e164, "all_of_them": _kept(before | more)})
    rows = [
        {"copy_id": copy_id, "e164": e164, "channels": _kept(entry.channels), "since": entry.since}
        for e164, entry in sorted(wanted.items())
    ]
    if rows:
        tx.execute(_NEW_ENTRIES, rows)
    return len(rows)


def _finish(tx: sa.Connection, copy_id: int, now: datetime) -> RegistryCopy:
    copy = tx.execute(_COPY, {"copy": copy_id}).one_or_none()
    if copy is None:
        raise NotFound(f"There is no copy {copy_id} of a public list.")
    count = int(tx.execute(_COUNT, {"copy": copy_id}).scalar_one())
    tx.execute(_FINISH, {"copy": copy_id, "at": now, "count": count})
    asked = {"registry": copy.registry, "copy": copy_id, "taken": copy.taken_at}
    before = tx.execute(_LOOKED_AT, asked).one_or_none()
    if before is None:
        tx.execute(_LOOK_AT, {"name": copy.registry, "copy_id": copy_id, "taken_at": copy.taken_at})
    elif before.taken_at <= copy.taken_at:
        tx.execute(_LOOK_AT_ANOTHER, asked)
    row = next(row for row in tx.execute(_ALL) if row.name == copy.registry)
    return RegistryCopy(registry=row.name, taken_at=row.taken_at, entries=row.entries)


def _forget_some(tx: sa.Connection, copy_id: int) -> bool:
    """Delete a batch of what copies that nobody looks at any more, or that never became whole, hold; False: nothing."""
    copy = tx.execute(_COPY, {"copy": copy_id}).one()
    looked_at = tx.execute(_LOOKED_AT, {"registry": copy.registry}).one()
    old = tx.execute(_OTHERS, {"registry": copy.registry, "copy": looked_at.copy_id}).scalars().first()
    if old is None:
        return False
    numbers = tx.execute(_OLD, {"copy": old, "most": BATCH}).scalars().all()
    tx.execute(_DROP, {"copy": old, "numbers": list(numbers)})
    return True
