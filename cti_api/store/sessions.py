"""Who is signed in. A session is a row: where it is gone, the cookie opens nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import sqlalchemy as sa

from cti_api.access.actors import Role
from cti_api.access.sessions import LONGEST, MOST_SESSIONS, Proved, Session
from cti_api.errors import NotSignedIn
from cti_api.store.access_tables import sessions, users
from cti_api.store.database import Database
from cti_api.store.second_factor_tables import second_factors

_ONE: Final = (
    sa.select(
        sessions, users.c.name, users.c.role, users.c.agent_id, users.c.disabled_at, second_factors.c.confirmed_at
    )
    .join_from(sessions, users, users.c.id == sessions.c.user_id)
    .outerjoin(second_factors, second_factors.c.user_id == users.c.id)
    .where(sessions.c.digest == sa.bindparam("cookie"))
)
_SEEN: Final = sa.update(sessions).where(sessions.c.digest == sa.bindparam("cookie")).values(seen_at=sa.bindparam("at"))
_END: Final = sa.delete(sessions).where(sessions.c.digest == sa.bindparam("cookie"))
_END_OLD: Final = sa.delete(sessions).where(sessions.c.made_at <= sa.bindparam("before"))
_OF_USER: Final = (
    sa.select(sessions.c.digest)
    .where(sessions.c.user_id == sa.bindparam("user"))
    .order_by(sessions.c.seen_at.desc(), sessions.c.digest)
)
_PASSWORD: Final = (
    sa.select(users.c.password_hash, users.c.disabled_at, second_factors.c.confirmed_at)
    .join_from(users, second_factors, second_factors.c.user_id == users.c.id, isouter=True)
    .where(users.c.id == sa.bindparam("user"))
)


class Sessions:
    """Who is signed in."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(
        self, user_id: str, password_hash: str, digest: str, now: datetime, proved: Proved = Proved.NOT
    ) -> Session:
        """Sign somebody in whose password fitted that hash. Raises `NotSignedIn` where it is another by now, they were
        disabled, or have a second factor and have not `proved` it: whichever way somebody comes, there is no session
        without it."""
        return await self._database.write(_begin, user_id, password_hash, digest, now, proved)

    async def find(self, digest: str) -> Session | None:
        """Whose cookie it is; None: nobody's."""
        return await self._database.read(_find, digest)

    async def seen(self, digest: str, now: datetime) -> None:
        """Something came of them."""
        await self._database.write_lightly(lambda tx: tx.execute(_SEEN, {"cookie": digest, "at": now}))

    async def end(self, digest: str) -> None:
        """Sign out; a second time it changes nothing."""
        await self._database.write(lambda tx: tx.execute(_END, {"cookie": digest}))


def _begin(tx: sa.Connection, user_id: str, password_hash: str, digest: str, now: datetime, proved: Proved) -> Session:
    row = tx.execute(_PASSWORD, {"user": user_id}).one_or_none()
    if row is None or row.disabled_at is not None or row.password_hash != password_hash:
        raise NotSignedIn("The name and the password do not fit.")
    if row.confirmed_at is not None and proved is Proved.NOT:
        raise NotSignedIn("The code of the second factor is missing.")
    tx.execute(_END_OLD, {"before": now - LONGEST})
    for old in tx.execute(_OF_USER, {"user": user_id}).scalars().all()[MOST_SESSIONS - 1 :]:
        tx.execute(_END, {"cookie": old})
    tx.execute(sa.insert(sessions), {"digest": digest, "user_id": user_id, "made_at": now, "seen_at": now})
    made = _find(tx, digest)
    assert made is not None
    return made


def _find(tx: sa.Connection, digest: str) -> Session | None:
    row = tx.execute(_ONE, {"cookie": digest}).one_or_none()
    if row is None:
        return None
    return Session(
        digest=row.digest,
        user_id=row.user_id,
        name=row.name,
        role=Role(row.role),
        agent_id=row.agent_id,
        made_at=row.made_at,
        seen_at=row.seen_at,
        disabled=row.disabled_at is not None,
        has_second_factor=row.confirmed_at is not None,
    )
