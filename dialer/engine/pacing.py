"""A campaign's pacer at work: told what happens, asked what to do, and its answers kept for whoever asks why."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Final

from cti_api.model.agents import AgentState
from cti_api.model.calls import AttemptState
from cti_api.model.campaigns import CampaignSpec, PacingMode
from cti_api.model.events import EventKind
from cti_api.model.ids import AttemptId
from dialer.agents.board import Seat, Share
from dialer.engine.abandonment import under_way, within_limits
from dialer.engine.book import Flight
from dialer.engine.floor import Floor
from dialer.engine.ivr_lines import lines_free
from dialer.engine.pacing_journals import PacingJournal
from dialer.engine.snapshot import snapshot_of
from dialer.leads.law import abandonment_cap
from dialer.pacing.explained import Explanations, told
from dialer.pacing.feed import IN_SERVICE, Feed, past_events
from dialer.pacing.interface import Decision, Event, Pacer
from dialer.pacing.limits import Room, bound
from dialer.pacing.modes import make_pacer, pacing_config, pacing_window

LEARNED_FROM: Final = timedelta(days=4)
MOST_LEARNED_FROM: Final = 2000
"""How far a pacer that begins looks back, in time and in attempts: half a shift of ten agents, beyond a weekend. How
long telephones ring and agents talk changes little overnight; how many answer is learned anew within minutes."""

UNKNOWN_LEADS: Final = 1_000_000
"""Told to the pacer while there are more leads than are kept ready."""


@dataclass(slots=True, kw_only=True)
class Pacing:
    """One campaign's pacer, from its beginning to the end of the window it was made for."""

    spec: CampaignSpec
    pacer: Pacer
    began: datetime
    """Its time 0."""
    ends: datetime | None
    """When another one takes its place; None: its window has no end."""
    feed: Feed
    explanations: Explanations = field(default_factory=Explanations)
    journal: PacingJournal | None = None

    def agent_moved(self, seat: Seat, before: AgentState, flight: Flight | None, now: datetime) -> None:
        """An agent of whatever campaign moved; `flight` is the call they are in."""
        if self.spec.id in seat.agent.campaigns:
            call = flight.call if flight is not None and self._is_mine(flight) else None
            self.feed.agent(seat.agent.id, before, seat.status.state, now, call)

    def call_over(self, flight: Flight, now: datetime) -> None:
        """A call of this campaign is over."""
        if self._is_mine(flight) and flight.result is not None:
            self.feed.over(flight.call, flight.result, now)

    def shift(self, by: timedelta, now: datetime) -> None:
        """The wall clock was set: for the pacer no time has passed by that, whose day ends at midnight all the same."""
        self.began += by
        self.feed.shift(by, now)

    def end(self) -> None:
        """Another one takes its place, or the campaign is at work no more."""
        if self.journal is not None:
            self.journal.end()

    def catch_up(self, floor: Floor, now: datetime) -> None:
        """Tell the pacer everything that happened since the last time."""
        in_service = [
            seat.agent.id
            for seat in floor.board
            if seat.status.state in IN_SERVICE and self.spec.id in seat.agent.campaigns
        ]
        self.feed.staff(in_service, now)
        for flight in floor.book.live(self.spec.id):
            if self._is_mine(flight) and flight.asked_for:
                self.feed.call(flight.call, now)
        for event in self.feed.drain():
            self.pacer.observe(event)

    def decide(self, floor: Floor, share: Share, room: Room, *, is_all: bool) -> Decision:
        """What to do now, within every limit; kept with its reason. `is_all`: the room's leads are all there are."""
        now, tally = floor.clock.now(), floor.tallies[self.spec.id]
        so_far = under_way(floor, self.spec)
        answered, abandoned = tally.in_window(now, so_far)
        self.catch_up(floor, now)
        snapshot = snapshot_of(
            self.spec.id,
            floor.book,
            floor.board,
            now=now,
            window_began=self.began,
            share=share,
            lines_free=room.lines,
            leads_left=room.leads if is_all else UNKNOWN_LEADS,
            answered=answered,
            abandoned=abandoned,
        )
        if self.spec.mode is PacingMode.AGENTLESS:
            snapshot = snapshot._replace(free=lines_free(floor, self.spec))
        decided = within_limits(self.pacer.decide(snapshot), snapshot, tally, self.spec, floor.packs, now, so_far)
        decision = bound(decided, room)._replace(cancel=self._may_hang_up(floor, decided.cancel, now))
        self.explanations.add(decision, answered, abandoned, now)
        self._tell(floor, now)
        return decision

    def _may_hang_up(self, floor: Floor, given_up: Sequence[Hashable], now: datetime) -> tuple[AttemptId, ...]:
        """Of the calls that the pacer gives up: those that still ring, have done so for as long as the law wants them
        to, and are not being hung up already."""
        calls = [flight.call for one in given_up if (flight := floor.book.get(str(one))) is not None]
        least = timedelta(seconds=self.spec.min_ring_seconds)
        return tuple(
            call.attempt_id
            for call in calls
            if call.state is AttemptState.RINGING
            and not call.canceled
            and call.ringing_at is not None
            and now - call.ringing_at >= least
        )

    def _tell(self, floor: Floor, now: datetime) -> None:
        """A sample of the decisions is an event."""
        entry = self.explanations.worth_telling(now)
        if entry is None:
            return
        facts = {name: value for name, value in asdict(told(entry)).items() if name not in ("first", "last", "times")}
        event = floor.event(EventKind.PACING_DECISION, campaign_id=self.spec.id, **facts)
        floor.recorder.put("pacing decision", lambda: floor.store.outbox.append(event))

    def _is_mine(self, flight: Flight) -> bool:
        """Not a call that waits for a certain agent."""
        return flight.attempt.campaign_id == self.spec.id and flight.booked_for is None


