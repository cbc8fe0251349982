"""What a campaign's and a queue's own file promise: of one of them, an indicator is held against that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from cti_api.campaign_file.parse import parse_campaign
from cti_api.errors import InputError, NotFound
from cti_api.kpi.facts import Scope
from cti_api.kpi.indicators import INDICATORS, Target
from cti_api.model.ids import CampaignId, QueueId
from cti_api.queue_file import parse_queue
from cti_api.store.store import Store


class Goals:
    """Reads the files that hold now."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def of(self, scope: Scope | None, name: str) -> Mapping[str, Target]:
        """By indicator. Nothing of what is not there any more, or has a file that this Vocero does not read."""
        try:
            if scope is Scope.CAMPAIGN:
                stored = await self._store.campaigns.get(CampaignId(name))
                return {"abandonment": _of("abandonment", parse_campaign(stored.spec_text).abandonment.limit)}
            if scope is Scope.QUEUE:
                files = {each.id: each.spec_text for each in await self._store.queues.all()}
                if name in files:
                    return {"service_level": _of("service_level", parse_queue(files[QueueId(name)]).service_level)}
        except (InputError, NotFound):
            pass
        return {}


def _of(indicator: str, good: float) -> Target:
    """Good from there on; what was to be watched stays so where it is worse."""
    own = INDICATORS[indicator].target
    assert own is not None
    low = own.low if own.low is not None and own.low < good else None
    return replace(own, good=good, low=low)
