"""Second factors. A code is looked at, used up or counted as wrong in one transaction: of two people who bring the
same at once, one is let in."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from cti_api.access.tokens import digest_of
from cti_api.access.totp import ENROLLING_LASTS, Failures, Verdict, as_code, as_recovery_code, fitting_step
from cti_api.errors import Conflict, NotFound
from cti_api.store.access_tables import sessions, users
from cti_api.store.database import Database
from cti_api.store.factor_key import FactorKey, new_salt
from cti_api.store.second_factor_tables import recovery_codes, second_factors

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """How somebody stands with their second factor."""

    since: datetime | None = None
    """None: they have none that holds."""
    shown_at: datetime | None = None
    """A secret was shown and waits for its first code."""
    codes_left: int = 0
    """Recovery codes that were not used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What came of a code."""

    verdict: Verdict
    by_recovery: bool = False
    codes_left: int = 0
    again_at: datetime | None = None
    """When the next is looked at; None: at once."""


_USER: Final = second_factors.c.user_id == sa.bindparam("user")
_OF: Final = sa.select(second_factors).where(_USER)
_HOLD: Final = _OF.with_for_update()
_SET: Final = sa.update(second_factors).where(_USER)
_DROP: Final = sa.delete(second_factors).where(_USER)
_CODES: Final = sa.delete(recovery_codes).where(recovery_codes.c.user_id == sa.bindparam("user"))
_USE_CODE: Final = _CODES.where(recovery_codes.c.digest == sa.bindparam("code"))
_COUNT: Final = (
    sa.select(sa.func.count()).select_from(recovery_codes).where(recovery_codes.c.user_id == sa.bindparam("user"))
)
_SIGN_OUT: Final = sa.delete(sessions).where(sessions.c.user_id == sa.bindparam("user"))
_OTHERS: Final = _SIGN_OUT.where(sessions.c.digest != sa.bindparam("but"))
_HOLD_USER: Final = sa.select(users.c.id).where(users.c.id == sa.bindparam("user")).with_for_update()


class SecondFactors:
    """Who has one. Whatever needs a secret raises `SettingsError` where there is no file for the key."""

    def __init__(self, database: Database, key: FactorKey) -> None:
        self._database = database
        self._key = key

    async def of(self, user_id: str) -> Factor:
        return await self._database.read(_factor, user_id)

    async def show(self, user_id: str, now: datetime) -> bytes:
        """A new secret, which holds once its first code came. Raises `Conflict` where one holds already."""
        return await self._database.write(_show, user_id, now, self._key)

    async def shown(self, user_id: str, now: datetime) -> bytes | None:
        """The secret that waits for its first code; None: none does, or no more."""
        return await self._database.read(_shown, user_id, now, self._key)

    async def confirm(self, user_id: str, code: str, digests: Iterable[str], session: str, now: datetime) -> None:
        """The first code of the secret that was shown: now the factor holds, with recovery codes of these digests, and
        every session of theirs but this one is over. A wrong one is not counted: they see the secret.

        Raises `Conflict` where none waits, and for a code that does not fit.
        """
        await self._database.write(_confirm, user_id, code, tuple(digests), session, now, self._key)

    async def use(self, user_id: str, typed: str, now: datetime) -> Tried:
        """A code of the telephone, or a recovery code: if it fits, it does not fit again."""
        return await self._database.write(_use, user_id, typed, now, self._key)

    async def replace_codes(self, user_id: str, digests: Iterable[str]) -> None:
        """Other recovery codes; those before them are over. Raises `NotFound` where no factor holds."""
        await self._database.write(_replace_codes, user_id, tuple(digests))

    async def drop(self, user_id: str, *, and_sign_out: bool) -> None:
        """They have none any more."""
        await self._database.write(_forget, user_id, and_sign_out)


def _factor(tx: sa.Connection, user_id: str) -> Factor:
    row = tx.execute(_OF, {"user": user_id}).one_or_none()
    if row is None:
        return Factor()
    shown_at = row.shown_at if row.confirmed_at is None else None
    return Factor(since=row.confirmed_at, shown_at=shown_at, codes_left=_left(tx, user_id))


def _left(tx: sa.Connection, user_id: str) -> int:
    return int(tx.execute(_COUNT, {"user": user_id}).scalar_one())


def _show(tx: sa.Connection, user_id: str, now: datetime, key: FactorKey) -> bytes:
    # of two tabs at once the second waits here, and replaces what the first was shown
    tx.execute(_HOLD_USER, {"user": user_id})
    row = tx.execute(_HOLD, {"user": user_id}).one_or_none()
    if row is not None and row.confirmed_at is not None:
        raise Conflict("There is a second factor already: switch it off first.", rule="second_factor_on")
    tx.execute(_DROP, {"user": user_id})
    salt = new_salt()
    tx.execute(
        sa.insert(second_factors),
        {"user_id": user_id, "salt": salt, "key_id": key.id, "shown_at": now, "failures": 0},
    )
    return key.secret(user_id, salt)


def _shown(tx: sa.Connection, user_id: str, now: datetime, key: FactorKey) -> bytes | None:
    row = tx.execute(_OF, {"user": user_id}).one_or_none()
    return key.secret(user_id, row.salt) if row is not None and _waits(row, now, key) else None


def _waits(row: Any, now: datetime, key: FactorKey) -> bool:
    return row.confirmed_at is None and now < row.shown_at + ENROLLING_LASTS and bool(row.key_id == key.id)


def _confirm(
    tx: sa.Connection, user_id: str, code: str, digests: tuple[str, ...], session: str, now: datetime, key: FactorKey
) -> None:
    row = tx.execute(_HOLD, {"user": user_id}).one_or_none()
    if row is None or not _waits(row, now, key):
        raise Conflict("No secret waits for its first code: begin anew.", rule="second_factor_none_shown")
    step = fitting_step(key.secret(user_id, row.salt), as_code(code), now, None)
    if step is None:
        raise Conflict("The code does not fit: is the telephone's clock right?", rule="second_factor_wrong")
    # used up with that: it does not sign anybody in
    tx.execute(_SET.values(confirmed_at=now, last_step=step), {"user": user_id})
    _replace_codes(tx, user_id, digests)
    tx.execute(_OTHERS, {"user": user_id, "but": session})


def _use(tx: sa.Connection, user_id: str, typed: str, now: datetime, key: FactorKey) -> Tried:
    row = tx.execute(_HOLD, {"user": user_id}).one_or_none()
    if row is None or row.confirmed_at is None:
        return Tried(verdict=Verdict.WRONG)
    recovery = as_recovery_code(typed)
    if not recovery and row.key_id != key.id:
        log.error("a second factor was made with another key: reset it", extra={"user": user_id})
    return _look(tx, row, recovery or as_code(typed), now, key)


def _look(tx: sa.Connection, row: Any, code: str, now: datetime, key: FactorKey) -> Tried:
    """`code`: six digits, the letters of a recovery code, or empty for what is neither."""
    user_id = row.user_id
    before = Failures(count=row.failures, last_at=row.failed_at)
    again_at = before.open_at()
    if again_at is not None and now < again_at:
        return Tried(verdict=Verdict.TOO_SOON, again_at=again_at)
    facts: dict[str, Any] = {"failures": 0, "failed_at": None}
    by_recovery = fits = False
    if code.isdigit() and row.key_id == key.id:
        step = fitting_step(key.secret(user_id, row.salt), code, now, row.last_step)
        fits = step is not None
        facts["last_step"] = step
    elif code and not code.isdigit():
        by_recovery = fits = tx.execute(_USE_CODE, {"user": user_id, "code": digest_of(code)}).rowcount == 1
    if fits:
        tx.execute(_SET.values(**facts), {"user": user_id})
        return Tried(verdict=Verdict.FITS, by_recovery=by_recovery, codes_left=_left(tx, user_id))
    after = Failures(count=before.count + 1, last_at=now)
    tx.execute(_SET.values(failures=after.count, failed_at=now), {"user": user_id})
    return Tried(verdict=Verdict.WRONG, again_at=after.open_at())


def _replace_codes(tx: sa.Connection, user_id: str, digests: tuple[str, ...]) -> None:
    row = tx.execute(_HOLD, {"user": user_id}).one_or_none()
    if row is None or row.confirmed_at is None:
        raise NotFound(f"{user_id} has no second factor.")
    tx.execute(_CODES, {"user": user_id})
    if digests:
        tx.execute(sa.insert(recovery_codes), [{"user_id": user_id, "digest": each} for each in digests])


def _forget(tx: sa.Connection, user_id: str, and_sign_out: bool) -> None:
    tx.execute(_CODES, {"user": user_id})
    tx.execute(_DROP, {"user": user_id})
    if and_sign_out:
        tx.execute(_SIGN_OUT, {"user": user_id})
