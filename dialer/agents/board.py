"""The agent board: who is in which state, with which leg, in which call. In memory, one for all campaigns."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from cti_api.errors import Conflict, NotFound
from cti_api.model.agents import Agent, AgentConnect, AgentState, AgentStatus
from cti_api.model.ids import AgentId, AttemptId, CampaignId, InboundId, LegId
from dialer.agents.states import Move, move

BUSY: Final = frozenset({AgentState.RESERVED, AgentState.BUSY, AgentState.WRAP_UP})


@dataclass(slots=True)
class Seat:
    """One agent's place on the board. Changed only by `Board`."""

    agent: Agent
    status: AgentStatus
    leg_id: LegId | None = None
    """The nailed-up leg, or the leg that rings for one call."""
    leg_up: bool = False
    """The softphone answered `leg_id`."""
    leg_rang: LegId | None = None
    """The leg that the softphone let ring last: it was there then."""
    attempt_id: AttemptId | None = None
    """The call reserved for, talked or wrapped up."""
    caller_id: InboundId | None = None
    """The caller reserved for, talked with or wrapped up; never beside an attempt."""
    phone_reachable: bool = False
    rang_unanswered_seconds: float = 0.0
    """How long a rung softphone has rung for people who did not wait until it was taken, since it last was."""
    hold: tuple[LegId, datetime] | None = None
    """The leg that the softphone has put on hold, and since when."""
    calls: int = 0
    counted: str = ""
    """The call that was counted last: one that comes back after a page was loaded anew is the same."""
    talk_seconds: float = 0.0
    signed_in_seconds: float = 0.0
    """Up to the last log-off; the running session is added by `signed_in`."""
    signed_in_at: datetime | None = field(default=None)

    def count(self, call_id: str) -> None:
        """They talk in this call, for the first time or again."""
        if self.counted != call_id:
            self.counted = call_id
            self.calls += 1

    @property
    def in_no_call(self) -> bool:
        """Neither with somebody we called nor with a caller."""
        return self.attempt_id is None and self.caller_id is None

    @property
    def is_on_the_line(self) -> bool:
        """The leg need not be called: it is up for the shift, or for a consultation."""
        return self.agent.connect is AgentConnect.NAILED_UP or self.leg_up

    @property
    def held_since(self) -> datetime | None:
        """Since when the softphone holds; None: it does not."""
        return self.hold[1] if self.hold is not None and self.hold[0] == self.leg_id else None

    @property
    def can_take_calls(self) -> bool:
        """Ready, and the softphone is there. Who is joined with one that holds would hear music alone."""
        if self.status.state is not AgentState.READY or self.held_since is not None:
            return False
        return self.leg_up if self.agent.connect is AgentConnect.NAILED_UP else self.phone_reachable

    def signed_in(self, now: datetime) -> float:
        """Seconds signed in so far."""
        running = (now - self.signed_in_at).total_seconds() if self.signed_in_at else 0.0
        return self.signed_in_seconds + running


