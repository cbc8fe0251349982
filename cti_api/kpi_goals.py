"""What a campaign's and a queue's own file promise: of each of them, an indicator is held against that."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Final

from cti_api.campaign_file.parse import parse_campaign
from cti_api.errors import InputError, NotFound
from cti_api.kpi.facts import Scope
from cti_api.kpi.indicators import Target
from cti_api.model.ids import CampaignId
from cti_api.queue_file import parse_queue
from cti_api.store.store import Store

PROMISED: Final = {Scope.CAMPAIGN: "abandonment", Scope.QUEUE: "service_level"}
"""The indicator of which such a file says how good it has to be."""
_MOST: Final = 1024
"""Files that are not read anew for each question."""


class Goals:
    """Reads the files that hold now."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def of(self, scope: Scope, names: Collection[str]) -> Mapping[str, float]:
        """From where on what `PROMISED` says is good, of each name. Nothing of what is not there any more, or has a
        file that this Vocero does not read."""
        files = await self._files(scope, names)
        promised = {name: _promise(scope, files[name]) for name in names if name in files}
        return {name: good for name, good in promised.items() if good is not None}

    async def _files(self, scope: Scope, names: Collection[str]) -> Mapping[str, str]:
        if scope is Scope.QUEUE:
            return {each.id: each.spec_text for each in await self._store.queues.all()}
        if len(names) > 1:
            return {each.id: each.spec_text for each in await self._store.campaigns.all()}
        try:
            return {name: (await self._store.campaigns.get(CampaignId(name))).spec_text for name in names}
        except NotFound:
            return {}


@lru_cache(_MOST)
def _promise(scope: Scope, text: str) -> float | None:
    try:
        return parse_queue(text).service_level if scope is Scope.QUEUE else parse_campaign(text).abandonment.limit
    except InputError:
        return None


def aimed_at(target: Target, good: float) -> Target:
    """That target with what a file promises: good from there on; what was to be watched stays so where it is worse."""
    sign = 1 if target.higher_is_better else -1
    low = target.low if target.low is not None and sign * target.low < sign * good else None
    return replace(target, good=good, low=low)
