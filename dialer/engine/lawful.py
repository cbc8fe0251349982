"""The law for a whole campaign: what it refuses to everybody in it, so that no lead is taken up to be refused alone."""

from __future__ import annotations

from typing import Final

from cti_api.law.facts import Decision, RegistryCheck
from cti_api.law.rules import Pack
from cti_api.model.campaigns import CampaignSpec
from cti_api.model.ids import CampaignId
from dialer.engine.floor import Floor
from dialer.leads.law import for_everybody

ASK_EVERY_SECONDS: Final = 1.0
"""How often it is asked: each call is asked about once more before it is placed."""


class Lawful:
    """Asks, and remembers the answer for a moment."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._answers: dict[CampaignId, tuple[float, CampaignSpec, tuple[Pack, ...], Decision]] = {}

    async def of_all(self, spec: CampaignSpec) -> Decision:
        """What the law says of everybody in the campaign: allowed, waiting until it opens, or that somebody must act.

        Raises `StoreUnavailable`.
        """
        floor, monotonic = self._floor, self._floor.clock.monotonic()
        known = self._answers.get(spec.id)
        packs = floor.packs
        if known is not None and monotonic - known[0] < ASK_EVERY_SECONDS and known[1:3] == (spec, packs):
            return known[3]
        copies = [
            RegistryCheck(registry=copy.registry, taken_at=copy.taken_at, listed=frozenset())
            for copy in await floor.store.registries.all()
        ]
        started_at = await floor.store.record.running_since(spec.id)
        answer = for_everybody(spec, packs, copies, floor.clock.now(), started_at)
        self._answers[spec.id] = (monotonic, spec, packs, answer)
        return answer
