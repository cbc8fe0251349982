"""The key without which the database tells no second factor: in a file of its own, like that of erased numbers.

What is kept of a second factor is a random number. Its secret is HMAC-SHA256 of that under this key, so there is no
cipher and nothing to decrypt: whoever has a copy of the database alone has noise.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from pathlib import Path
from typing import Final

from cti_api.access.totp import SECRET_BYTES
from cti_api.errors import SettingsError
from cti_api.kept_secret import kept_secret

ENDING: Final = ".second-factor-key"
"""Of the file beside a SQLite store."""
SALT_BYTES: Final = 32


class FactorKey:
    """The key in this file; made when it is first needed."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._kept: bytes | None = None

    @property
    def id(self) -> str:
        """Which key it is, without telling it. Raises `SettingsError`."""
        return hashlib.sha256(b"vocero second factor key " + self._key()).hexdigest()[:16]

    def secret(self, user_id: str, salt: str) -> bytes:
        """What the person's telephone has, 160 bits. Raises `SettingsError` where there is no key."""
        return hmac.digest(self._key(), f"vocero totp {user_id} {salt}".encode(), "sha256")[:SECRET_BYTES]

    def _key(self) -> bytes:
        if self._kept is None:
            if self._path is None:
                raise SettingsError(
                    "Name a file for the key of second factors: console.second_factor_key in the settings."
                )
            try:
                self._kept = kept_secret(self._path, "second factors are all to be reset then").encode()
            except OSError as error:
                why = error.strerror or error
                raise SettingsError(f"The key of second factors cannot be kept in {self._path}: {why}") from None
        return self._kept


def new_salt() -> str:
    return secrets.token_hex(SALT_BYTES)