class Board:
    """All agents. Never awaits; every change goes through the table of `dialer.agents.states`."""

    def __init__(self) -> None:
        self._seats: dict[AgentId, Seat] = {}

    def __iter__(self) -> Iterator[Seat]:
        return iter(self._seats.values())

    def put(self, agent: Agent, now: datetime, status: AgentStatus | None = None) -> Seat:
        """Add an agent in `status` (None: logged off), or take over a changed account of one who keeps their state."""
        seat = self._seats.get(agent.id)
        if seat is None:
            status = status or AgentStatus(agent_id=agent.id, state=AgentState.LOGGED_OFF, since=now)
            seat = self._seats[agent.id] = Seat(agent=agent, status=status)
            seat.signed_in_at = None if status.state is AgentState.LOGGED_OFF else now
        else:
            seat.agent = agent
        return seat

    def seat(self, agent_id: AgentId) -> Seat:
        """Raises `NotFound`."""
        try:
            return self._seats[agent_id]
        except KeyError:
            raise NotFound(f"There is no agent called {agent_id}.") from None

    def move(self, agent_id: AgentId, what: Move, now: datetime, *, source: str, reason: str = "") -> AgentStatus:
        """Move an agent. Raises `NotFound`, or `Conflict` where the table has no such move."""
        seat = self.seat(agent_id)
        status = move(seat.status, what, now, source=source, reason=reason)
        if status is None:
            asked = what.value.replace("_", " ")
            raise Conflict(f"Agent {agent_id} is {seat.status.state.value}: cannot {asked} now.", rule="agent_state")
        if seat.status.state is AgentState.LOGGED_OFF and status.state is not AgentState.LOGGED_OFF:
            seat.signed_in_at = now
        if status.state is AgentState.LOGGED_OFF and seat.signed_in_at is not None:
            seat.signed_in_seconds += (now - seat.signed_in_at).total_seconds()
            seat.signed_in_at = None
        seat.status = status
        return status

    def by_leg(self, leg_id: str) -> Seat | None:
        """The seat whose leg has this id."""
        return next((s for s in self._seats.values() if s.leg_id == leg_id), None)

    def by_attempt(self, attempt_id: AttemptId) -> Seat | None:
        """The seat that is in, or wraps up, this call."""
        return next((s for s in self._seats.values() if s.attempt_id == attempt_id), None)

    def by_caller(self, caller_id: InboundId) -> Seat | None:
        """The seat that is with, or wraps up, this caller."""
        return next((s for s in self._seats.values() if s.caller_id == caller_id), None)

    def ready(self, campaign_id: CampaignId) -> list[Seat]:
        """Who can take a call of that campaign now, longest idle first."""
        seats = (s for s in self._seats.values() if s.can_take_calls and campaign_id in s.agent.campaigns)
        return sorted(seats, key=lambda s: (s.status.since, s.agent.id))


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """The agents on whom one campaign may count; each is in one share at most."""

    free: frozenset[AgentId] = frozenset()
    """Ready."""
    busy: frozenset[AgentId] = frozenset()
    """In a call or wrapping up: this campaign's to foresee."""

    @property
    def agents(self) -> frozenset[AgentId]:
        return self.free | self.busy


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What one running campaign asks of the shared agents."""

    campaign_id: CampaignId
    priority: int
    in_flight: int
    """Calls placed that may still need an agent (ringing, in AMD, waiting)."""
    wants_more: bool
    """There are leads to dial."""
    calls: frozenset[AttemptId] = frozenset()
    """Calls that agents of its are in, or wrap up."""
    foresaw: frozenset[AgentId] | None = None
    """Of a campaign that dials ahead: the agents of its last share, whom its calls in flight are meant for."""


def share_floor(seats: Iterable[Seat], demands: Iterable[Demand]) -> dict[CampaignId, Share]:
    """Every agent at work in one campaign's share at most: those who are ready, and those who will be.

    Ready agents are first set against calls already in flight, so that no other campaign dials for them. Of a campaign
    that dials ahead most of those calls are for agents who are still busy: it claims only the ready ones whom it
    foresaw, or it would leave the others none. The rest go, one by one, to the campaign of highest priority with the
    fewest agents so far that still has leads. An agent of few campaigns is placed before one of many, so that no agent
    is left over while a campaign that could use them starves.

    Whoever is busy goes by the same rule, to a campaign with leads to dial or calls in flight; it takes those who are
    in its own calls first, whose talks it knows. So two campaigns that dial ahead never both count on the same agent
    becoming free.
    """
    seats, demands = list(seats), sorted(demands, key=lambda d: (-d.priority, d.campaign_id))
    free = _share_ready([seat for seat in seats if seat.can_take_calls], demands)
    busy = _share_busy([seat for seat in seats if seat.status.state in BUSY], demands, free)
    return {one: Share(free=frozenset(free[one]), busy=frozenset(busy[one])) for one in free}


def _share_busy(
    pool: list[Seat], demands: list[Demand], free: dict[CampaignId, set[AgentId]]
) -> dict[CampaignId, set[AgentId]]:
    busy: dict[CampaignId, set[AgentId]] = {demand.campaign_id: set() for demand in demands}
    taken: set[AgentId] = set()
    liked = {d.campaign_id: _as_liked(pool, d) for d in demands if d.wants_more or d.in_flight}
    while True:
        for seats in liked.values():
            while seats and seats[0].agent.id in taken:
                seats.popleft()
        takers = [d for d in demands if liked.get(d.campaign_id)]
        if not takers:
            return busy
        best = min(takers, key=lambda d: (-d.priority, len(free[d.campaign_id]) + len(busy[d.campaign_id])))
        agent_id = liked[best.campaign_id].popleft().agent.id
        busy[best.campaign_id].add(agent_id)
        taken.add(agent_id)


def _as_liked(pool: list[Seat], demand: Demand) -> deque[Seat]:
    """Who of them works in the campaign, those in its own calls first."""
    mine = [seat for seat in pool if _works_in(seat, demand)]
    return deque(sorted(mine, key=lambda seat: (seat.attempt_id not in demand.calls, *_order(seat))))


def _share_ready(ready: list[Seat], demands: list[Demand]) -> dict[CampaignId, set[AgentId]]:
    shares: dict[CampaignId, set[AgentId]] = {d.campaign_id: set() for d in demands}
    pool = sorted(ready, key=_order)
    for demand in demands:
        meant = [s for s in pool if demand.foresaw is None or s.agent.id in demand.foresaw]
        for seat in [s for s in meant if _works_in(s, demand)][: demand.in_flight]:
            pool.remove(seat)
            shares[demand.campaign_id].add(seat.agent.id)
    for seat in pool:
        takers = [d for d in demands if d.wants_more and _works_in(seat, d)]
        if takers:
            best = min(takers, key=lambda d: (-d.priority, len(shares[d.campaign_id]), d.campaign_id))
            shares[best.campaign_id].add(seat.agent.id)
    return shares


def _works_in(seat: Seat, demand: Demand) -> bool:
    return demand.campaign_id in seat.agent.campaigns


def _order(seat: Seat) -> tuple[int, datetime, AgentId]:
    return len(seat.agent.campaigns), seat.status.since, seat.agent.id
