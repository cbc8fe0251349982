"""Looks for callbacks that nobody made in time, and does with them what their campaign says."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import Final

from cti_api.errors import StoreUnavailable
from cti_api.model.campaigns import CampaignSpec
from cti_api.store.callbacks import MissedCallback
from dialer.engine.floor import Floor
from dialer.leads.callback import missed_before, when_missed

LOOK_SECONDS: Final = 15.0
"""How often it is looked: limits are of hours, and one query a campaign is all it takes."""

log = logging.getLogger(__name__)


class MissedCallbacks:
    """One loop for all campaigns at work, paused ones too: the person waits whether the campaign rests or not."""

    def __init__(self, floor: Floor, at_work: Callable[[], Iterable[CampaignSpec]]) -> None:
        self._floor = floor
        self._at_work = at_work

    async def run(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            for spec in list(self._at_work()):
                try:
                    await self.look(spec)
                except StoreUnavailable as error:
                    log.warning("missed callbacks are looked for later", extra={"reason": str(error)})

    async def look(self, spec: CampaignSpec) -> int:
        """Do what there is to do in one campaign; returns how many were missed. Raises `StoreUnavailable`."""
        floor, now = self._floor, self._floor.clock.now()
        before = missed_before(spec.callbacks, now)
        # A clock that jumped says nothing of who is late.
        if before is None or not floor.clock_trusted:
            return 0
        action = spec.callbacks.when_missed
        missed = [
            MissedCallback(
                lead_id=each.lead.id,
                due_at=each.due_at,
                agent_id=each.lead.callback_agent,
                action=action.value,
                move=when_missed(action, each.lead),
            )
            for each in await floor.store.callbacks.overdue(spec.id, before)
        ]
        done = await floor.store.callbacks.miss(missed, now) if missed else 0
        if done:
            log.warning("callbacks missed", extra={"campaign": spec.id, "callbacks": done, "action": action.value})
            floor.wake.set()
        return done
