"""Gathers the frozen snapshot a pacer decides on."""

from __future__ import annotations

from datetime import datetime

from cti_api.model.agents import AgentState
from cti_api.model.calls import AttemptState
from cti_api.model.ids import CampaignId
from dialer.agents.board import Board, Share
from dialer.engine.book import Book
from dialer.pacing.interface import BusyAgent, LiveCall, Snapshot


def snapshot_of(
    campaign_id: CampaignId,
    book: Book,
    board: Board,
    *,
    now: datetime,
    window_began: datetime,
    share: Share,
    lines_free: int,
    leads_left: int,
    answered: int,
    abandoned: int,
) -> Snapshot:
    """One campaign's view of the floor, with its `share` of the agents, as they are now: while other campaigns placed
    their calls, one of them may have paused or met somebody.

    `answered` and `abandoned` count people in the compliance window; `window_began` is the snapshot's time 0.
    """

    def since(instant: datetime | None) -> float:
        # A wall clock that was set back is noticed only some time later.
        return max((now - instant).total_seconds(), 0.0) if instant is not None else 0.0

    free, talking, wrapping = 0, [], []
    for seat in board:
        free += seat.agent.id in share.free and seat.can_take_calls
        if seat.agent.id not in share.busy:
            continue
        busy = BusyAgent(
            agent_id=seat.agent.id, elapsed=since(seat.status.since), leaving=seat.status.pending is not None
        )
        if seat.status.state in (AgentState.BUSY, AgentState.RESERVED):
            talking.append(busy)
        elif seat.status.state is AgentState.WRAP_UP:
            wrapping.append(busy)
    ringing, in_amd, waiting = [], [], []
    for flight in book.live(campaign_id):
        call = flight.call
        if flight.booked_for is not None:
            continue
        if call.state in (AttemptState.ORIGINATING, AttemptState.RINGING):
            ringing.append(LiveCall(call_id=flight.id, elapsed=since(call.placed_at)))
        elif call.needs_agent:
            waiting.append(LiveCall(call_id=flight.id, elapsed=since(call.live_at)))
        elif call.state is AttemptState.ANSWERED and call.live_at is None:
            in_amd.append(LiveCall(call_id=flight.id, elapsed=since(call.answered_at)))
    return Snapshot(
        now=(now - window_began).total_seconds(),
        free=free,
        talking=tuple(talking),
        wrapping=tuple(wrapping),
        ringing=tuple(ringing),
        in_amd=tuple(in_amd),
        waiting=tuple(waiting),
        lines_free=lines_free,
        leads_left=leads_left,
        answered=answered,
        abandoned=abandoned,
    )
