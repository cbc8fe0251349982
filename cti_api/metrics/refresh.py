"""Has the indicators' gauges follow the figures, for as long as the process runs: never while Prometheus waits."""

from __future__ import annotations

import asyncio
from typing import Final

from cti_api.clock import Clock
from cti_api.errors import StoreUnavailable
from cti_api.figures import Figures, Question
from cti_api.metrics.indicators import Period, Reading, Shown, readings
from cti_api.metrics.observe import Observer
from cti_api.model.campaigns import AT_WORK
from cti_api.ports import DialerPort
from cti_api.store.campaigns import StoredCampaign
from cti_api.store.store import Store

EVERY_SECONDS: Final = 15.0
"""How old an indicator on a dashboard may be."""


class Refresh:
    """Asks for every indicator of today and of this month: of all, of each campaign, queue and survey."""

    def __init__(self, figures: Figures, store: Store, dialer: DialerPort, observer: Observer, clock: Clock) -> None:
        self._figures, self._store, self._dialer = figures, store, dialer
        self._observer, self._clock = observer, clock

    async def run(self, every_seconds: float = EVERY_SECONDS) -> None:
        """Keep them up until cancelled. While the store is away they stay as they were known last."""
        while True:
            try:
                await self.once()
            except StoreUnavailable:
                self._observer.store_error()
            await asyncio.sleep(every_seconds)

    async def once(self) -> None:
        """Set them from what is counted now. Raises `StoreUnavailable`, with nothing changed."""
        today = self._clock.now().astimezone(self._figures.zone).date()
        names = await self._names()
        found: list[Reading] = []
        for period in Period:
            for shown in Shown:
                asked = Question(first=period.first(today), last=today, by=shown.told_apart_by)
                answers = await self._figures.ask(shown.indicators, asked)
                found += readings(answers, period, shown, names.get(shown, ()))
                if shown is Shown.ALL:
                    of_all = answers
        self._observer.indicators_stand(of_all.values(), found)

    async def _names(self) -> dict[Shown, list[str]]:
        """What there is, whatever is at work first and the newest before the oldest."""
        campaigns = sorted(await self._store.campaigns.all(), key=_first_shown, reverse=True)
        surveys = sorted(await self._store.surveys.all(), key=lambda each: each.created_at, reverse=True)
        return {
            Shown.CAMPAIGN: [each.id for each in campaigns],
            Shown.QUEUE: [view.spec.id for view in self._dialer.queues()],
            Shown.SURVEY: [each.id for each in surveys],
        }


def _first_shown(campaign: StoredCampaign) -> tuple[bool, float]:
    return campaign.state in AT_WORK, campaign.created_at.timestamp()
