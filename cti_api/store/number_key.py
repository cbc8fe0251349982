"""The key under which erased numbers are known again, without being kept: HMAC-SHA256, the key in a file of its own.

There are so few telephone numbers that a plain hash of one is as good as the number; without the key this one is not.
So the key is never in the database, nor in a copy of it. Whoever loses it cannot tell any more who was erased: an
import is refused then, rather than calling somebody who asked to be forgotten.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import os
import secrets
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from cti_api.errors import SettingsError
from cti_api.store.columns import Instant
from cti_api.store.erasure_tables import erased_numbers
from cti_api.store.schema import phones

KEY_BYTES: Final = 32
"""As many as SHA-256 gives: more add nothing (RFC 2104, section 3)."""

ENDING: Final = ".erasure-key"
"""Of the file beside a SQLite store."""

_ANY: Final = sa.select(erased_numbers.c.key_id).limit(1)
_ERASED: Final = sa.select(erased_numbers).where(erased_numbers.c.digest.in_(sa.bindparam("digests", expanding=True)))
_STILL_SOMEBODY_S: Final = sa.select(phones.c.e164).where(phones.c.e164.in_(sa.bindparam("numbers", expanding=True)))
_OPTS_OUT: Final = (
    sa.update(erased_numbers)
    .where(erased_numbers.c.digest == sa.bindparam("known"), erased_numbers.c.opted_out_at.is_(None))
    .values(opted_out_at=sa.bindparam("when", type_=Instant()))
)


log = logging.getLogger(__name__)


class NumberKey:
    """The key in this file; made when it is first needed."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._secret: bytes | None = None

    def make(self) -> None:
        """Make the key, unless it is there; on disk when this returns. One that was read before and whose file is gone
        is written anew. Raises `SettingsError`."""
        path = self._named()
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        except FileExistsError:
            return
        except OSError as error:
            raise SettingsError(f"The key of erased numbers {path} cannot be made ({error.strerror}).") from error
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write((self._secret or secrets.token_bytes(KEY_BYTES)).hex() + "\n")
            file.flush()
            os.fsync(file.fileno())
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def digest(self, e164: str) -> str:
        """The number's hash. Raises `SettingsError` where the key is not there."""
        return hmac.digest(self._key(), e164.encode(), "sha256").hex()

    @property
    def id(self) -> str:
        """Which key it is, without telling it."""
        return hashlib.sha256(b"vocero erasure key " + self._key()).hexdigest()[:16]

    def erased_among(self, tx: sa.Connection, numbers: Iterable[str]) -> dict[str, sa.Row[Any]]:
        """Those of these E.164 numbers that were erased, with what is kept of each.

        While nobody was erased, nothing is hashed. Raises `SettingsError` where the key is missing, or is another one.
        """
        made_with = tx.execute(_ANY).scalar()
        if made_with is None:
            return {}
        self.refuse_other(made_with)
        known_as = {self.digest(number): number for number in numbers}
        return {known_as[row.digest]: row for row in tx.execute(_ERASED, {"digests": list(known_as)})}

    def erased_if_known(self, tx: sa.Connection, numbers: Iterable[str]) -> dict[str, sa.Row[Any]]:
        """As `erased_among`; none where the key is missing or another: for what has to be done all the same."""
        try:
            return self.erased_among(tx, numbers)
        except SettingsError as error:
            log.error("nobody can tell who was erased", extra={"reason": str(error)})
            return {}

    def refuse_without(self, tx: sa.Connection) -> None:
        """Raises `SettingsError` where somebody was erased and the key is missing, or is another one."""
        self.erased_among(tx, ())

    def nobodys_among(self, tx: sa.Connection, numbers: Iterable[str]) -> dict[str, sa.Row[Any]]:
        """`erased_if_known` without the numbers that somebody else has, too: those may be written down."""
        gone = self.erased_if_known(tx, numbers)
        for theirs in tx.execute(_STILL_SOMEBODY_S, {"numbers": list(gone)}).scalars() if gone else ():
            gone.pop(theirs, None)
        return gone

    def refuse_other(self, made_with: str) -> None:
        """Raises `SettingsError` unless this is the key of that `id`."""
        if self.id != made_with:
            raise SettingsError(
                f"The key of erased numbers {self._path} is not the one they were hashed with: put that one back, or "
                "people who asked to be forgotten would be called again."
            )

    def _key(self) -> bytes:
        if self._secret is None:
            path = self._named()
            try:
                self._secret = bytes.fromhex(path.read_text(encoding="ascii"))
            except (OSError, ValueError) as error:
                raise SettingsError(
                    f"The key of erased numbers {path} cannot be read ({error}): put it back, or people who asked to "
                    "be forgotten would be called again."
                ) from error
        return self._secret

    def _named(self) -> Path:
        if self._path is None:
            raise SettingsError("Name a file for the key of erased numbers: store.erasure_key in the settings.")
        return self._path


def opt_out_again(tx: sa.Connection, digests: Iterable[str], at: datetime) -> None:
    """Whoever has these numbers, which were erased, says no: that is kept with the hash."""
    for digest in digests:
        tx.execute(_OPTS_OUT, {"known": digest, "when": at})