async def open_pacing(floor: Floor, spec: CampaignSpec, before: Pacing | None = None) -> Pacing | None:
    """The campaign's pacer, which knows what its calls of the last hours were like and who is at work now.

    None in the modes in which agents place the calls. `before` is the one whose place it takes: what it decided is
    still explained.
    """
    window = pacing_window(spec, floor.clock.now())
    config = pacing_config(spec, window=window, cap=abandonment_cap(spec, floor.packs))
    seed = floor.random.getrandbits(32)
    pacer = make_pacer(spec, seed, config)
    if pacer is None:
        return None
    journal = None
    if floor.pacing_journals is not None:
        began = f"{floor.clock.now():%Y%m%dT%H%M%S.%fZ}"
        journal = floor.pacing_journals.begin(spec, began, config, seed, pacer)
        pacer = journal.pacer
    if spec.mode is PacingMode.PREDICTIVE:
        for event in await learned(floor, spec, window.began):
            pacer.observe(event)
    pacing = Pacing(
        spec=spec,
        pacer=pacer,
        began=window.began,
        ends=window.ends,
        feed=Feed(window.began, amd=spec.amd.enabled),
        explanations=before.explanations if before is not None else Explanations(),
        journal=journal,
    )
    for seat in floor.board:
        flight = floor.book.get(seat.attempt_id) if seat.attempt_id else None
        if flight is not None and spec.id in seat.agent.campaigns and pacing._is_mine(flight):
            _seated(pacing.feed, seat, flight)
    return pacing


async def learned(floor: Floor, spec: CampaignSpec, began: datetime) -> list[Event]:
    """What happened in the campaign's latest calls, before the pacer's time 0 or after it."""
    since = floor.clock.now() - LEARNED_FROM
    attempts = await floor.store.attempts.lately(spec.id, MOST_LEARNED_FROM, since)
    longest = timedelta(seconds=spec.wrap_up_seconds)
    return past_events(attempts, began, amd=spec.amd.enabled, longest_wrap_up=longest)


def _seated(feed: Feed, seat: Seat, flight: Flight) -> None:
    """An agent who is in a call as the pacer begins."""
    call, state, since = flight.call, seat.status.state, seat.status.since
    if state in (AgentState.BUSY, AgentState.WRAP_UP):
        talking_since = since if state is AgentState.BUSY else call.connected_at or since
        feed.agent(seat.agent.id, AgentState.RESERVED, AgentState.BUSY, talking_since, call)
    if state is AgentState.WRAP_UP:
        feed.agent(seat.agent.id, AgentState.BUSY, AgentState.WRAP_UP, since)
