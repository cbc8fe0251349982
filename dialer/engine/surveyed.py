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
        """Close the calls that are over and whose survey is, and those that have waited for it long enough."""
        waiting, now = [flight for flight in self._floor.book.wrapping() if flight.led], self._floor.clock.now()
        if not waiting:
            return
        outcomes = await self._floor.store.sittings.outcomes([flight.id for flight in waiting])
        for flight in waiting:
            outcome = outcomes.get(flight.id)
            if outcome is not None:
                self._closing.dispose(flight, outcome.value, {})
            elif flight.wrap_up_until is not None and now >= flight.wrap_up_until:
                log.info("nothing is known of a survey", extra={"attempt": flight.id})
                self._closing.close(flight)
