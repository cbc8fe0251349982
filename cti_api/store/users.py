"""People who sign in: their roles, their one-time links, and their passwords' hashes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from cti_api.access.actors import Role
from cti_api.access.sessions import LINK_LASTS
from cti_api.errors import Conflict, InputError, NotFound
from cti_api.store.access_tables import one_time_links, sessions, users
from cti_api.store.database import Database
from cti_api.store.schema import agents
from cti_api.store.second_factor_tables import second_factors


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Somebody who may sign in."""

    id: str
    name: str
    role: Role
    agent_id: str | None
    password_hash: str | None
    """None until their one-time link was used."""
    made_at: datetime
    disabled_at: datetime | None
    has_second_factor: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUser:
    id: str
    name: str
    role: Role
    agent_id: str | None = None


_USERS: Final = sa.select(users, second_factors.c.confirmed_at).join_from(
    users, second_factors, second_factors.c.user_id == users.c.id, isouter=True
)
_BY_ID: Final = _USERS.where(users.c.id == sa.bindparam("user"))
_ALL: Final = _USERS.order_by(users.c.id)
_AGENT: Final = sa.select(agents.c.id).where(agents.c.id == sa.bindparam("agent"))
_OF_LINK: Final = (
    _USERS.add_columns(one_time_links.c.expires_at)
    .join(one_time_links, one_time_links.c.user_id == users.c.id)
    .where(one_time_links.c.digest == sa.bindparam("link"))
)
_DROP_LINKS: Final = sa.delete(one_time_links).where(one_time_links.c.user_id == sa.bindparam("user"))
_USE_LINK: Final = sa.delete(one_time_links).where(one_time_links.c.digest == sa.bindparam("link"))
_SIGN_OUT: Final = sa.delete(sessions).where(sessions.c.user_id == sa.bindparam("user"))
_SET_HASH: Final = (
    sa.update(users).where(users.c.id == sa.bindparam("user")).values(password_hash=sa.bindparam("new_hash"))
)


