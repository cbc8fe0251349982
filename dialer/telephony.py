"""What happens on the telephone side, in our words; what is true there when it is asked is `dialer.truth`.

Nothing else is known of Asterisk by the call machine, the board and the engine; `dialer.ami.translate` makes these.
Channels are named by the ids we gave them: a customer's by its attempt's, an agent's leg by its `LegId`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cti_api.model.calls import AmdVerdict
from cti_api.model.ids import AgentId, AttemptId, InboundId, LegId, QueueId, TrunkId
from cti_api.model.phone import PhoneNumber
from cti_api.model.queues import CallBackOffer, Terms
from dialer.live import (
    CallBrought,
    CallHanded,
    CallPassed,
    CallReached,
    ConsultEvent,
    HandedEvent,
    LegHeld,
    LegRetrieved,
    TalkRequest,
)

# ------------------------------------------------------------------ events of one customer's call


@dataclass(frozen=True, slots=True)
class CallRinging:
    """The far end said that it rings, or sent early media: the trunk is alive."""

    attempt_id: AttemptId


@dataclass(frozen=True, slots=True)
class CallAnswered:
    """The far end is off hook; AMD, where asked for, begins now."""

    attempt_id: AttemptId


@dataclass(frozen=True, slots=True)
class CallLive:
    """A person may need an agent now: at once without AMD, after its verdict with AMD. The hold limit starts."""

    attempt_id: AttemptId


@dataclass(frozen=True, slots=True)
class CallScreened:
    """AMD's verdict."""

    attempt_id: AttemptId
    verdict: AmdVerdict


@dataclass(frozen=True, slots=True)
class CallHoldExpired:
    """Nobody came within the hold limit: the dialplan now plays the abandonment message, with or without us."""

    attempt_id: AttemptId


@dataclass(frozen=True, slots=True)
class CallOptedOut:
    """The person pressed the key by which a message of ours let them say that they want no more calls."""

    attempt_id: AttemptId


@dataclass(frozen=True, slots=True)
class CallOrphaned:
    """The agent's leg went away under a person who is still there: the hold limit starts again."""

    attempt_id: AttemptId


@dataclass(frozen=True, slots=True)
class CallJoined:
    """The person and an agent hear each other; without agents, the IVR leads the person."""

    attempt_id: AttemptId


@dataclass(frozen=True, slots=True)
class CallDialed:
    """The trunk's last word, before the channel goes away (not sent when we hung up first)."""

    attempt_id: AttemptId
    cause: int
    """Q.850."""
    sip_code: int | None


@dataclass(frozen=True, slots=True)
class CallForbidden:
    """The dialplan's own guard refused the number or the trunk's cap; nothing was dialled."""

    attempt_id: AttemptId
    why: str


@dataclass(frozen=True, slots=True)
class CallRefused:
    """Asterisk did not place the call (OriginateResponse Failure); where its channel is up, it was a duplicate's."""

    attempt_id: AttemptId


@dataclass(frozen=True, slots=True)
class CallEnded:
    """The customer's channel is gone."""

    attempt_id: AttemptId
    cause: int
    """Q.850; 0 where Asterisk does not know."""


CallEvent = (
    CallRinging
    | CallAnswered
    | CallLive
    | CallScreened
    | CallHoldExpired
    | CallOptedOut
    | CallOrphaned
    | CallJoined
    | CallPassed
    | CallBrought
    | CallReached
    | CallHanded
    | CallDialed
    | CallForbidden
    | CallRefused
    | CallEnded
)

# ------------------------------------------------------------------ events of callers


@dataclass(frozen=True, slots=True)
class CallerQueued:
    """Somebody called, and waits in a queue from now on."""

    caller_id: InboundId
    queue: QueueId
    number: str
    """As the trunk showed it; empty: it did not."""
    terms: Terms | None = None
    ivr_call: str | None = None
    """The IVR's id of the call, where it sent them."""
    noticed: bool = False
    """They have heard that talks are recorded."""
    was: AttemptId | None = None
    """The call that we placed, where somebody whom we called came into the queue."""


@dataclass(frozen=True, slots=True)
class CallerJoined:
    """The caller and an agent hear each other."""

    caller_id: InboundId


@dataclass(frozen=True, slots=True)
class CallerWaitsAgain:
    """The agent's leg went away under a caller who is still there."""

    caller_id: InboundId


@dataclass(frozen=True, slots=True)
class CallerSorry:
    """The caller hears the apology; the call ends with it."""

    caller_id: InboundId


@dataclass(frozen=True, slots=True)
class CallerLeft:
    """The caller's channel is gone."""

    caller_id: InboundId


@dataclass(frozen=True, slots=True)
class CallerCallBack:
    """The caller wants to be called when it is their turn, and hangs up now."""

    caller_id: InboundId


