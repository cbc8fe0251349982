"""Requests that come twice at the same moment: the second waits for what becomes of the first."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary


class Doubles:
    """One at a time of each name."""

    def __init__(self) -> None:
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def one(self, name: str) -> AsyncIterator[None]:
        turn = self._turns.setdefault(name, asyncio.Lock())
        async with turn:
            yield
