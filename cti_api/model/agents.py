"""Agents: who takes the calls, and in which state they are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from cti_api.model.ids import AgentId, CampaignId


class AgentState(StrEnum):
    """An agent's state; moved by Asterisk's events and the agent's own requests, never by wishes."""

    LOGGED_OFF = "logged_off"
    NOT_READY = "not_ready"
    """Paused; `AgentStatus.reason` says why (``technical`` when the softphone was lost)."""
    READY = "ready"
    RESERVED = "reserved"
    """Promised to one call that is being connected or, in preview, being looked at."""
    BUSY = "busy"
    WRAP_UP = "wrap_up"


TECHNICAL = "technical"
"""Reason of a pause that nobody asked for: the softphone was lost."""


class AgentConnect(StrEnum):
    """How a call reaches the agent's softphone."""

    NAILED_UP = "nailed_up"
    """One call for the whole shift; customers are joined to it in milliseconds."""
    RUNG = "rung"
    """The softphone rings for each call."""


class AgentPhone(StrEnum):
    """Through what an agent talks; it decides what their SIP account is."""

    SIP = "sip"
    """A hardware telephone, or a program beside the browser."""
    BROWSER = "browser"
    """The page at which they sign in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """An agent's account."""

    id: AgentId
    name: str
    campaigns: tuple[CampaignId, ...]
    """Campaigns whose calls this agent takes; may be several."""
    connect: AgentConnect = AgentConnect.NAILED_UP
    phone: AgentPhone = AgentPhone.SIP


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentStatus:
    """What an agent is doing now."""

    agent_id: AgentId
    state: AgentState
    since: datetime
    reason: str = ""
    pending: AgentState | None = None
    """State asked for during a call, taken after wrap-up: `NOT_READY` or `LOGGED_OFF`."""
    pending_reason: str = ""
    source: str = "system"
    """Who moved it: agent, supervisor, system or timeout."""


def taken_up(status: AgentStatus) -> AgentStatus:
    """How a process that starts takes up an agent whom the store last had in `status`.

    Who waited for a call or was in one is without a telephone until Asterisk says otherwise; a wrap-up goes on.
    """
    if status.state not in (AgentState.READY, AgentState.RESERVED, AgentState.BUSY):
        return status
    return replace(status, state=AgentState.NOT_READY, reason=TECHNICAL)
