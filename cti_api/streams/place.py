"""Where a reader of the events stands: from where it goes on after a restart, and how far behind it is."""

from __future__ import annotations

from typing import Final

from cti_api.clock import Clock
from cti_api.store.outbox import Outbox

KEPT_SECONDS: Final = 1.0
"""How often its place is written down at most: after a crash it begins that much earlier, and repeats what it sent."""


class Place:
    """Of one reader, by the name it is remembered by."""

    def __init__(self, name: str, outbox: Outbox, clock: Clock) -> None:
        self.name = name
        self.seq = 0
        """Everything up to this number is dealt with."""
        self.sent = 0
        """Events that reached the other side since this process began."""
        self.connected = False
        """The other side was there when it was last looked for."""
        self._outbox = outbox
        self._clock = clock
        self._kept = 0
        self._kept_at = clock.monotonic()

    async def take(self) -> None:
        """Begin where it was left, or, the first time of all, with what happens from now on. Raises
        `StoreUnavailable`."""
        await self._outbox.join(self.name)
        self.seq = self._kept = await self._outbox.cursor(self.name)

    async def dealt_with(self, seq: int) -> None:
        """Everything up to `seq` is dealt with. Raises `StoreUnavailable`."""
        self.seq = seq
        if self._clock.monotonic() - self._kept_at >= KEPT_SECONDS:
            await self.keep()

    async def keep(self) -> None:
        """Write the place down, if it is another. Raises `StoreUnavailable`."""
        self._kept_at = self._clock.monotonic()
        if self.seq > self._kept:
            await self._outbox.advance(self.name, self.seq)
            self._kept = self.seq
