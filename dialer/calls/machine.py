"""The call machine: what one call does when something happens on the line.

Theory of operation
-------------------
A call is born `ORIGINATING`: its attempt is committed, the Originate may or may not have arrived. The far end may ring
(`RINGING`), go off hook (`ANSWERED`), and be found to be a person who needs an agent (`CallLive`: at once, or after
AMD). From then on the clock of the hold limit runs in Asterisk's dialplan, not here: if nobody comes, the dialplan
plays the message and says `CallHoldExpired`, whether a dialer runs or not. An agent is offered (`OFFERED`, by the
engine's own decision) and joined (`CONNECTED`). When the agent's leg dies under the person, the call is `ANSWERED`
again and needs another agent.

The hold limit holds for an offer too: a person who hears the message already has been abandoned, whoever picks up
then. So an agent whose telephone still rings is withdrawn (`Effect.WITHDRAW`), and the call goes on to its message with
nobody on the way. A telephone that is off hook cannot be called back, neither a nailed-up leg nor one that was just
taken: its join is under way and takes some 50 ms. Where it wins that race, the message stops and the call is connected.

An agent may hand the person on (`dialer.engine.handing_on`). While whoever is to have them is sent to, or rung, the
call is `OFFERED` again, and nobody else is looked for: to another agent (`CallPassed`), who is joined like any other;
to a telephone or number that is none of ours (`CallBrought`). Who is not taken there is an orphan, and needs an agent.
Where such a telephone takes them (`CallReached`), or a queue has them (`CallHanded`), the call is over.

Events are taken in any order and any number of times: Asterisk sends OriginateResponse and Hangup in either order, and
after a lost link the same truth arrives again from CoreShowChannels. So

* a fact, once learned, is kept (`rang`, `verdict`, `dialed`, …), whatever the state;
* the state only moves along `TABLE`; an event that has no row there changes no state;
* `CLOSED` absorbs everything.

The machine knows no clock, no agent board and no store: `step` gives back the call and what must now be done.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum

from cti_api.model.calls import AmdVerdict, AttemptState
from cti_api.model.ids import AgentId, AttemptId
from dialer.live import CallBrought, CallHanded, CallPassed, CallReached
from dialer.telephony import (
    CallAnswered,
    CallDialed,
    CallEnded,
    CallEvent,
    CallForbidden,
    CallHoldExpired,
    CallJoined,
    CallLive,
    CallOptedOut,
    CallOrphaned,
    CallRefused,
    CallRinging,
    CallScreened,
)


class Effect(Enum):
    """What the engine must do after a step."""

    NEED_AGENT = "need_agent"
    """A person is on the line and hears silence: find an agent now."""
    GIVE_UP_AGENT = "give_up_agent"
    """The agent that was offered, if any, is not needed any more."""
    WITHDRAW = "withdraw"
    """The hold limit is over and the agent who was offered has not come: take them back if that is still possible."""
    CONNECTED = "connected"
    """The person and the agent hear each other."""
    PASSED = "passed"
    """The agent is rid of the person, who is on the way to somebody else."""
    OVER = "over"
    """The call is gone: its result can be told (`dialer.calls.outcome`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call in flight: its state and every fact learned so far."""

    attempt_id: AttemptId
    state: AttemptState = AttemptState.ORIGINATING
    placed_at: datetime
    """When the intent was committed."""
    agent_id: AgentId | None = None
    """The agent offered or joined."""
    rang: bool = False
    ringing_at: datetime | None = None
    answered_at: datetime | None = None
    live_at: datetime | None = None
    """When a person first needed an agent."""
    verdict: AmdVerdict | None = None
    offered_at: datetime | None = None
    """The latest offer."""
    connected_at: datetime | None = None
    """First joined; kept when a second agent takes over."""
    joined_at: datetime | None = None
    """Since when the two are joined now; None while the person hears the hold or the message. Kept at the end."""
    joined_seconds: float = 0.0
    """Joined before `joined_at`, with the agents whose legs died."""
    hold_expired: bool = False
    opted_out: bool = False
    """The person said by key that they want no more calls."""
    dialed: CallDialed | None = None
    """The trunk's last word."""
    forbidden: str = ""
    """Why the dialplan's guard refused, or empty."""
    refused_at: datetime | None = None
    """When Asterisk said that it did not place the call."""
    canceled: bool = False
    """We hung it up while it rang."""
    ended_at: datetime | None = None
    cause: int | None = None
    """Q.850 cause of the customer's channel."""

    @property
    def needs_agent(self) -> bool:
        """A person waits and nobody is on the way."""
        return self.state is AttemptState.ANSWERED and self.live_at is not None and not self.hold_expired

    def talk_seconds(self, now: datetime) -> float:
        """Seconds the person and an agent were joined, until the end, or `now` while it is not over."""
        if self.joined_at is None:
            return self.joined_seconds
        return self.joined_seconds + max(((self.ended_at or now) - self.joined_at).total_seconds(), 0.0)


S = AttemptState

TABLE: dict[tuple[AttemptState, type[CallEvent]], AttemptState] = {
    (S.ORIGINATING, CallRinging): S.RINGING,
    # Off hook. A lost Ringing event costs nothing: the answer implies it.
    (S.ORIGINATING, CallAnswered): S.ANSWERED,
    (S.RINGING, CallAnswered): S.ANSWERED,
    # The dialplan speaks only for a channel that answered, so each of its words implies the answer.
    (S.ORIGINATING, CallScreened): S.ANSWERED,
    (S.RINGING, CallScreened): S.ANSWERED,
    (S.ORIGINATING, CallLive): S.ANSWERED,
    (S.RINGING, CallLive): S.ANSWERED,
    (S.ANSWERED, CallLive): S.ANSWERED,
    (S.ORIGINATING, CallHoldExpired): S.ANSWERED,
    (S.RINGING, CallHoldExpired): S.ANSWERED,
    (S.ANSWERED, CallHoldExpired): S.ANSWERED,
    # Whether the agent can still be taken back is for the engine to see; it does so by `withdraw`.
    (S.OFFERED, CallHoldExpired): S.OFFERED,
    # Joined is true whatever we believed before (adoption after a restart, a lost event).
    (S.ORIGINATING, CallJoined): S.CONNECTED,
    (S.RINGING, CallJoined): S.CONNECTED,
    (S.ANSWERED, CallJoined): S.CONNECTED,
    (S.OFFERED, CallJoined): S.CONNECTED,
    # The agent's leg died; the person is still there.
    (S.OFFERED, CallOrphaned): S.ANSWERED,
    (S.CONNECTED, CallOrphaned): S.ANSWERED,
    # Handed on: on the way to another agent, or to a telephone that is none of ours.
    (S.CONNECTED, CallPassed): S.OFFERED,
    (S.CONNECTED, CallBrought): S.OFFERED,
    # … and there, or in a queue. True whatever we believed before.
    (S.ANSWERED, CallReached): S.CLOSED,
    (S.OFFERED, CallReached): S.CLOSED,
    (S.CONNECTED, CallReached): S.CLOSED,
    (S.ANSWERED, CallHanded): S.CLOSED,
    (S.OFFERED, CallHanded): S.CLOSED,
    (S.CONNECTED, CallHanded): S.CLOSED,
    # Gone.
    (S.ORIGINATING, CallEnded): S.CLOSED,
    (S.RINGING, CallEnded): S.CLOSED,
    (S.ANSWERED, CallEnded): S.CLOSED,
    (S.OFFERED, CallEnded): S.CLOSED,
    (S.CONNECTED, CallEnded): S.CLOSED,
}
"""Every move that an event can cause. Without these `OFFERED` is entered by `offer`, the engine's own decision.

`CallOptedOut` has no row: it is a fact about the person, and changes nothing of where the call is. `CallRefused` has
none either: it may speak of a duplicate of a living call, and where it is true it may come before the events that say
why. The channel's end closes the call; where there never was a channel, `is_overdue` does.
"""

AGENT_ENDED_IT = 16
"""Q.850 "normal call clearing": who is handed on to somebody else has no further talk with us."""

REFUSED_FOR = timedelta(seconds=2)
"""How long after a refusal the channel's end may still come; measured: 40 ms. Then there was no channel at all."""


def step(call: Call, event: CallEvent, now: datetime) -> tuple[Call, tuple[Effect, ...]]:
    """Take one event.

    `now` (aware, UTC) is when it was seen. Gives back the call as it stands now and what must be done, in order. An
    event without a row in `TABLE` gives back the same facts and no effect.
    """
    if call.state is S.CLOSED:
        return call, ()
    learned = _learn(call, event, now)
    target = TABLE.get((call.state, type(event)))
    if target is None:
        return learned, ()
    moved = replace(learned, state=target)
    return _entered(call, moved, event, now)


def _learn(call: Call, event: CallEvent, now: datetime) -> Call:
    """Keep what the event says, whatever the state."""
    match event:
        case CallRinging():
            return replace(call, rang=True, ringing_at=call.ringing_at or now)
        case CallAnswered():
            return replace(call, rang=True, answered_at=call.answered_at or now)
        case CallScreened(verdict=verdict):
            return replace(call, rang=True, answered_at=call.answered_at or now, verdict=verdict)
        case CallLive():
            return replace(call, rang=True, answered_at=call.answered_at or now, live_at=call.live_at or now)
        case CallHoldExpired():
            return replace(
                call, rang=True, answered_at=call.answered_at or now, live_at=call.live_at or now, hold_expired=True
            )
        case CallOptedOut():
            # Whoever was asked heard a message of ours: a machine's, or that nobody is free.
            return replace(
                call,
                rang=True,
                answered_at=call.answered_at or now,
                opted_out=True,
                hold_expired=call.hold_expired or call.verdict is not AmdVerdict.MACHINE,
            )
        case CallJoined():
            return replace(
                call,
                rang=True,
                answered_at=call.answered_at or now,
                live_at=call.live_at or now,
                connected_at=call.connected_at or now,
                joined_at=call.joined_at or now,
            )
        case CallDialed():
            return replace(call, dialed=event)
        case CallForbidden(why=why):
            return replace(call, forbidden=why)
        case CallRefused():
            return replace(call, refused_at=call.refused_at or now)
        case CallOrphaned() | CallPassed() | CallBrought() | CallReached() | CallHanded() | CallEnded():
            return call


def _entered(before: Call, call: Call, event: CallEvent, now: datetime) -> tuple[Call, tuple[Effect, ...]]:
    """What follows from the move `before` → `call`."""
    match event:
        case CallLive() if before.state is not S.ANSWERED or before.live_at is None:
            return call, (Effect.NEED_AGENT,)
        case CallHoldExpired() if before.state is S.OFFERED:
            return call, (Effect.WITHDRAW,)
        case CallJoined():
            return call, (Effect.CONNECTED,)
        case CallOrphaned():
            # Nobody's fault but the telephone's: the person waits anew, with a fresh hold limit in the dialplan.
            parted = replace(call, joined_at=None, joined_seconds=call.talk_seconds(now))
            return replace(parted, agent_id=None, hold_expired=False), (Effect.GIVE_UP_AGENT, Effect.NEED_AGENT)
        case CallPassed() | CallBrought():
            seconds = call.talk_seconds(now)
            return replace(call, joined_at=None, joined_seconds=seconds, offered_at=now), (Effect.PASSED,)
        case CallReached() | CallHanded():
            return replace(call, ended_at=now, cause=AGENT_ENDED_IT), (Effect.OVER,)
        case CallEnded(cause=cause):
            ended = replace(call, ended_at=now, cause=cause)
            if before.state is S.OFFERED:
                return ended, (Effect.GIVE_UP_AGENT, Effect.OVER)
            return ended, (Effect.OVER,)
        case _:
            return call, ()


def is_overdue(call: Call, now: datetime) -> bool:
    """Refused, and no sign of a channel since: the call is over without ever having begun."""
    return call.state is S.ORIGINATING and call.refused_at is not None and now - call.refused_at >= REFUSED_FOR


def offer(call: Call, agent_id: AgentId, now: datetime) -> Call:
    """An agent is on the way. Only a call that `needs_agent` can be offered; any other comes back unchanged."""
    if not call.needs_agent:
        return call
    return replace(call, state=S.OFFERED, agent_id=agent_id, offered_at=now)


def withdraw(call: Call) -> Call:
    """The agent who was on the way did not come: the person still waits, or hears the message by now."""
    if call.state is not S.OFFERED:
        return call
    return replace(call, state=S.ANSWERED, agent_id=None)


def cancel(call: Call) -> Call:
    """We are about to hang up a call that rings. One that was answered meanwhile comes back unchanged."""
    if call.state not in (S.ORIGINATING, S.RINGING):
        return call
    return replace(call, canceled=True)
