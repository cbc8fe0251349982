"""Which campaigns are at work, from their start or the process's own to their end."""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import timedelta
from math import inf
from typing import Final

from cti_api.errors import Conflict, NotFound, StoreUnavailable
from cti_api.model.campaigns import AT_WORK, CANCELLABLE, CampaignSpec, CampaignState, PacingMode
from cti_api.model.events import EventKind
from cti_api.model.ids import CampaignId
from cti_api.model.surveys import SurveyId
from dialer.agents.board import Share
from dialer.engine.abandonment import open_tally
from dialer.engine.floor import Floor
from dialer.engine.hopper import Hopper
from dialer.engine.pacing import Pacing, open_pacing
from dialer.pacing.limits import TokenBucket

COUNT_EVERY_SECONDS: Final = 1.0
"""How often the store is asked whether a campaign has leads left."""

HOUR: Final = timedelta(hours=1)
"""Of a trunk's calls per hour."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class CampaignRun:
    """One campaign that is running, paused or draining."""

    spec: CampaignSpec
    state: CampaignState
    pacing: Pacing | None
    """None in the modes that agents drive."""
    hopper: Hopper
    bucket: TokenBucket
    """The campaign's calls per second."""
    share: Share = field(default_factory=Share)
    """The agents it was told to count on when it was asked last."""
    counted_at: float = -inf
    """When the store was last asked whether leads are left (monotonic seconds)."""
    last_decision: str = "not asked yet"
    alarm: str = ""
    """Why it cannot dial at all; empty while it can."""
    is_open: bool = True
    """Within its hours and the law's, and long enough before their end."""

    @property
    def is_at_work(self) -> bool:
        """It may dial now; without a working trunk it tries one now and then."""
        return self.state is CampaignState.RUNNING and self.is_open and self.alarm in ("", "no_trunks")


