"""What somebody brings to show who they are: made here, shown once, and kept as a digest alone.

A token has 256 bits that nobody can guess, so its digest needs no salt and no slow hash; a password does
(`cti_api.access.hashing`).
"""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import Final

from cti_api.access.totp import RECOVERY_ALPHABET, RECOVERY_CODES, RECOVERY_SIGNS

TOKEN_BYTES: Final = 32
KEY_PREFIX: Final = "vocero_"
"""By which a key is known where it should not be, such as in a repository."""

_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{43}\Z")
_KEY: Final = re.compile(r"vocero_[A-Za-z0-9_-]{43}\Z")


def new_token() -> str:
    """For a cookie, or a one-time link."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def new_key() -> str:
    """For a machine."""
    return KEY_PREFIX + secrets.token_urlsafe(TOKEN_BYTES)


def new_recovery_codes() -> tuple[str, ...]:
    """What stands in for a telephone that is lost, each once."""
    return tuple(
        "".join(secrets.choice(RECOVERY_ALPHABET) for _ in range(RECOVERY_SIGNS)) for _ in range(RECOVERY_CODES)
    )


def digest_of(token: str) -> str:
    """What is kept of it."""
    return hashlib.sha256(token.encode()).hexdigest()


def may_be_token(text: str) -> bool:
    """Whether it has the form of one: what has not is not looked for."""
    return _TOKEN.match(text) is not None


def may_be_key(text: str) -> bool:
    return _KEY.match(text) is not None