class Users:
    """People who sign in."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, new: NewUser, link: str, now: datetime) -> User:
        """A new one, and the digest of the link by which they choose a password.

        Raises `Conflict` where there is one of that name, `InputError` for a seat that is none.
        """
        return await self._database.write(_add, new, link, now)

    async def add_first(self, new: NewUser, link: str, now: datetime) -> bool:
        """As `add`, where there is nobody yet; else nothing, and False."""
        return await self._database.write(_add_first, new, link, now)

    async def get(self, user_id: str) -> User:
        """Raises `NotFound`."""
        return await self._database.read(_get, user_id)

    async def find(self, user_id: str) -> User | None:
        """None: there is nobody of that name."""
        row = await self._database.read(lambda tx: tx.execute(_BY_ID, {"user": user_id}).one_or_none())
        return None if row is None else _user(row)

    async def all(self) -> list[User]:
        """By their names of sign-in."""
        return [_user(row) for row in await self._database.read(lambda tx: tx.execute(_ALL).all())]

    async def change(self, user_id: str, changes: dict[str, Any], now: datetime) -> User:
        """Another `name`, `role`, `agent_id`; `disabled` or not. Who may do something else from now on, or nothing,
        is signed out everywhere. Raises `NotFound`, `InputError`."""
        return await self._database.write(_change, user_id, changes, now)

    async def new_link(self, user_id: str, link: str, now: datetime) -> User:
        """Another one-time link, which ends those before it. The password holds until it is used.

        Raises `NotFound`; `Conflict` for somebody who is disabled.
        """
        return await self._database.write(_new_link, user_id, link, now)

    async def of_link(self, link: str, now: datetime) -> User | None:
        """Whose link it is, while it opens; None for any other."""
        return await self._database.read(_of_link, link, now)

    async def use_link(self, link: str, password_hash: str, now: datetime) -> User | None:
        """Choose a password by a link, which is over then, as is every session. None: it opens nothing any more."""
        return await self._database.write(_use_link, link, password_hash, now)

    async def set_password(self, user_id: str, password_hash: str) -> None:
        """Another password; every session is over."""
        await self._database.write(_set_password, user_id, password_hash)

    async def rehash(self, user_id: str, password_hash: str) -> None:
        """The same password, hashed anew."""
        await self._database.write_lightly(
            lambda tx: tx.execute(_SET_HASH, {"user": user_id, "new_hash": password_hash})
        )


def _add(tx: sa.Connection, new: NewUser, link: str, now: datetime) -> User:
    if tx.execute(_BY_ID, {"user": new.id}).one_or_none() is not None:
        raise Conflict(f"There is a user {new.id} already: see `vocero users list`.")
    _refuse_no_seat(tx, new.agent_id)
    facts = {"id": new.id, "name": new.name, "role": new.role.value, "agent_id": new.agent_id, "made_at": now}
    tx.execute(sa.insert(users), facts)
    _put_link(tx, new.id, link, now)
    return _get(tx, new.id)


def _add_first(tx: sa.Connection, new: NewUser, link: str, now: datetime) -> bool:
    if tx.execute(_ALL.limit(1)).first() is not None:
        return False
    _add(tx, new, link, now)
    return True


def _change(tx: sa.Connection, user_id: str, changes: dict[str, Any], now: datetime) -> User:
    present = _get(tx, user_id)
    values: dict[str, Any] = {name: changes[name] for name in ("name", "role", "agent_id") if name in changes}
    if values.get("agent_id") is not None:
        _refuse_no_seat(tx, values["agent_id"])
    if "disabled" in changes and changes["disabled"] is not (present.disabled_at is not None):
        values["disabled_at"] = now if changes["disabled"] else None
    if values:
        tx.execute(sa.update(users).where(users.c.id == user_id), values)
    changed = _get(tx, user_id)
    if (changed.role, changed.agent_id, changed.disabled_at) != (present.role, present.agent_id, present.disabled_at):
        tx.execute(_SIGN_OUT, {"user": user_id})
    if changed.disabled_at is not None:
        tx.execute(_DROP_LINKS, {"user": user_id})
    return changed


def _new_link(tx: sa.Connection, user_id: str, link: str, now: datetime) -> User:
    user = _get(tx, user_id)
    if user.disabled_at is not None:
        raise Conflict(f"{user_id} is disabled: `vocero users enable {user_id}` first.")
    _put_link(tx, user_id, link, now)
    return user


def _put_link(tx: sa.Connection, user_id: str, link: str, now: datetime) -> None:
    tx.execute(_DROP_LINKS, {"user": user_id})
    tx.execute(sa.insert(one_time_links), {"digest": link, "user_id": user_id, "expires_at": now + LINK_LASTS})


def _of_link(tx: sa.Connection, link: str, now: datetime) -> User | None:
    row = tx.execute(_OF_LINK, {"link": link}).one_or_none()
    if row is None or row.disabled_at is not None or now >= row.expires_at:
        return None
    return _user(row)


def _use_link(tx: sa.Connection, link: str, password_hash: str, now: datetime) -> User | None:
    user = _of_link(tx, link, now)
    # Whoever deletes the row has used it: of two at once one finds nothing left.
    if user is None or tx.execute(_USE_LINK, {"link": link}).rowcount != 1:
        return None
    _set_password(tx, user.id, password_hash)
    return user


def _set_password(tx: sa.Connection, user_id: str, password_hash: str) -> None:
    tx.execute(_SET_HASH, {"user": user_id, "new_hash": password_hash})
    tx.execute(_SIGN_OUT, {"user": user_id})
    tx.execute(_DROP_LINKS, {"user": user_id})


def _refuse_no_seat(tx: sa.Connection, agent_id: str | None) -> None:
    if agent_id is not None and tx.execute(_AGENT, {"agent": agent_id}).one_or_none() is None:
        raise InputError(f"There is no agent {agent_id}: make one with `vocero agents add {agent_id}`.")


def _get(tx: sa.Connection, user_id: str) -> User:
    row = tx.execute(_BY_ID, {"user": user_id}).one_or_none()
    if row is None:
        raise NotFound(f"There is no user {user_id}: see `vocero users list`.")
    return _user(row)


def _user(row: Any) -> User:
    return User(
        id=row.id,
        name=row.name,
        role=Role(row.role),
        agent_id=row.agent_id,
        password_hash=row.password_hash,
        made_at=row.made_at,
        disabled_at=row.disabled_at,
        has_second_factor=row.confirmed_at is not None,
    )