class Campaigns:
    """Those at work; people start, pause, drain and cancel them, and each one ends by itself when it is done."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self.runs: dict[CampaignId, CampaignRun] = {}

    async def load(self) -> None:
        """Take up the campaigns that were at work when the process ended, free what its hopper held, and remember the
        calls of the last hour."""
        now = self._floor.clock.now()
        await self._floor.store.leads.release_all(now)
        for trunk in self._floor.trunks:
            self._floor.trunks.remember(trunk, await self._floor.store.attempts.count_on_trunk(trunk, now - HOUR))
        for stored in await self._floor.store.campaigns.all():
            if stored.state in AT_WORK:
                await self._take_up(stored.id, stored.state)

    async def start(self, campaign_id: CampaignId) -> None:
        """Start, or go on after a pause. Raises `NotFound`, `Conflict` for one that is over."""
        run = self.runs.get(campaign_id)
        if run is not None and run.state is CampaignState.RUNNING:
            raise Conflict(f"The campaign {campaign_id} is running already.")
        stored = await self._floor.store.campaigns.get(campaign_id)
        if stored.state is CampaignState.CANCELLED:
            raise Conflict(f"The campaign {campaign_id} is cancelled; it cannot be started again.")
        spec = await self._floor.spec(campaign_id)
        over = stored.state is CampaignState.COMPLETED and spec.mode is not PacingMode.AGENTLESS
        if over and not await self._floor.store.leads.any_open(campaign_id):
            raise Conflict(f"The campaign {campaign_id} is completed and has nobody left to call: import a list first.")
        missing = [trunk for trunk in spec.trunks if trunk not in self._floor.trunks]
        if missing:
            raise Conflict(f"The campaign's trunk {missing[0]} is not in the settings file: add it under trunks.")
        for survey in (spec.survey, spec.survey_after):
            if survey is not None:
                await self._has_survey(survey)
        # Whoever starts it again has seen to what stopped it.
        self._floor.not_recording.discard(campaign_id)
        self._floor.faults.pop(campaign_id, None)
        self._floor.unmet.pop(campaign_id, None)
        self._floor.met.discard(campaign_id)
        await self._set_state(campaign_id, CampaignState.RUNNING)
        await self._take_up(campaign_id, CampaignState.RUNNING)
        self._floor.wake.set()

    async def _has_survey(self, survey_id: SurveyId) -> None:
        try:
            await self._floor.store.surveys.get(survey_id)
        except NotFound:
            raise Conflict(f"There is no survey {survey_id}: publish it first (vocero survey publish FILE).") from None

    async def pause(self, campaign_id: CampaignId) -> None:
        """Place no more calls; those in flight go on."""
        await self._change(campaign_id, CampaignState.PAUSED)

    async def drain(self, campaign_id: CampaignId) -> None:
        """Place no more calls; when the last one is over, the campaign is complete."""
        await self._change(campaign_id, CampaignState.DRAINING)

    async def cancel(self, campaign_id: CampaignId) -> None:
        """Give a campaign up for good. Raises `Conflict` for one that is running or draining: pause it first."""
        await self._set_state(campaign_id, CampaignState.CANCELLED, only_from=CANCELLABLE)
        self._let_go(campaign_id)

    async def renew(self, spec: CampaignSpec) -> None:
        """The campaign's file was replaced: it is dialled by this one from now on."""
        self._floor.specs[spec.id] = spec
        run = self.runs.get(spec.id)
        if run is not None:
            run.spec = self._floor.tallies[spec.id].spec = spec
            await self._pace(run)
            run.bucket = TokenBucket.full(spec.calls_per_second, self._floor.clock.monotonic())

    async def _change(self, campaign_id: CampaignId, state: CampaignState) -> None:
        run = self.runs.get(campaign_id)
        if run is None:
            stored = await self._floor.store.campaigns.get(campaign_id)
            raise Conflict(f"The campaign {campaign_id} is {stored.state.value}: it is not at work.")
        await self._set_state(campaign_id, state)
        run.state = state
        await run.hopper.give_back()
        self._floor.wake.set()

    async def _set_state(
        self, campaign_id: CampaignId, state: CampaignState, only_from: Collection[CampaignState] | None = None
    ) -> None:
        event = self._floor.event(EventKind.CAMPAIGN_STATE, campaign_id=campaign_id, state=state.value)
        now = self._floor.clock.now()
        await self._floor.store.campaigns.set_state(campaign_id, state, now, event, only_from=only_from)

    async def _take_up(self, campaign_id: CampaignId, state: CampaignState) -> None:
        known = self.runs.get(campaign_id)
        if known is not None:
            known.state = state
            return
        floor = self._floor
        spec = await floor.spec(campaign_id)
        floor.tallies[campaign_id] = await open_tally(floor, spec)
        run = self.runs[campaign_id] = CampaignRun(
            spec=spec,
            state=state,
            pacing=None,
            hopper=Hopper(floor.store, floor.clock, campaign_id, spec.callbacks),
            bucket=TokenBucket.full(spec.calls_per_second, floor.clock.monotonic()),
        )
        await self._pace(run)

    async def _pace(self, run: CampaignRun) -> None:
        """Give the campaign a pacer that begins now."""
        before = run.pacing
        run.pacing = await open_pacing(self._floor, run.spec, before)
        if before is not None:
            before.end()
        if run.pacing is None:
            self._floor.followers.pop(run.spec.id, None)
        else:
            self._floor.followers[run.spec.id] = run.pacing

    async def keep_pace(self, run: CampaignRun) -> None:
        """Where the window of the promise is over, begin the next one."""
        ends = run.pacing.ends if run.pacing is not None else None
        if ends is not None and self._floor.clock.now() >= ends:
            await self._pace(run)

    def _let_go(self, campaign_id: CampaignId) -> None:
        """The campaign is at work no more."""
        run = self.runs.get(campaign_id)
        if run is not None and run.pacing is not None:
            run.pacing.end()
        for known in (self.runs, self._floor.tallies, self._floor.followers):
            known.pop(campaign_id, None)

    async def give_back(self) -> None:
        """Return every hopper's leads to the store, and end the journals (the process stops)."""
        for run in self.runs.values():
            if run.pacing is not None:
                run.pacing.end()
        if self._floor.pacing_journals is not None:
            await self._floor.pacing_journals.flush()
        try:
            for run in self.runs.values():
                await run.hopper.give_back()
        except StoreUnavailable as error:
            log.warning("leads stay reserved until the next start", extra={"reason": str(error)})

    async def finish_if_done(self, run: CampaignRun) -> None:
        """A campaign ends when it is drained, or when no lead can ever be dialled again."""
        floor, monotonic = self._floor, self._floor.clock.monotonic()
        if run.state is CampaignState.RUNNING and run.spec.mode in (PacingMode.MANUAL, PacingMode.AGENTLESS):
            return  # its list is in the agents' heads, or whoever is invited yet
        if run.state not in (CampaignState.RUNNING, CampaignState.DRAINING):
            return
        if any(f.attempt.campaign_id == run.spec.id for f in floor.book) or floor.recorder.depth:
            return
        if monotonic - run.counted_at < COUNT_EVERY_SECONDS:
            return
        run.counted_at = monotonic
        if run.state is CampaignState.RUNNING and not await floor.store.leads.all_final(run.spec.id):
            return
        await run.hopper.give_back()
        try:
            await self._set_state(run.spec.id, CampaignState.COMPLETED)
        except (Conflict, NotFound) as error:
            log.warning("a campaign could not be completed", extra={"campaign": run.spec.id, "reason": str(error)})
            return
        self._let_go(run.spec.id)
        log.info("campaign completed", extra={"campaign": run.spec.id})
