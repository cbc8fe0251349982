"""Hashes of passwords: argon2id, in a thread, and only so many at once.

Each takes 46 MiB and a twentieth of a second of one core: on the loop it would delay calls, and unbounded it would be
an attack.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from cti_api.access.passwords import LONGEST, prepared
from cti_api.errors import TooOften

T = TypeVar("T")

MEMORY_KIB: Final = 46 * 1024
PASSES: Final = 1
LANES: Final = 1
"""Argon2id with m = 46 MiB, t = 1, p = 1: OWASP's Password Storage Cheat Sheet."""
AT_ONCE: Final = 2
MOST_WAITING: Final = 20
"""Who comes when so many wait is asked to come again: a second's work for two cores."""
AGAIN_SECONDS: Final = 5

_NOBODYS: Final = "$argon2id$v=19$m=47104,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
"""Fits no password, and takes as long as any: what a name is held against that nobody has."""


class Hashes:
    """Makes hashes of passwords, and compares."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher(
            time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES, hash_len=32, salt_len=16, type=Type.ID
        )
        self._turn = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0

    async def make(self, password: str) -> str:
        """Raises `TooOften` while too many wait."""
        return await self._in_turn(self._make, password)

    async def fits(self, password: str, kept: str | None) -> bool:
        """Whether it is the password. Without one that is `kept` it is not, and as slowly. Raises `TooOften`."""
        if len(password) > LONGEST:
            password, kept = "", None
        same = await self._in_turn(self._fits, password, kept or _NOBODYS)
        return same and kept is not None

    def is_old(self, kept: str) -> bool:
        """Whether it was made with other figures, and is to be made anew when its password is at hand."""
        return self._hasher.check_needs_rehash(kept)

    async def _in_turn(self, work: Callable[..., T], *arguments: str) -> T:
        if self._waiting >= MOST_WAITING:
            raise TooOften("Many people sign in at this moment: try again in a few seconds.", AGAIN_SECONDS)
        self._waiting += 1
        try:
            async with self._turn:
                return await asyncio.to_thread(work, *arguments)
        finally:
            self._waiting -= 1

    def _make(self, password: str) -> str:
        return self._hasher.hash(prepared(password))

    def _fits(self, password: str, kept: str) -> bool:
        try:
            return self._hasher.verify(kept, prepared(password))
        except (VerificationError, InvalidHashError):
            return False
