"""A second factor: codes that a telephone makes of a secret and the time (TOTP, RFC 6238), and what stands in for it.

What authenticator programs all understand: SHA-1, six digits, thirty seconds (RFC 6238, 1.2). That SHA-1 is broken
for signatures does not touch its HMAC (RFC 6194, 3.3).
"""

from __future__ import annotations

import base64
import hmac
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

STEP_SECONDS: Final = 30
DIGITS: Final = 6
WINDOW: Final = 1
"""Steps before and after that are taken as well: clocks differ, and people type (RFC 6238, 5.2)."""
SECRET_BYTES: Final = 20
"""160 bits, as long as what SHA-1 gives (RFC 4226, 4, R6)."""
GROUP: Final = 4
"""Signs of a secret or a recovery code that are read at once."""

ENROLLING_LASTS: Final = timedelta(minutes=15)
"""How long a secret that is shown waits for its first code."""
PROOF_LASTS: Final = timedelta(minutes=5)
"""How long a password that fitted waits for the code."""

FREE_FAILURES: Final = 5
"""Wrong codes in a row that cost nothing but the code."""
FIRST_WAIT: Final = timedelta(seconds=30)
LONGEST_WAIT: Final = timedelta(hours=1)
"""Three codes of a million fit at any moment: who has the password and tries once an hour needs decades. Whoever does
not have it can make nobody wait."""

RECOVERY_CODES: Final = 8
RECOVERY_SIGNS: Final = 16
RECOVERY_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz"
"""Letters that nobody takes for others: 72 bits a code, so that a plain digest tells nothing; and no digits, which
would be masked where telephone numbers are."""

_CODE: Final = re.compile(r"[0-9]{6}\Z")
_RECOVERY: Final = re.compile(rf"[{RECOVERY_ALPHABET}]{{{RECOVERY_SIGNS}}}\Z")


class Verdict(StrEnum):
    """What came of a code."""

    FITS = "fits"
    WRONG = "wrong"
    """Another one, too old, or used already."""
    TOO_SOON = "too_soon"
    """It was not even looked at: too many wrong ones came before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failures:
    """Wrong codes in a row."""

    count: int = 0
    last_at: datetime | None = None

    def open_at(self) -> datetime | None:
        """From when on the next code is looked at; None: at once."""
        beyond = self.count - FREE_FAILURES
        if beyond < 0 or self.last_at is None:
            return None
        # the exponent is bounded: nobody waits 2**1000 seconds, and no number is that large
        wait: timedelta = min(FIRST_WAIT * 2 ** min(beyond, 10), LONGEST_WAIT)
        return self.last_at + wait


def step_of(now: datetime) -> int:
    """Which stretch of thirty seconds it is, counted from 1970 (T of RFC 6238, 4.2)."""
    return int(now.timestamp()) // STEP_SECONDS


def code_at(secret: bytes, step: int, digits: int = DIGITS) -> str:
    """What a telephone shows then (RFC 4226, 5.3)."""
    digest = hmac.digest(secret, step.to_bytes(8, "big"), "sha1")
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return str(number % 10**digits).zfill(digits)


def fitting_step(secret: bytes, code: str, now: datetime, last_step: int | None) -> int | None:
    """The step whose code it is, so that it can be remembered; None: it fits none that may still be used.

    `last_step`: the newest that was taken. It and those before it are used up (RFC 6238, 5.2).
    """
    present, found = step_of(now), None
    for step in range(present - WINDOW, present + WINDOW + 1):
        same = hmac.compare_digest(code_at(secret, step).encode(), code.encode())
        if same and (last_step is None or step > last_step):
            found = step
    return found


def as_code(typed: str) -> str:
    """Six digits, however they were typed; empty: something else."""
    plain = "".join(typed.split())
    return plain if plain.isascii() and _CODE.match(plain) else ""


def as_recovery_code(typed: str) -> str:
    """The letters of a recovery code, without what stands between them; empty: something else."""
    plain = "".join(typed.split()).replace("-", "").lower()
    return plain if _RECOVERY.match(plain) else ""


def grouped(text: str) -> tuple[str, ...]:
    """As it is read aloud and typed."""
    return tuple(text[place : place + GROUP] for place in range(0, len(text), GROUP))


def base32_of(secret: bytes) -> str:
    """As it is typed into a telephone: 32 signs."""
    return base64.b32encode(secret).decode("ascii").rstrip("=")
