"""Closes calls of campaigns without agents with what became of the survey, as an agent's word closes the others.

The IVR writes how a sitting ended before it lets the call go, or a few seconds later where the person hung up; both
are in the store, so it makes no difference which process wrote it, or which one looks.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from cti_api.errors import StoreUnavailable
from dialer.engine.closing import Closing
from dialer.engine.floor import Floor

LOOK_SECONDS: Final = 0.25

log = logging.getLogger(__name__)


class Surveyed:
    """One loop. A call whose survey says nothing within the campaign's `wrap_up` is closed without its word."""

    def __init__(self, floor: Floor, closing: Closing) -> None:
        self._floor = floor
        self._closing = closing

    async def run(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self.look()
            except StoreUnavailable as error:
                log.warning("how surveys ended cannot be read", extra={"reason": str(error)})

    async def look(self) -> None:
        """Close the calls that are over and whose survey is."""
        waiting = [flight.id for flight in self._floor.book.wrapping() if flight.led]
        if not waiting:
            return
        for attempt_id, outcome in (await self._floor.store.sittings.outcomes(waiting)).items():
            flight = self._floor.book.get(attempt_id)
            if flight is not None and not flight.live:
                self._closing.dispose(flight, outcome.value, {})
