"""The hopper: leads reserved for one campaign, ready to be dialled, under a lease that comes back by itself."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from cti_api.clock import Clock
from cti_api.model.campaigns import CallbackPolicy
from cti_api.model.ids import AgentId, CampaignId, LeadId
from cti_api.model.leads import Lead
from cti_api.store.store import Store
from dialer.leads.callback import anyones_until, promised_to

LEASE: Final = timedelta(seconds=120)
"""How long a lead may wait here; a dialer that died holds none longer."""

STALE: Final = timedelta(seconds=10)
"""A lead this close to its lease's end is not dialled any more: someone else may be about to have it."""

EMPTY_AGAIN_SECONDS: Final = 1.0
"""How often an empty store is asked again."""


class Hopper:
    """First in, first out; the store decides the order (`cti_api.store`, callbacks due first)."""

    def __init__(
        self, store: Store, clock: Clock, campaign_id: CampaignId, callbacks: CallbackPolicy | None = None
    ) -> None:
        self._store = store
        self._clock = clock
        self._campaign_id = campaign_id
        self._callbacks = callbacks or CallbackPolicy()
        self._leads: deque[tuple[Lead, datetime]] = deque()
        self._ask_again_at = clock.monotonic()
        self.is_all = False
        """What is here is all that may be dialled now: the store had no more."""

    def __len__(self) -> int:
        return len(self._leads)

    async def fill(self, depth: int, agents: Collection[AgentId]) -> None:
        """Reserve leads until there are `depth`. `agents`: whose personal callbacks may come now.

        Those that waited here for long go back first: meanwhile somebody else may have come to be due before them.
        """
        now = self._clock.now()
        stale: list[LeadId] = []
        while self._leads and now >= self._leads[0][1] - STALE:
            stale.append(self._leads.popleft()[0].id)
        if stale:
            await self._store.leads.release(stale, now)
        wanted = depth - len(self._leads)
        self.is_all = self.is_all and wanted > 0
        if wanted <= 0 or self._clock.monotonic() < self._ask_again_at:
            return
        lease_until = now + LEASE
        leads = await self._store.leads.reserve(
            self._campaign_id,
            wanted,
            now,
            lease_until,
            for_agents=agents,
            anyones_until=anyones_until(self._callbacks, now),
        )
        personal = [lead for lead in leads if promised_to(self._callbacks, lead, now)]
        self._leads.extend((lead, lease_until) for lead in leads if lead not in personal)
        # Before what is here: their agent is ready now, and busy by the time it would be their turn.
        self._leads.extendleft((lead, lease_until) for lead in reversed(personal))
        self.is_all = len(leads) < wanted
        if self.is_all:
            self._ask_again_at = self._clock.monotonic() + EMPTY_AGAIN_SECONDS

    def take(self) -> Lead | None:
        """The next lead whose lease is good, or None. The others come back by themselves (`Leads.release_expired`)."""
        now = self._clock.now()
        while self._leads:
            lead, lease_until = self._leads.popleft()
            if now < lease_until - STALE:
                return lead
        return None

    async def give_back(self) -> None:
        """Return every lead to the store."""
        leads = [lead.id for lead, _ in self._leads]
        self._leads.clear()
        if leads:
            await self._store.leads.release(leads, self._clock.now())
