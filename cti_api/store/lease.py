"""One living dialer per store.

The lock is what counts (`cti_api.store.database.ExclusiveLock`): it ends with its holder, kill -9 included, so a
restart never waits. The row in the store only says who it is.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa

from cti_api.errors import Conflict
from cti_api.model.events import Event, EventKind
from cti_api.model.ids import new_event_id
from cti_api.store import migrate, outbox
from cti_api.store.database import Database
from cti_api.store.schema import dialer_lease

SEEN_WITHIN: Final = timedelta(seconds=30)
"""A dialer that lives renews its lease far more often (each 5 s); an older row is not that of who holds the lock."""

_ROW: Final = sa.select(dialer_lease)
_ENTER: Final = sa.insert(dialer_lease)
_TAKE_OVER: Final = sa.update(dialer_lease).values(
    owner=sa.bindparam("new_owner"),
    acquired_at=sa.bindparam("at", type_=dialer_lease.c.acquired_at.type),
    renewed_at=sa.bindparam("at", type_=dialer_lease.c.renewed_at.type),
)
_RENEW: Final = sa.update(dialer_lease).values(renewed_at=sa.bindparam("at", type_=dialer_lease.c.renewed_at.type))


log = logging.getLogger(__name__)


class Lease:
    """The right to dial from this store."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = database.exclusive_lock()
        self._owner = ""
        """As whom it was acquired; empty while it is not ours."""

    @property
    def lost(self) -> bool:
        """The right to dial was ours and is not now, nor given up: no call may be placed. `renew` gets it back."""
        return self._lock.lost

    async def acquire(self, owner: str, now: datetime) -> None:
        """Take the right to dial, as `owner` (a name a person can find the process by, such as ``host, pid 4711``).

        That is an event (`EventKind.DIALER_STARTED`). Raises `Conflict` while somebody else has it, `SettingsError`
        where the tables became of another version since the store was opened.
        """
        if not await self._lock.take():
            raise Conflict(await self._database.read(_whose, now))
        try:
            await self._database.write(_enter, owner, now)
        except BaseException:
            await self._lock.free()
            raise
        self._owner = owner

    async def renew(self, now: datetime) -> None:
        """Show that this dialer lives; where the connection that held the right broke, take it again.

        Raises `StoreUnavailable` while the server is away (try again), and `Conflict` where the right is lost for good,
        because somebody else has it or had it meanwhile: place no call from then on.
        """
        if not self._owner:
            raise Conflict("The right to dial from this store was lost: it was given up.")
        if not await self._lock.held():
            if not await self._lock.take():
                raise Conflict(f"The right to dial from this store was lost. {await self._database.read(_whose, now)}")
            log.warning("the right to dial was lost and taken again")
        await self._database.write(_renew, self._owner, now)

    async def release(self) -> None:
        """Give the right up. Does nothing where it is not ours."""
        self._owner = ""
        await self._lock.free()


def _renew(tx: sa.Connection, owner: str, now: datetime) -> None:
    row = tx.execute(_ROW).one_or_none()
    if row is None or row.owner != owner:
        # They took up our calls and leads as theirs: what we know of them is no longer so.
        raise Conflict(f"The right to dial from this store was lost: another dialer had it meanwhile{_who(row)}.")
    tx.execute(_RENEW, {"at": now})


def _enter(tx: sa.Connection, owner: str, now: datetime) -> None:
    migrate.check(tx)  # once more: an upgrade may have held the lock since the store was opened
    before = tx.execute(_ROW).one_or_none()
    seen_until = before.renewed_at.isoformat() if before is not None else None
    started = Event(
        event_id=new_event_id(),
        kind=EventKind.DIALER_STARTED,
        occurred_at=now,
        payload={"owner": owner, "seen_until": seen_until},
    )
    outbox.append(tx, [started])
    if not tx.execute(_TAKE_OVER, {"new_owner": owner, "at": now}).rowcount:
        tx.execute(_ENTER, {"id": 1, "owner": owner, "acquired_at": now, "renewed_at": now})


def _whose(tx: sa.Connection, now: datetime) -> str:
    """Who holds the lock, as far as it can be known."""
    row = tx.execute(_ROW).one_or_none()
    if row is None or now - row.renewed_at > SEEN_WITHIN:
        return "Another program uses or upgrades this store. Wait for it, or stop it."
    return f"Another dialer runs on this store{_who(row)}. Stop it first."


def _who(row: sa.Row[Any] | None) -> str:
    if row is None:
        return ""
    return f": {row.owner}, since {row.acquired_at:%Y-%m-%d %H:%M:%S} UTC, last seen {row.renewed_at:%H:%M:%S} UTC"