@dataclass(frozen=True, slots=True)
class CallerCallsBack:
    """Somebody calls a number that campaigns show, and hears ringing for another second and a half."""

    caller_id: InboundId
    called: str
    """As the trunk writes it."""
    number: str
    """As the trunk showed it; empty: it did not."""


@dataclass(frozen=True, slots=True)
class CallerReturned:
    """The caller is out of the queue and with the IVR again: the talk is over, or there will be none."""

    caller_id: InboundId


CallerEvent = (
    CallerCallsBack
    | CallerQueued
    | CallerJoined
    | CallerWaitsAgain
    | CallerSorry
    | CallerCallBack
    | CallerReturned
    | CallerLeft
)

# ------------------------------------------------------------------ events of agents' softphones


@dataclass(frozen=True, slots=True)
class LegRinging:
    """The agent's softphone rings: from now on there is a channel that can be hung up."""

    leg_id: LegId


@dataclass(frozen=True, slots=True)
class LegAnswered:
    """The agent's softphone took our call."""

    leg_id: LegId


@dataclass(frozen=True, slots=True)
class LegEnded:
    """The agent's leg is gone."""

    leg_id: LegId
    cause: int


@dataclass(frozen=True, slots=True)
class KeyPressed:
    """A digit from a telephone; `channel_id` is an attempt's or a leg's id."""

    channel_id: str
    digit: str


@dataclass(frozen=True, slots=True)
class PhoneReachable:
    """An agent's softphone registered, or its registration is gone."""

    agent_id: AgentId
    reachable: bool


AgentEvent = LegRinging | LegAnswered | LegEnded | LegHeld | LegRetrieved | KeyPressed | PhoneReachable

# ------------------------------------------------------------------ events of the link itself


@dataclass(frozen=True, slots=True)
class LinkUp:
    """A session is logged in and Asterisk is fully booted. Ask for the truth before the first new call."""

    asterisk_started_at: datetime
    """Start of that Asterisk process: later than a call's begin means that call did not survive."""


@dataclass(frozen=True, slots=True)
class LinkLost:
    """The session is gone; everything pending has failed with `ResultUnknown`."""

    reason: str


@dataclass(frozen=True, slots=True)
class LinkDoubtful:
    """The first ping went unanswered, or events were lost: no new calls until the link proves itself."""

    reason: str


LinkEvent = LinkUp | LinkLost | LinkDoubtful

TelephonyEvent = CallEvent | CallerEvent | HandedEvent | ConsultEvent | AgentEvent | LinkEvent

# ------------------------------------------------------------------ what we ask for


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceCall:
    """Dial a person. Never repeated by any layer."""

    attempt_id: AttemptId
    number: PhoneNumber
    trunk: TrunkId
    caller_id: PhoneNumber
    ring_seconds: float
    campaign: str
    """Slug; chooses the campaign's sound files."""
    hold_seconds: float
    amd: bool
    machine_action: str
    """A `MachineAction` value; read by the dialplan after AMD said machine."""
    record: bool
    led: bool = False
    """Whoever answers is led by the IVR; else they wait for an agent."""
    survey_after: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CallAgent:
    """Ring an agent's softphone: for the whole shift (nailed up), or for one call."""

    leg_id: LegId
    agent_id: AgentId
    nailed_up: bool
    attempt_id: AttemptId | None
    """For a rung agent: the call to join on answer."""
    ring_seconds: float
    campaign: str = ""
    """Slug, of a campaign or a queue; what the softphone shows as the caller's name. Empty: the product's own name."""
    caller_id: InboundId | None = None
    """For a rung agent: the caller to join on answer."""
    record: bool = False
    """Of a caller: whether the talk is recorded."""
    is_asked: bool = False
    """A rung agent whom a colleague consults: the leg waits for that one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinCall:
    """Let a nailed-up agent and a person hear each other: a beep, then the person."""

    leg_id: LegId
    attempt_id: AttemptId


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinCaller:
    """Let a nailed-up agent and a caller hear each other: a beep, then the caller."""

    leg_id: LegId
    caller_id: InboundId
    record: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TellCaller:
    """Tell a caller their place and their wait; then music again. They must wait: one who talks is parted by it."""

    caller_id: InboundId
    position: int | None
    minutes: int | None
    offer: CallBackOffer = CallBackOffer.NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class DismissCaller:
    """Let a waiting caller hear the apology, and end the call; or give them back to the IVR that sent them."""

    caller_id: InboundId
    nobody: bool = False
    """There is nobody to wait for; else they have waited long enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WelcomeLead:
    """Bring somebody who calls back into the queues: they are on a list of ours."""

    caller_id: InboundId


@dataclass(frozen=True, slots=True, kw_only=True)
class HangUp:
    """End a channel of ours, or a caller's, by its id."""

    channel_id: str
    cause: int = 16


Request = (
    PlaceCall | CallAgent | JoinCall | JoinCaller | TellCaller | DismissCaller | WelcomeLead | TalkRequest | HangUp
)
