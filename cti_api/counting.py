"""Counts what happens into the figures' store, for as long as the process runs."""

from __future__ import annotations

import asyncio
import logging
from datetime import tzinfo
from typing import Final

from cti_api.errors import StoreUnavailable, Unreachable
from cti_api.kpi.business_hours import Promise
from cti_api.relay import Relay
from cti_api.store.kpi import Kpi
from cti_api.store.kpi_ingest import READER
from cti_api.store.outbox import Outbox

FORGOTTEN_AT_ONCE: Final = 500
"""Rows in one transaction, where everything is counted anew."""
BREATH_SECONDS: Final = 0.02
"""Between two of them while there is more to catch up with."""
RETRY_SECONDS: Final = 1.0
"""After the store could not be written."""
LOOK_SECONDS: Final = 1.0
"""How soon an order to count anew is seen where nothing happens."""

CAUGHT_UP_SECONDS: Final = 30.0
"""The longest that is waited until what happened is counted."""
CAUGHT_UP_LOOK_SECONDS: Final = 0.2

log = logging.getLogger(__name__)


class Counting:
    """One reader of the events; where it stands is in the store, with what it counted."""

    def __init__(self, kpi: Kpi, zone: tzinfo, promise: Promise) -> None:
        """`zone`: the company's, whose days and hours the figures are of; `promise`: its own about cases."""
        self._kpi, self._zone, self._promise = kpi, zone, promise

    async def run(self, relay: Relay) -> None:
        """Count until cancelled, and anew where that was ordered (`Kpi.rebuild`). A store that is away is waited
        for."""
        after, begun = 0, False
        while True:
            try:
                if not begun:
                    await self._kpi.begin()
                    begun = True
                if await self._kpi.empty(FORGOTTEN_AT_ONCE):
                    await asyncio.sleep(BREATH_SECONDS)
                elif (seq := await self._kpi.ingest(self._zone, self._kpi.at_once, self._promise)) is not None:
                    after = seq
                    await asyncio.sleep(BREATH_SECONDS)
                else:
                    await relay.next(after, LOOK_SECONDS)
            except StoreUnavailable as error:
                log.warning("figures wait for the store", extra={"reason": str(error)})
                await asyncio.sleep(RETRY_SECONDS)


async def caught_up(outbox: Outbox, longest_seconds: float = CAUGHT_UP_SECONDS) -> None:
    """Return once all that happened until now is counted. Raises `Unreachable` where it takes longer than that."""
    head = await outbox.head()
    for _ in range(int(longest_seconds / CAUGHT_UP_LOOK_SECONDS) + 1):
        if await outbox.cursor(READER) >= head:
            return
        await asyncio.sleep(CAUGHT_UP_LOOK_SECONDS)
    raise Unreachable("The figures are behind what happened: they are still being counted.")
