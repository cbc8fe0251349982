"""Whoever was invited to a survey becomes a lead of the running campaign that asks it, called until the deadline."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import Final

from cti_api.errors import Conflict, NotFound, StoreUnavailable
from cti_api.model.campaigns import CampaignSpec
from dialer.engine.floor import Floor

LOOK_SECONDS: Final = 0.5
MOST_AT_ONCE: Final = 200
"""Handed over in one look, each in a transaction of its own."""

log = logging.getLogger(__name__)


class Invitations:
    """One loop over `running`, the campaigns without agents that are at work now."""

    def __init__(self, floor: Floor, running: Callable[[], Iterable[CampaignSpec]]) -> None:
        self._floor = floor
        self._running = running

    async def run(self) -> None:
        while True:
            try:
                for spec in list(self._running()):
                    await self.hand_over(spec)
            except StoreUnavailable as error:
                log.warning("invitations wait for the store", extra={"reason": str(error)})
            await asyncio.sleep(LOOK_SECONDS)

    async def hand_over(self, spec: CampaignSpec) -> int:
        """Everybody who is to be asked and can be called by this campaign now; returns how many."""
        if spec.survey is None:
            return 0
        floor, done = self._floor, 0
        for invitation in await floor.store.surveys.to_call(spec.survey, floor.clock.now(), MOST_AT_ONCE, spec.id):
            try:
                lead = await floor.store.surveys.hand_over(invitation.id, spec.id, floor.clock.now())
            except (Conflict, NotFound) as error:
                # Over, or erased, since it was looked at.
                log.info("nobody to ask any more", extra={"invitation": invitation.id, "reason": str(error)})
                continue
            done += lead is not None
        if done:
            floor.wake.set()
        return done
