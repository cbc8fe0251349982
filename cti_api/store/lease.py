"""One living dialer per store.

The lock is what counts (`cti_api.store.database.ExclusiveLock`): it ends with its holder, kill -9 included, so a
restart never waits. The row in the store only says who it is.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from cti_api.errors import Conflict
from cti_api.store.database import Database
from cti_api.store.schema import dialer_lease

_ROW: Final = sa.select(dialer_lease)
_ENTER: Final = sa.insert(dialer_lease)
_TAKE_OVER: Final = sa.update(dialer_lease).values(
    owner=sa.bindparam("new_owner"),
    acquired_at=sa.bindparam("at", type_=dialer_lease.c.acquired_at.type),
    renewed_at=sa.bindparam("at", type_=dialer_lease.c.renewed_at.type),
)
_RENEW: Final = sa.update(dialer_lease).values(renewed_at=sa.bindparam("at", type_=dialer_lease.c.renewed_at.type))


class Lease:
    """The right to dial from this store."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = database.exclusive_lock()

    async def acquire(self, owner: str, now: datetime) -> None:
        """Take the right to dial, as `owner` (a name a person can find the process by, such as ``host, pid 4711``).

        Raises `Conflict` while another living dialer has it.
        """
        if not await self._lock.take():
            row = await self._database.read(lambda tx: tx.execute(_ROW).one_or_none())
            raise Conflict(f"Another dialer runs on this store{_who(row)}. Stop it first.")
        try:
            await self._database.write(_enter, owner, now)
        except BaseException:
            await self._lock.free()
            raise

    async def renew(self, now: datetime) -> None:
        """Show that this dialer lives. Raises `Conflict` when the right was lost: place no call from then on."""
        if not await self._lock.held():
            raise Conflict("The right to dial from this store was lost: the connection that held it broke.")
        await self._database.write(lambda tx: tx.execute(_RENEW, {"at": now}))

    async def release(self) -> None:
        """Give the right up. Does nothing where it is not ours."""
        await self._lock.free()


def _enter(tx: sa.Connection, owner: str, now: datetime) -> None:
    if not tx.execute(_TAKE_OVER, {"new_owner": owner, "at": now}).rowcount:
        tx.execute(_ENTER, {"id": 1, "owner": owner, "acquired_at": now, "renewed_at": now})


def _who(row: sa.Row[Any] | None) -> str:
    if row is None:
        return ""
    return f": {row.owner}, since {row.acquired_at:%Y-%m-%d %H:%M:%S} UTC, last seen {row.renewed_at:%H:%M:%S} UTC"
