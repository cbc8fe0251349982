"""Hands what happened from the outbox to its readers: MQTT, live pages, webhooks, figures.

Exactly one relay numbers a store's events: the one of the process that has the dialer's lease. Readers follow the
numbers. Each reads at its own pace, from where it was: nobody slow holds up anybody else, and nothing is kept in
memory for them but the newest few hundred events. A reader may see an event twice (after a crash it begins where it
had last said so) and never misses one.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Sequence
from itertools import islice
from typing import Final

from cti_api.errors import StoreUnavailable
from cti_api.model.events import Event
from cti_api.store.outbox import MOST_PER_READ, Outbox

GATHER_SECONDS: Final = 0.05
"""Pause between two numberings: at most 20 transactions a second, however many events come."""

LOOK_SECONDS: Final = 1.0
"""How often the outbox is looked at although this process wrote nothing: another process may have (PostgreSQL)."""

RETRY_SECONDS: Final = 1.0
"""Pause after the store could not be written."""

RECENT: Final = 2 * MOST_PER_READ
"""Events kept in memory, so that a reader who keeps up never asks the store."""

log = logging.getLogger(__name__)


class Relay:
    """Numbers events (`run`) and gives them to readers (`read`, `follow`)."""

    def __init__(self, outbox: Outbox, *, retry_seconds: float = RETRY_SECONDS) -> None:
        self._outbox = outbox
        self._retry_seconds = retry_seconds
        self._recent: deque[Event] = deque(maxlen=RECENT)
        self._numbered = asyncio.Event()
        self.ended = False
        """Nothing is numbered any more: whoever waits here for more waits in vain."""

    async def run(self) -> None:
        """Number events as they come, until cancelled. A store that is away is waited for."""
        try:
            await self._number()
        finally:
            self.ended = True
            self._publish([])

    async def _number(self) -> None:
        in_doubt = False
        while True:
            try:
                events = await self._outbox.number()
            except StoreUnavailable as error:
                log.warning("events wait for the store", extra={"reason": str(error)})
                in_doubt = True
                await asyncio.sleep(self._retry_seconds)
                continue
            if in_doubt:
                # Numbers may have been given although the answer was lost: readers must look into the store.
                self._recent.clear()
            if events or in_doubt:
                self._publish(events)
            in_doubt = False
            if len(events) < MOST_PER_READ:
                await self._outbox.wait_for_news(LOOK_SECONDS)
                await asyncio.sleep(GATHER_SECONDS)

    async def read(self, after: int) -> AsyncIterator[Sequence[Event]]:
        """Every event after number `after`, in order, in batches, without end. Waits where there are none yet.

        Raises `StoreUnavailable` where older events cannot be read; begin again after the last one seen.
        """
        while True:
            if batch := await self.next(after):
                after = batch[-1].seq or after
                yield batch

    async def next(self, after: int, most_seconds: float | None = None) -> Sequence[Event]:
        """The next events after number `after`, in order, 500 at most. Waits where there are none, for `most_seconds`
        or until the relay ends, and is empty then. Raises `StoreUnavailable`.
        """
        numbered = self._numbered
        if batch := await self._look(after):
            return batch
        try:
            async with asyncio.timeout(most_seconds):
                await numbered.wait()
        except TimeoutError:
            return []
        return await self._look(after)

    async def _look(self, after: int) -> Sequence[Event]:
        batch = self._from_memory(after)
        return await self._outbox.since(after) if batch is None else batch

    async def follow(self, reader: str) -> AsyncIterator[Sequence[Event]]:
        """As `read`, from where this reader was: a batch counts as dealt with when the next one is asked for.

        `reader` is the name it is remembered by. Raises `StoreUnavailable`, as `read` does.
        """
        async for batch in self.read(await self._outbox.cursor(reader)):
            yield batch
            await self._outbox.advance(reader, batch[-1].seq or 0)

    def _publish(self, events: Sequence[Event]) -> None:
        self._recent.extend(events)
        waiting, self._numbered = self._numbered, asyncio.Event()
        waiting.set()

    def _from_memory(self, after: int) -> list[Event] | None:
        """Events after `after`; None where memory does not reach back that far."""
        if not self._recent:
            return None
        oldest = self._recent[0].seq or 0
        if after < oldest - 1:
            return None
        return list(islice(self._recent, after - oldest + 1, after - oldest + 1 + MOST_PER_READ))
