"""Keys of other systems: shown once, kept as digests, with scopes and an end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from cti_api.access.actors import Scope
from cti_api.access.sessions import SEEN_EVERY
from cti_api.errors import Conflict, NotFound
from cti_api.store.access_tables import machine_keys
from cti_api.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineKey:
    """What is known of a key; not the key."""

    id: str
    scopes: frozenset[Scope]
    made_at: datetime
    expires_at: datetime | None
    """None: never."""
    revoked_at: datetime | None
    used_at: datetime | None
    """To the minute."""

    def holds(self, now: datetime) -> bool:
        """Whether it opens anything."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)

    def is_due(self, now: datetime) -> bool:
        """Whether it is to be written down that it was used."""
        return self.used_at is None or now - self.used_at >= SEEN_EVERY


_ALL: Final = sa.select(machine_keys).order_by(machine_keys.c.id)
_BY_ID: Final = sa.select(machine_keys).where(machine_keys.c.id == sa.bindparam("key"))
_BY_DIGEST: Final = sa.select(machine_keys).where(machine_keys.c.digest == sa.bindparam("brought"))
_USED: Final = (
    sa.update(machine_keys).where(machine_keys.c.id == sa.bindparam("key")).values(used_at=sa.bindparam("at"))
)
_REVOKE: Final = (
    sa.update(machine_keys)
    .where(machine_keys.c.id == sa.bindparam("key"), machine_keys.c.revoked_at.is_(None))
    .values(revoked_at=sa.bindparam("at"))
)


class MachineKeys:
    """Keys of other systems."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(
        self, key_id: str, digest: str, scopes: frozenset[Scope], expires_at: datetime | None, now: datetime
    ) -> MachineKey:
        """A new one. Raises `Conflict` where there is, or was, one of that name: the audit names them."""
        return await self._database.write(_add, key_id, digest, scopes, expires_at, now)

    async def all(self) -> list[MachineKey]:
        """Every one there ever was, by name."""
        return [_key(row) for row in await self._database.read(lambda tx: tx.execute(_ALL).all())]

    async def find(self, digest: str) -> MachineKey | None:
        """Which key was brought; None: none of ours."""
        row = await self._database.read(lambda tx: tx.execute(_BY_DIGEST, {"brought": digest}).one_or_none())
        return None if row is None else _key(row)

    async def used(self, key_id: str, now: datetime) -> None:
        await self._database.write_lightly(lambda tx: tx.execute(_USED, {"key": key_id, "at": now}))

    async def change(
        self, key_id: str, now: datetime, *, scopes: frozenset[Scope] | None = None, digest: str | None = None
    ) -> MachineKey:
        """It opens something else, or is another key under the same name, from this moment on. Raises `NotFound`, and
        `Conflict` for one that opens nothing any more."""
        return await self._database.write(_change, key_id, now, scopes, digest)

    async def revoke(self, key_id: str, now: datetime) -> MachineKey:
        """It opens nothing any more; done twice it stays as it was. Raises `NotFound`."""
        return await self._database.write(_revoke, key_id, now)


def _add(
    tx: sa.Connection,
    key_id: str,
    digest: str,
    scopes: frozenset[Scope],
    expires_at: datetime | None,
    now: datetime,
) -> MachineKey:
    if tx.execute(_BY_ID, {"key": key_id}).one_or_none() is not None:
        raise Conflict(f"There is, or was, a key {key_id}: give this one another name.")
    row = {
        "id": key_id,
        "digest": digest,
        "scopes": sorted(scope.value for scope in scopes),
        "made_at": now,
        "expires_at": expires_at,
    }
    tx.execute(sa.insert(machine_keys), row)
    return _get(tx, key_id)


def _change(
    tx: sa.Connection, key_id: str, now: datetime, scopes: frozenset[Scope] | None, digest: str | None
) -> MachineKey:
    if not _get(tx, key_id).holds(now):
        raise Conflict(f"The key {key_id} opens nothing any more: make another, under another name.")
    changed: dict[str, Any] = {}
    if scopes is not None:
        changed["scopes"] = sorted(scope.value for scope in scopes)
    if digest is not None:
        changed["digest"] = digest
    tx.execute(sa.update(machine_keys).where(machine_keys.c.id == key_id).values(changed))
    return _get(tx, key_id)


def _revoke(tx: sa.Connection, key_id: str, now: datetime) -> MachineKey:
    tx.execute(_REVOKE, {"key": key_id, "at": now})
    return _get(tx, key_id)


def _get(tx: sa.Connection, key_id: str) -> MachineKey:
    row = tx.execute(_BY_ID, {"key": key_id}).one_or_none()
    if row is None:
        raise NotFound(f"There is no key {key_id}: see `vocero keys list`.")
    return _key(row)


def _key(row: Any) -> MachineKey:
    return MachineKey(
        id=row.id,
        scopes=frozenset(Scope(each) for each in row.scopes),
        made_at=row.made_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        used_at=row.used_at,
    )
