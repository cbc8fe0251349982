"""Surveys as time passes: who was not reached by the deadline is asked no more, and what a crash left open is ended."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from cti_api.clock import Clock
from cti_api.errors import StoreUnavailable
from cti_api.store.store import Store

LOOK_SECONDS: Final = 60.0
"""How often it is looked; nobody is asked after a deadline meanwhile, whatever the row says."""

log = logging.getLogger(__name__)


class SurveyDeadlines:
    """One loop, in the one process that asks people."""

    def __init__(self, store: Store, clock: Clock, *, look_seconds: float = LOOK_SECONDS) -> None:
        self._store = store
        self._clock = clock
        self._look_seconds = look_seconds

    async def run(self) -> None:
        """Until cancelled. A store that is away is waited for."""
        began = self._clock.now()
        settled = False
        while True:
            try:
                if not settled:
                    # whatever began before this process did is held by nobody any more
                    await self._store.sittings.settle(began, self._clock.now())
                    settled = True
                await self._store.surveys.expire(self._clock.now())
            except StoreUnavailable as error:
                log.warning("deadlines of surveys wait for the store", extra={"reason": str(error)})
            await asyncio.sleep(self._look_seconds)
