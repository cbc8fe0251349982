"""Keeps the counters up with what happens, for as long as the process runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Final, Protocol

from cti_api.errors import StoreUnavailable
from cti_api.metrics.observe import Observer
from cti_api.model.events import Event

RETRY_SECONDS: Final = 1.0
"""Pause before the store is asked again."""


class Events(Protocol):
    """Where events come from; `cti_api.relay.Relay` is one."""

    def read(self, after: int) -> AsyncIterator[Sequence[Event]]:
        """Every event after number `after`, in order, without end. Raises `StoreUnavailable`."""
        ...


async def watch(events: Events, observer: Observer, after: int, retry_seconds: float = RETRY_SECONDS) -> None:
    """Count every event after number `after`, until cancelled. A store that is away is waited for.

    Counters begin at 0 with the process, as Prometheus expects: start at the last number given so far.
    """
    while True:
        try:
            async for batch in events.read(after):
                for event in batch:
                    observer.happened(event)
                    after = event.seq or after
        except StoreUnavailable:
            observer.store_error()
            await asyncio.sleep(retry_seconds)
