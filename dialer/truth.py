"""What is true on the telephone side now, as Asterisk answers when it is asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cti_api.model.ids import AgentId, InboundId, QueueId
from cti_api.model.queues import Terms

HELD_FOR: Final = "heldfor"
"""How the extension of a person begins whose agent speaks with a colleague first; that agent's leg follows."""


def held_for(exten: str) -> str:
    """The leg of the agent for whom a person in that extension is kept; empty: for none."""
    return exten.removeprefix(HELD_FOR) if exten.startswith(HELD_FOR) else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelSeen:
    """One channel that Asterisk has now and that carries an id of ours."""

    channel_id: str
    name: str
    """Asterisk's own name, for logs only."""
    up: bool
    """Answered."""
    ringing: bool
    bridge_id: str
    """Empty: in no bridge."""
    exten: str
    """Where in the dialplan it is: ``live``, ``led``, ``amd``, ``orphaned``, ``wait``, an attempt's or caller's id."""
    agent_id: AgentId | None
    """Whose softphone, for an agent's leg; None for a customer's channel."""
    age_seconds: float
    led: bool = False
    """A person's: the IVR led them, and may still."""
    handed_on: bool = False
    """A person's: they are with somebody to whom an agent has handed them on, and who is none of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerSeen:
    """One caller whom Asterisk has now."""

    caller_id: InboundId
    queue: QueueId
    number: str
    bridge_id: str
    """Empty: joined with nobody."""
    exten: str
    """Where in the queue's context it is: ``wait``, ``tell03051``, ``sorry`` …"""
    age_seconds: float
    terms: Terms | None = None
    handed_on: bool = False
    """Whoever they are handed on to is rung, or has them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """Asterisk's own account, asked after each (re)connect and swept every 15 s."""

    asterisk_started_at: datetime
    channels: tuple[ChannelSeen, ...]
    reachable_agents: frozenset[AgentId]
    callers: tuple[CallerSeen, ...] = ()
