"""Attempts: one dialled call each, from intent to record."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from cti_api.law.terms import Remedy
from cti_api.model.ids import AgentId, AttemptId, CampaignId, LeadId, TrunkId
from cti_api.model.phone import PhoneNumber


class AttemptState(StrEnum):
    """How far an attempt has come. Only `CLOSED` is final; the call itself lives in `LIVE_ATTEMPT_STATES`."""

    PLANNED = "planned"
    CLAIMED = "claimed"
    ORIGINATING = "originating"
    """Committed; the Originate may or may not have reached Asterisk."""
    RINGING = "ringing"
    ANSWERED = "answered"
    """Off hook; answering-machine detection may still be listening."""
    OFFERED = "offered"
    """An agent was chosen, the two legs are not yet joined."""
    CONNECTED = "connected"
    WRAP_UP = "wrap_up"
    """The call is over, the agent's disposition is awaited."""
    CLOSED = "closed"


LIVE_ATTEMPT_STATES = frozenset(
    {
        AttemptState.ORIGINATING,
        AttemptState.RINGING,
        AttemptState.ANSWERED,
        AttemptState.OFFERED,
        AttemptState.CONNECTED,
    }
)
"""States in which a channel may exist: at most one such attempt per lead and per number, whatever the code does."""


class CallResult(StrEnum):
    """What became of the call (the system's word; the agent's is the disposition).

    Source of the mapping from Asterisk's causes: `dialer.calls.outcome`.
    """

    CONNECTED = "connected"
    """A person talked with an agent."""
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    """It rang, nobody took it."""
    REJECTED = "rejected"
    CONGESTION = "congestion"
    """The network had no room (SIP 5xx)."""
    INVALID_NUMBER = "invalid_number"
    UNAVAILABLE = "unavailable"
    """Switched off or out of coverage (SIP 480 at once)."""
    MACHINE = "machine"
    ABANDONED = "abandoned"
    """A live person answered and no agent was free in time: our fault."""
    CALLER_HUNG_UP = "caller_hung_up"
    """A live person hung up before an agent came and within the hold limit: a live answer, not abandoned."""
    CANCELED_BY_DIALER = "canceled_by_dialer"
    TRUNK_FAILED = "trunk_failed"
    """The trunk never answered the INVITE, or refused us: the lead is given back."""
    CODEC = "codec"
    """No common codec (SIP 488, 415): a matter of configuration, the lead is given back."""
    INTERRUPTED = "interrupted"
    """Asterisk stopped while the call was up."""
    NEVER_DIALED = "never_dialed"
    """The intent was written, the call was provably never placed: the lead is given back."""
    FAILED = "failed"
    """Any other failure; the raw causes are kept."""
    LOST = "lost"
    """The call ended while no dialer ran and Asterisk's journal does not say how."""


GIVEN_BACK = frozenset({CallResult.TRUNK_FAILED, CallResult.CODEC, CallResult.CONGESTION, CallResult.NEVER_DIALED})
"""Results that do not consume one of the lead's attempts."""

LIVE_ANSWERS = frozenset({CallResult.CONNECTED, CallResult.ABANDONED, CallResult.CALLER_HUNG_UP})
"""Results in which a person was on the line: the denominator of the abandonment rate."""


class AmdVerdict(StrEnum):
    """What answering-machine detection said."""

    HUMAN = "human"
    MACHINE = "machine"
    SCREENER = "screener"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class DialDecision:
    """Why a number may, or may not, be dialled now. Kept with the attempt."""

    allowed: bool
    rule: str
    """The rule that decided: ``campaign_hours``, ``do_not_call``, … or one of the law's by its id (``co-rne``); ``all``
    when allowed."""
    reason: str
    """One sentence for a person."""
    at: datetime
    next_open: datetime | None = None
    """When the answer could change; None: never by waiting."""
    remedy: Remedy | None = None
    """What can change a refusal of the law's; None for every other decision."""
    packs: tuple[str, ...] = ()
    """The law's packs that allow it, or the one whose rule refuses, with their versions: ``co 2026-11-25``."""
    source: str = ""
    """What the law's rule that refuses rests on: the law and its article, or what else."""


def talk_seconds(connected_at: datetime | None, ended_at: datetime | None, joined_seconds: float | None) -> float:
    """Seconds that an agent and a person were joined, of what an attempt knows; 0.0 when they never were, or still
    are."""
    if connected_at is None or ended_at is None:
        return 0.0
    return joined_seconds if joined_seconds is not None else (ended_at - connected_at).total_seconds()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One dialled call and everything known about it."""

    id: AttemptId
    campaign_id: CampaignId
    lead_id: LeadId
    number: PhoneNumber
    trunk: TrunkId
    state: AttemptState
    decision: DialDecision
    created_at: datetime
    agent_id: AgentId | None = None
    result: CallResult | None = None
    cause: int | None = None
    """Q.850 cause from Asterisk's Hangup event."""
    sip_code: int | None = None
    """Final SIP status from the trunk, where there was one."""
    amd: AmdVerdict | None = None
    ringing_at: datetime | None = None
    answered_at: datetime | None = None
    live_at: datetime | None = None
    """When a person needed an agent: the answer, or AMD's verdict where AMD runs."""
    offered_at: datetime | None = None
    connected_at: datetime | None = None
    ended_at: datetime | None = None
    joined_seconds: float | None = None
    """The agent and the person were joined this long, up to the last time they were parted; None: not known."""
    closed_at: datetime | None = None
    recording: str = ""
    """File name inside the recordings folder; empty: not recorded."""
    disposition: str = ""
    disposition_fields: dict[str, str] = field(default_factory=dict)

    @property
    def talk_seconds(self) -> float:
        """Seconds the agent and the person were joined; 0.0 when they never were, or still are."""
        return talk_seconds(self.connected_at, self.ended_at, self.joined_seconds)

    @property
    def wrap_up_seconds(self) -> float:
        """From the end of the talk until it was closed; 0.0 where there was none, or a clock went back."""
        if self.connected_at is None or self.ended_at is None or self.closed_at is None:
            return 0.0
        return max((self.closed_at - self.ended_at).total_seconds(), 0.0)
