"""Puts the board together: agents, queues and trunks from the engine's memory at each look, figures of the store as
often as they are worth their price."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from cti_api.board.alerts import alerts
from cti_api.board.expected_end import LOOKS_BACK, NoEnd, Sample, done_per_hour, expected_end
from cti_api.board.shown import AgentTile, Board, CallTile, CampaignTile, LooseTile, QueueTile, TrunkTile
from cti_api.campaign_file.parse import parse_campaign
from cti_api.clock import Clock
from cti_api.errors import InputError, NotFound, StoreUnavailable
from cti_api.kpi.queues import QueueFigures, figures_of
from cti_api.live_ports import LiveCall, LiveState
from cti_api.model.campaigns import CampaignSpec, CampaignState, PacingMode
from cti_api.model.ids import CampaignId, QueueId
from cti_api.model.leads import FINAL_LEAD_STATES
from cti_api.ports import AgentView, CampaignStatus, DialerPort, QueueView
from cti_api.store.campaigns import StoredCampaign
from cti_api.store.store import Store
from cti_api.wall_clock import beginning_of

CAMPAIGNS_SECONDS: Final = 1.0
COUNTED_WITHIN_SECONDS: Final = 5.0
"""How old the counts of leads may be: counting a million takes half a second."""
QUEUES_SECONDS: Final = 5.0
"""How old a queue's figures of the day may be."""
SAMPLE_SECONDS: Final = 60.0
STAYS: Final = timedelta(hours=12)
"""How long one that is over stays on the board."""
LOOSE: Final = frozenset({LiveState.WAITING, LiveState.LED, LiveState.TRANSFERRING, LiveState.TRANSFERRED})
OVER: Final = frozenset({CampaignState.COMPLETED, CampaignState.CANCELLED})
WITHOUT_LIST: Final = frozenset({PacingMode.MANUAL, PacingMode.AGENTLESS})


class Gatherer:
    """Looks at everything, one look after the other."""

    def __init__(self, store: Store, dialer: DialerPort, clock: Clock) -> None:
        self._store, self._dialer, self._clock = store, dialer, clock
        self._campaigns: dict[str, CampaignTile] = {}
        self._campaigns_at = float("-inf")
        self._figures: dict[QueueId, QueueFigures] = {}
        self._figures_at = float("-inf")
        self._specs: dict[tuple[CampaignId, int], CampaignSpec] = {}
        self._samples: dict[CampaignId, deque[Sample]] = {}
        self._board: Board | None = None
        self._counting = asyncio.Lock()

    async def look(self) -> Board:
        """The board now, with figures that are."""
        await self.count()
        return self.stands()

    async def count(self) -> None:
        """Have the store's figures anew, as far as they are due; with a store that is away they stay as they were.
        Whoever asks meanwhile has the same ones."""
        async with self._counting:
            with suppress(StoreUnavailable):
                await self._look_at_store()

    def stands(self) -> Board:
        """The board now, with the figures that were counted last: nothing is waited for."""
        now, system = self._clock.now(), self._dialer.system()
        seats = self._dialer.agents()
        calls = self._dialer.live.calls()
        live = {call.agent_id: call for call in calls if call.agent_id is not None}
        agents = {str(view.agent.id): agent_tile(view, live.get(view.agent.id)) for view in seats}
        queues = {
            str(view.spec.id): queue_tile(view, self._figures.get(view.spec.id, QueueFigures()), seats, now)
            for view in self._dialer.queues()
        }
        trunks = {
            name: TrunkTile(
                state=state, alarm=system.trunk_alarms.get(name, ""), calls=system.channels_by_trunk.get(name, 0)
            )
            for name, state in system.trunks.items()
        }
        before = self._board.alerts if self._board is not None else {}
        self._board = Board(
            at=now,
            alerts=alerts(system, agents, queues, self._campaigns, before, now),
            agents=agents,
            queues=queues,
            campaigns=self._campaigns,
            trunks=trunks,
            loose={call.id: loose_tile(call) for call in calls if call.state in LOOSE},
        )
        return self._board

    async def _look_at_store(self) -> None:
        monotonic = self._clock.monotonic()
        if monotonic - self._campaigns_at >= CAMPAIGNS_SECONDS:
            self._campaigns_at = monotonic
            self._campaigns = await self._tiles(await self._store.campaigns.all())
        if monotonic - self._figures_at >= QUEUES_SECONDS:
            self._figures_at = monotonic
            self._figures = {view.spec.id: await self._today(view) for view in self._dialer.queues()}

    async def _today(self, view: QueueView) -> QueueFigures:
        now = self._clock.now()
        zone = ZoneInfo(view.spec.timezone)
        calls = await self._store.queues.calls_since(view.spec.id, beginning_of(now.astimezone(zone).date(), zone))
        return figures_of(calls, view.spec.answer_within_seconds, now)

    async def _tiles(self, stored: Iterable[StoredCampaign]) -> dict[str, CampaignTile]:
        now, tiles = self._clock.now(), {}
        for each in stored:
            if each.state in OVER and now - each.state_since > STAYS:
                continue
            try:
                status = await self._dialer.campaign_status(each.id, COUNTED_WITHIN_SECONDS)
                tiles[str(each.id)] = self._tile(each, status, self._spec(each), now)
            except (InputError, NotFound):
                continue  # removed between the two questions, or of a file that this Vocero does not read
        return tiles

    def _tile(self, stored: StoredCampaign, status: CampaignStatus, spec: CampaignSpec, now: datetime) -> CampaignTile:
        done = sum(count for state, count in status.leads_by_state.items() if state in FINAL_LEAD_STATES)
        per_hour = self._speed(status, done, spec, now)
        end = self._end(status, done, per_hour, spec, now)
        latest = status.pacing.latest if status.pacing is not None else None
        return CampaignTile(
            title=status.title,
            state=status.state,
            state_since=stored.state_since,
            mode=spec.mode,
            calls_in_flight=status.calls_in_flight,
            leads=status.leads,
            leads_done=done,
            attempts=status.attempts,
            live_answers=status.live_answers,
            abandoned=status.abandoned,
            abandonment_limit=status.abandonment_limit,
            budget_left=round(latest.budget_left, 1) if latest and latest.budget_left is not None else None,
            reason=latest.reason if latest is not None else "",
            said=status.last_decision,
            placed=status.pacing.placed if status.pacing is not None else 0,
            alarm=status.alarm,
            callbacks_missed=status.callbacks_missed,
            done_per_hour=round(per_hour, 1) if per_hour is not None else None,
            expected_end=None if isinstance(end, NoEnd) else end.replace(second=0, microsecond=0),
            no_end=end if isinstance(end, NoEnd) else "",
        )

    def _speed(self, status: CampaignStatus, done: int, spec: CampaignSpec, now: datetime) -> float | None:
        """Of today, while it runs."""
        samples = self._samples.setdefault(status.campaign_id, deque())
        if status.state is not CampaignState.RUNNING:
            samples.clear()
            return None
        if not samples or (now - samples[-1].at).total_seconds() >= SAMPLE_SECONDS:
            samples.append(Sample(now, done))
        zone = ZoneInfo(spec.hours.timezone)
        while samples and (
            now - samples[0].at > LOOKS_BACK or samples[0].at.astimezone(zone).date() != now.astimezone(zone).date()
        ):
            samples.popleft()
        return done_per_hour(samples, now)

    def _end(
        self, status: CampaignStatus, done: int, per_hour: float | None, spec: CampaignSpec, now: datetime
    ) -> datetime | NoEnd:
        if spec.mode in WITHOUT_LIST:
            return NoEnd.NO_LIST
        if status.state is not CampaignState.RUNNING:
            return NoEnd.STANDS
        return expected_end(status.leads - done, per_hour, spec.hours, now)

    def _spec(self, stored: StoredCampaign) -> CampaignSpec:
        """Each version of a file is read once."""
        key = (stored.id, stored.spec_version)
        if key not in self._specs:
            self._specs = {known: spec for known, spec in self._specs.items() if known[0] != stored.id}
            self._specs[key] = parse_campaign(stored.spec_text)
        return self._specs[key]


