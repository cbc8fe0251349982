"""Dials: keeps each campaign's hopper filled, asks its pacer how many calls to place now, and has them placed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Hashable, Iterable
from functools import partial
from math import inf
from typing import Final

from cti_api.errors import StoreUnavailable
from cti_api.law.terms import Remedy
from cti_api.model.campaigns import CampaignState, PacingMode
from cti_api.model.ids import CampaignId
from dialer.agents.board import Demand, share_floor
from dialer.calls.machine import cancel
from dialer.engine.by_hand import ByHand
from dialer.engine.campaigns import CampaignRun, Campaigns
from dialer.engine.connecting import Connecting
from dialer.engine.floor import Floor
from dialer.engine.lawful import Lawful
from dialer.engine.placing import Placed, Placing
from dialer.engine.reception import Reception
from dialer.leads.callback import promised_to
from dialer.leads.closed import is_closed, why_closed
from dialer.leads.wrong_number import trunks_for
from dialer.pacing.limits import Room
from dialer.pacing.modes import lines_per_agent
from dialer.pacing.sentence import sentence
from dialer.trunks.choose import NoTrunk

TICK_SECONDS: Final = 0.5
"""How often the pacers are asked when nothing happens (`PacingConfig.tick_s`)."""

SOONEST_SECONDS: Final = 0.02
"""However much happens, they are not asked more often than this."""

HOPPER_SPARE: Final = 5
"""Leads kept ready beyond what the agents could use at once."""

FREE_EVERY_SECONDS: Final = 5.0
"""How often leads whose lease has ended are given back to their lists."""

log = logging.getLogger(__name__)


class Dialing:
    """One loop for all campaigns, so that agents they share are counted once."""

    def __init__(
        self,
        floor: Floor,
        campaigns: Campaigns,
        connecting: Connecting,
        placing: Placing,
        by_hand: ByHand,
        reception: Reception,
    ) -> None:
        self._reception = reception
        self._floor = floor
        self._campaigns = campaigns
        self._connecting = connecting
        self._placing = placing
        self._by_hand = by_hand
        self._lawful = Lawful(floor)
        self._freed_at = -inf

    async def run(self) -> None:
        while True:
            try:
                async with asyncio.timeout(TICK_SECONDS):
                    await self._floor.wake.wait()
            except TimeoutError:
                pass
            self._floor.wake.clear()
            try:
                await self._round()
            except StoreUnavailable as error:
                log.error("no call is placed: the store cannot be used", extra={"reason": str(error)})
                self._alarm_all("store")
                await asyncio.sleep(TICK_SECONDS)
            await asyncio.sleep(SOONEST_SECONDS)

    def _alarm_all(self, alarm: str) -> None:
        for run in self._campaigns.runs.values():
            run.alarm = alarm

    async def _round(self) -> None:
        """Ask every running campaign's pacer once."""
        floor, runs = self._floor, self._campaigns.runs
        await self._free_leases()
        for run in list(runs.values()):
            await self._campaigns.finish_if_done(run)
        for run in list(runs.values()):
            await self._look_about(run)
        if not floor.may_dial:
            return
        at_work = [run for run in runs.values() if run.is_at_work]
        for run in at_work:
            await self._campaigns.keep_pace(run)
            await self._fill(run)
            if run.spec.mode is PacingMode.PREVIEW:
                await self._by_hand.show_next(run)
        paced = [(run, run.pacing) for run in at_work if run.pacing is not None]
        hungry = {run.spec.id for run, _ in paced if self._could_place(run)}
        # Whoever is waited for by a caller is no campaign's, however many campaigns they work in.
        spoken_for = self._reception.spoken_for()
        seats = [seat for seat in floor.board if seat.agent.id not in spoken_for]
        demands = [self._demand(run, hungry) for run in runs.values() if run.spec.mode is not PacingMode.AGENTLESS]
        for campaign_id, share in share_floor(seats, demands).items():
            runs[campaign_id].share = share
        for run, pacing in sorted(paced, key=lambda pair: (-pair[0].spec.priority, pair[0].spec.id)):
            decision = pacing.decide(floor, run.share, self._room(run), is_all=run.hopper.is_all)
            run.last_decision = sentence(decision)
            self._hang_up(decision.cancel)
            for _ in range(decision.dial):
                if run.state is not CampaignState.RUNNING or not await self._place_next(run):
                    break

    async def _free_leases(self) -> None:
        monotonic = self._floor.clock.monotonic()
        if monotonic - self._freed_at >= FREE_EVERY_SECONDS:
            self._freed_at = monotonic
            await self._floor.store.leads.release_expired(self._floor.clock.now())

    async def _look_about(self, run: CampaignRun) -> None:
        """What keeps it from dialling: an alarm, or the end of its day. Then it gives its leads back, as they are."""
        floor, spec = self._floor, run.spec
        running, law = run.state is CampaignState.RUNNING, await self._lawful.of_all(spec)
        if floor.alarm:
            run.alarm = floor.alarm
        elif spec.id in floor.not_recording or spec.id in floor.faults:
            run.alarm = floor.faults.get(spec.id, "recording")
            if running:
                await self._campaigns.pause(spec.id)
        elif running and law.remedy in (Remedy.ACT, Remedy.NONE):
            run.alarm, run.last_decision = f"law:{law.rule}", law.reason
            await run.hopper.give_back()
        elif running and spec.mode is PacingMode.AGENTLESS and floor.ivr_lines is None:
            run.alarm = "no_ivr"
            await run.hopper.give_back()
        else:
            run.alarm = "no_trunks" if running and floor.trunks.none_works(spec.trunks, floor.book) else ""
        now, before = floor.clock.now(), run.is_open
        run.is_open = not is_closed(spec, law, now)
        if running and before and not run.is_open:
            run.last_decision = why_closed(spec, law, now)
            await run.hopper.give_back()

    async def _fill(self, run: CampaignRun) -> None:
        agents = [s.agent.id for s in self._floor.board if run.spec.id in s.agent.campaigns]
        at_work = [s.agent.id for s in self._floor.board.ready(run.spec.id)]
        wanted = run.spec.max_channels
        if run.spec.mode is not PacingMode.AGENTLESS:
            wanted = min(int(len(agents) * lines_per_agent(run.spec)), wanted)
        await run.hopper.fill(wanted + HOPPER_SPARE, at_work)
        if run.state is not CampaignState.RUNNING:
            await run.hopper.give_back()  # paused meanwhile

    def _demand(self, run: CampaignRun, hungry: Collection[CampaignId]) -> Demand:
        """Calls in flight count whether the campaign still runs or not: somebody will have to take them."""
        flights = self._floor.book.live(run.spec.id)
        return Demand(
            campaign_id=run.spec.id,
            priority=run.spec.priority,
            in_flight=sum(1 for f in flights if f.call.connected_at is None and f.booked_for is None),
            wants_more=run.spec.id in hungry,
            calls=frozenset(f.id for f in self._floor.book if f.attempt.campaign_id == run.spec.id),
            foresaw=run.share.agents if run.spec.mode is PacingMode.PREDICTIVE else None,
        )

    def _could_place(self, run: CampaignRun) -> bool:
        """Whether it could use one more agent: one that it cannot use is another campaign's."""
        room = self._room(run)
        return min(room.lines, room.campaign_channels, room.calls_per_second, room.leads) > 0

    def _room(self, run: CampaignRun) -> Room:
        floor, spec = self._floor, run.spec
        return Room(
            lines=floor.trunks.room(spec.trunks, floor.book),
            campaign_channels=spec.max_channels - len(floor.book.live(spec.id)),
            calls_per_second=run.bucket.allowed(floor.clock.monotonic()),
            leads=len(run.hopper),
        )

    async def _place_next(self, run: CampaignRun) -> bool:
        """Dial the hopper's next lead. False: nothing more can be placed now."""
        floor = self._floor
        lead = run.hopper.take()
        if lead is None:
            return False
        give_back = partial(floor.store.leads.release, [lead.id], floor.clock.now())
        agent_id = promised_to(run.spec.callbacks, lead, floor.clock.now())
        if agent_id is not None and not floor.board.seat(agent_id).can_take_calls:
            floor.recorder.put("personal callback given back", give_back)
            return True
        trunk = floor.trunks.choose(trunks_for(run.spec, lead), floor.book)
        if isinstance(trunk, NoTrunk):
            floor.recorder.put("lead given back", give_back)
            return False
        try:
            placed, decision, _ = await self._placing.place(run.spec, lead, trunk, booked_for=agent_id)
        except StoreUnavailable:
            floor.recorder.put("lead given back", give_back)
            raise
        if placed is Placed.REFUSED:
            run.last_decision = f"lead {lead.id} not dialled: {decision.reason}"
            floor.wake.set()  # the next one may be
        else:
            monotonic = floor.clock.monotonic()
            if run.bucket.allowed(monotonic):  # an agent's own call may have gone meanwhile
                run.bucket = run.bucket.take(1, monotonic)
        if agent_id is not None:
            floor.wake.set()  # one agent fewer than was counted on: ask the pacer anew
        return placed is not Placed.NO_LINK and agent_id is None

    def _hang_up(self, given_up: Iterable[Hashable]) -> None:
        for attempt_id in given_up:
            if (flight := self._floor.book.get(str(attempt_id))) is not None:
                flight.call = cancel(flight.call)
                self._floor.spawn(self._connecting.hang_up(flight.id), name=f"call[{flight.id}].cancel")
