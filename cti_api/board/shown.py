"""What stands on the board. Instants, not lengths: what only grows older is counted by whoever looks, not sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from cti_api.live_ports import LiveState
from cti_api.model.agents import AgentState
from cti_api.model.campaigns import CampaignState, PacingMode


@dataclass(frozen=True, slots=True, kw_only=True)
class CallTile:
    """The call an agent is in, or is shown."""

    campaign_id: str | None
    queue_id: str | None
    lead_name: str
    number: str
    attempt_id: str | None
    """Of a call that we placed."""
    caller_id: str | None
    """Of somebody who called."""
    held_since: datetime | None
    """The agent has them on hold."""
    supervised: tuple[str, ...]
    """Who take part beside the agent: ``person:sara listen``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentTile:
    name: str
    state: AgentState
    since: datetime
    reason: str
    pending: AgentState | None
    """State asked for during a call, taken after wrap-up."""
    campaigns: tuple[str, ...]
    phone_reachable: bool
    call: CallTile | None
    calls: int
    talk_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueTile:
    title: str
    waiting: int
    waiting_since: datetime | None
    """When the caller who waits longest came; None: nobody waits."""
    expected_wait_seconds: float | None
    """Of somebody who calls now; None: nobody serves."""
    agents: tuple[str, ...]
    """Who serve it, signed in or not."""
    agents_at_work: int
    agents_ready: int
    answer_within_seconds: float
    service_level: float | None
    """Of today, 0..1; None before the first call."""
    service_level_goal: float
    offered: int
    answered: int
    caller_abandoned: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignTile:
    title: str
    state: CampaignState
    state_since: datetime
    mode: PacingMode
    calls_in_flight: int
    leads: int
    leads_done: int
    """Those that are never called again."""
    attempts: int
    live_answers: int
    """In the window of the promise …"""
    abandoned: int
    """… and those of them who met nobody."""
    abandonment_limit: float
    """0..1."""
    budget_left: float | None
    """Calls that may still be abandoned; None: the pacer counts none, or is not at work."""
    reason: str
    """Why it places calls or not, a `dialer.pacing.interface.Reason`; empty: no pacer is at work."""
    said: str
    """The same in words of the engine's."""
    placed: int
    """Calls since it was taken up."""
    alarm: str
    """As in `CampaignStatus.alarm`."""
    callbacks_missed: int
    done_per_hour: float | None
    """Leads, today; None: not known."""
    expected_end: datetime | None
    no_end: str
    """Why none is expected, a `cti_api.board.expected_end.NoEnd`; empty: one is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrunkTile:
    state: str
    """``closed`` (works), ``open`` (failing) or ``probing``."""
    alarm: str
    calls: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LooseTile:
    """Somebody on the line whom no agent has: they wait, the IVR leads them, or they were handed on."""

    state: LiveState
    since: datetime
    number: str
    campaign_id: str | None
    queue_id: str | None
    to: str
    """Of one that was handed on: where to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """Something somebody has to see to."""

    grave: bool
    """Calls are lost or cannot be placed; else it can wait a little."""
    kind: str
    subject: str
    """The name of the campaign, trunk, queue or agent it is about; empty: the whole."""
    detail: str
    """A number, or the engine's words."""
    since: datetime
    """When the board saw it first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    at: datetime
    """When it was so, by the server's clock."""
    alerts: dict[str, Alert] = field(default_factory=dict)
    agents: dict[str, AgentTile] = field(default_factory=dict)
    queues: dict[str, QueueTile] = field(default_factory=dict)
    campaigns: dict[str, CampaignTile] = field(default_factory=dict)
    trunks: dict[str, TrunkTile] = field(default_factory=dict)
    loose: dict[str, LooseTile] = field(default_factory=dict)
