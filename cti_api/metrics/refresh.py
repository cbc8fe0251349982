"""Has the gauges follow what is in the store, for as long as the process runs: never while Prometheus waits."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from cti_api.clock import Clock
from cti_api.errors import NotFound, StillCounting, Unreachable
from cti_api.figures import Figures, Question
from cti_api.metrics.indicators import Period, Reading, Shown, readings
from cti_api.metrics.observe import Observer
from cti_api.model.campaigns import AT_WORK
from cti_api.ports import CampaignStatus, DialerPort
from cti_api.side_by_side import heed_cancellation, until_one_ends
from cti_api.store.campaigns import StoredCampaign
from cti_api.store.kpi_ingest import READER
from cti_api.store.store import Store
from cti_api.streams.sse import EventStream
from cti_api.streams.streams import Streams

STANDS_SECONDS: Final = 5.0
"""How old what is so now may be: Prometheus asks as often."""
COUNTS_SECONDS: Final = 15.0
"""How old an indicator may be."""
COUNTED_WITHIN_SECONDS: Final = 5.0
"""How old the counts of leads may be: counting a million takes half a second."""
AFTER_A_FAULT_SECONDS: Final = 60.0

log = logging.getLogger(__name__)


class Refresh:
    """Looks at campaigns, messages and streams, and asks for every indicator of today and of this month: of all, of
    each campaign, queue and survey."""

    def __init__(
        self, store: Store, dialer: DialerPort, observer: Observer, clock: Clock, figures: Figures | None = None,
        streams: Streams | None = None, events: EventStream | None = None,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:  # fmt: skip
        """Of `figures`, `streams` and `events` there are none where nobody counts, or numbers events. `pause` waits so
        many seconds between two looks."""
        self._pause = pause
        self._store, self._dialer, self._observer, self._clock = store, dialer, observer, clock
        self._figures, self._streams, self._events = figures, streams, events

    async def run(self) -> None:
        """Keep them up until cancelled. While the store is away they stay as they were known last."""
        await until_one_ends(self._keep(self.stands, STANDS_SECONDS), self._keep(self.counts, COUNTS_SECONDS))

    async def stands(self) -> None:
        """Set what is so now. Raises `Unreachable`; what was set before that stays."""
        store, observer = self._store, self._observer
        observer.campaigns_stand(await self._at_work())
        observer.messages_stand(await store.messages.counts(), self._clock.now())
        head = await store.outbox.head()
        observer.outbox_stands(await store.outbox.unnumbered(), max(head - await store.outbox.cursor(READER), 0))
        if self._streams is not None and self._events is not None:
            observer.streams_stand(await self._streams.standing(), self._events.clients)

    async def counts(self) -> None:
        """Set the indicators from what is counted now: none while everything is counted anew. Raises `Unreachable`,
        with nothing changed."""
        if self._figures is None:
            return
        try:
            await self._figures.refuse_parts()
        except StillCounting:
            self._observer.indicators_stand((), ())
            return
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

    async def _at_work(self) -> list[CampaignStatus]:
        """Campaigns whose figures move; a finished one leaves the scrape and stays in the reports."""
        found = []
        for campaign in await self._store.campaigns.all():
            if campaign.state in AT_WORK:
                try:
                    found.append(await self._dialer.campaign_status(campaign.id, COUNTED_WITHIN_SECONDS))
                except NotFound:
                    continue  # removed between the two questions
        return found

    async def _names(self) -> dict[Shown, list[str]]:
        """What there is, whatever is at work first and the newest before the oldest."""
        campaigns = sorted(await self._store.campaigns.all(), key=_first_shown, reverse=True)
        surveys = sorted(await self._store.surveys.all(), key=lambda each: each.created_at, reverse=True)
        self._observer.surveys_stand(each.id for each in surveys)
        return {
            Shown.CAMPAIGN: [each.id for each in campaigns],
            Shown.QUEUE: [view.spec.id for view in self._dialer.queues()],
            Shown.SURVEY: [each.id for each in surveys],
        }

    async def _keep(self, look: Callable[[], Awaitable[None]], every_seconds: float) -> None:
        while True:
            wait = every_seconds
            try:
                await look()
            except Unreachable:
                self._observer.store_error()
            except Exception:
                # A fault of ours in what only looks on must not take the calls with it.
                log.exception("metrics are not kept up for now")
                wait = AFTER_A_FAULT_SECONDS
            heed_cancellation()
            await self._pause(wait)


def _first_shown(campaign: StoredCampaign) -> tuple[bool, float]:
    return campaign.state in AT_WORK, campaign.created_at.timestamp()