def agent_tile(view: AgentView, live: LiveCall | None) -> AgentTile:
    """An agent as the board shows them."""
    calls = view.attempt_id is not None or view.caller_id is not None or bool(view.number)
    return AgentTile(
        name=view.agent.name,
        state=view.status.state,
        since=view.status.since,
        reason=view.status.reason,
        pending=view.status.pending,
        campaigns=view.agent.campaigns,
        phone_reachable=view.phone_reachable,
        call=CallTile(
            campaign_id=view.campaign_id,
            queue_id=view.queue_id,
            lead_name=view.lead_name,
            number=view.number,
            attempt_id=view.attempt_id,
            caller_id=view.caller_id,
            held_since=live.held_since if live is not None else None,
            supervised=tuple(f"{each.by} {each.mode}" for each in live.supervised) if live is not None else (),
        )
        if calls
        else None,
        calls=view.calls,
        talk_seconds=view.talk_seconds,
    )


def loose_tile(call: LiveCall) -> LooseTile:
    """A call without an agent as the board shows it."""
    return LooseTile(
        state=call.state,
        since=call.since,
        number=call.number,
        campaign_id=call.campaign_id,
        queue_id=call.queue,
        to=call.to,
    )


def queue_tile(view: QueueView, today: QueueFigures, seats: Iterable[AgentView], now: datetime) -> QueueTile:
    """A queue as the board shows it."""
    waiting = [caller for caller in view.callers if caller.state != "talking"]
    arrived = [caller.arrived_at or now - timedelta(seconds=caller.waited_seconds) for caller in waiting]
    expected = view.expected_wait_seconds
    return QueueTile(
        title=view.spec.title,
        waiting=len(waiting),
        waiting_since=min(arrived, default=None),
        expected_wait_seconds=round(expected) if expected is not None else None,
        agents=tuple(
            each.agent.id for each in seats if view.spec.rank_of(each.agent.id, each.agent.campaigns) is not None
        ),
        agents_at_work=view.agents_at_work,
        agents_ready=view.agents_ready,
        answer_within_seconds=view.spec.answer_within_seconds,
        service_level=today.service_level,
        service_level_goal=view.spec.service_level,
        offered=today.offered,
        answered=today.answered,
        caller_abandoned=today.caller_abandoned,
    )
