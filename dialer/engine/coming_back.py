"""Agents whose page went away in a talk: whoever they were with waits a few seconds for just them.

A page is loaded anew in a moment, or opened again after a crash, and the agent who knows what the talk is about is
worth the wait. The person hears music meanwhile (`asterisk/extensions.conf`, ``orphaned``). An agent with a SIP
telephone that is gone is not back in seconds: there the next agent takes over at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cti_api.model.agents import TECHNICAL, AgentPhone, AgentState
from cti_api.model.ids import AgentId
from dialer.agents.board import Board, Seat

BACK_WITHIN: Final = timedelta(seconds=5)
"""Measured from the loss to the rejoining: 1 to 2 s where a page is loaded anew. The dialplan's music lasts as long,
and the hold limit after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Awaited:
    """An agent who is waited for."""

    agent_id: AgentId
    until: datetime


def awaited(seat: Seat, now: datetime) -> Awaited | None:
    """Whether to wait for this agent, whose leg has just died under somebody."""
    if seat.agent.phone is not AgentPhone.BROWSER or not _is_lost(seat):
        return None
    return Awaited(agent_id=seat.agent.id, until=now + BACK_WITHIN)


def is_awaited(board: Board, agent: Awaited | None, now: datetime) -> bool:
    """Whether nobody else is to be joined yet: the agent may still come, and wants nothing else meanwhile."""
    return agent is not None and now < agent.until and _is_lost(board.seat(agent.agent_id))


def returned(board: Board, agent: Awaited | None) -> Seat | None:
    """The agent's seat, where they are there again and can be joined."""
    if agent is None:
        return None
    seat = board.seat(agent.agent_id)
    return seat if seat.can_take_calls else None


def _is_lost(seat: Seat) -> bool:
    return seat.status.state is AgentState.NOT_READY and seat.status.reason == TECHNICAL
