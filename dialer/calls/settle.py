"""Settlement: what became of attempts nobody watched (after a start, or a lost link).

For each attempt that our store calls open there are exactly these cases, asked in this order:

1. Asterisk has its channel: the call lives. Take it up again (`Adopt`).
2. The journal has its end: close it with what the journal says.
3. The journal has its start but no end, and Asterisk was started anew since: the call died with it (`interrupted`).
4. The journal has its start but no end, and Asterisk is the same: the row may still be on its way. Look again; after
   the grace, the end is `lost`.
5. Neither has it. The Originate may still sit in a socket: look again until the grace is over, then it was provably
   never placed (`never_dialed`) and the lead goes back, unless Asterisk was started anew, or the journal cannot be read
   or does not reach back so far, or the call is known to have rung: then nothing is provable and it counts as
   `interrupted`. At most once beats completeness.

The grace begins when the channel was first found missing, over the present link.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cti_api.model.calls import Attempt, AttemptState, CallResult
from cti_api.model.ids import AgentId, AttemptId
from dialer.calls.journal import Trace
from dialer.calls.machine import Call
from dialer.calls.outcome import TIMEOUT_CAUSES, result_of, was_cut
from dialer.live import CallReached
from dialer.telephony import (
    CallAnswered,
    CallDialed,
    CallEvent,
    CallHoldExpired,
    CallJoined,
    CallLive,
    CallOptedOut,
    CallOrphaned,
    CallRinging,
)
from dialer.truth import ChannelSeen, Truth, held_for

RANG_OUT = 19
"""Q.850 "no answer from user, user alerted": in the journal, that it rang."""

FINAL_SIP = 300
"""From here on a SIP status ends the call (RFC 3261 section 7.2); lower ones only say how far it came."""

GRACE = timedelta(seconds=2)
"""How long bytes already written to a socket may take to be acted upon by Asterisk (design rule 2.1.5), and the last
rows of a call to reach the journal."""

START_IS_TOLD_TO = timedelta(seconds=1)
"""Asterisk tells the whole second in which it was started."""

NOBODY: Mapping[AttemptId, Call] = {}


@dataclass(frozen=True, slots=True)
class Adopt:
    """The call lives."""

    attempt: Attempt
    call: Call
    """As the store and the journal know it; the starting point where nobody holds the call yet."""
    events: tuple[CallEvent, ...]
    """What its channel's state proves to have happened. Taken by the machine like any event, so an answer from Asterisk
    that newer events have overtaken moves nothing back."""
    agent_id: AgentId | None
    """Who is joined with the person; None: nobody."""


@dataclass(frozen=True, slots=True)
class CloseAs:
    """The call is over."""

    attempt: Attempt
    call: Call
    result: CallResult


@dataclass(frozen=True, slots=True)
class LookAgain:
    """Not known yet."""

    attempt: Attempt
    at: datetime


Verdict = Adopt | CloseAs | LookAgain


def settle(
    attempts: Iterable[Attempt],
    truth: Truth,
    traces: Mapping[str, Trace],
    now: datetime,
    missed: Mapping[AttemptId, datetime],
    watched: Mapping[AttemptId, Call] = NOBODY,
    *,
    whole: bool = True,
) -> list[Verdict]:
    """A verdict for each attempt that is open.

    `traces` is the journal by channel id; it is not `whole` when it is missing, unreadable or begins too late. `missed`
    tells since when a channel is known not to be there; one that is not in it is missed for the first time. `watched`
    are the calls that are held already, with more facts than the store has. Attempts in `WRAP_UP` are none of ours:
    their call is over already.
    """
    channels = {c.channel_id: c for c in truth.channels}
    return [
        _settle_one(
            attempt,
            watched.get(attempt.id) or call_of(attempt),
            truth,
            channels,
            traces,
            whole,
            now,
            missed.get(attempt.id, now) + GRACE,
        )
        for attempt in attempts
        if attempt.state not in (AttemptState.WRAP_UP, AttemptState.CLOSED)
    ]


def _settle_one(
    attempt: Attempt,
    call: Call,
    truth: Truth,
    channels: Mapping[str, ChannelSeen],
    traces: Mapping[str, Trace],
    whole: bool,
    now: datetime,
    grace_until: datetime,
) -> Verdict:
    trace = traces.get(attempt.id)
    if trace is not None:
        call = _learned(call, trace)
    channel = channels.get(attempt.id)
    if channel is not None:
        return _adopt(attempt, call, channel, channels.values())
    restarted = truth.asterisk_started_at + START_IS_TOLD_TO > attempt.created_at
    if trace is not None and trace.ended_at is not None:
        return CloseAs(attempt, call, _result_from_journal(call))
    if trace is not None and restarted:
        return CloseAs(attempt, replace(call, ended_at=now), CallResult.INTERRUPTED)
    grace_until = max(grace_until, call.placed_at + GRACE)
    if now < grace_until:
        return LookAgain(attempt, grace_until)
    if trace is not None:
        return CloseAs(attempt, replace(call, ended_at=now), CallResult.LOST)
    if not whole or restarted or call.rang or call.dialed is not None or call.answered_at is not None:
        return CloseAs(attempt, replace(call, ended_at=now), CallResult.INTERRUPTED)
    return CloseAs(attempt, replace(call, ended_at=now), CallResult.NEVER_DIALED)


def call_of(attempt: Attempt) -> Call:
    """The call machine's view of a stored attempt."""
    return Call(
        attempt_id=AttemptId(attempt.id),
        state=attempt.state,
        placed_at=attempt.created_at,
        agent_id=attempt.agent_id,
        rang=attempt.ringing_at is not None or attempt.answered_at is not None,
        ringing_at=attempt.ringing_at,
        answered_at=attempt.answered_at,
        live_at=attempt.live_at,
        verdict=attempt.amd,
        offered_at=attempt.offered_at,
        connected_at=attempt.connected_at,
        # When a second agent took over is not written down; an agent who comes is joined within a moment of the offer.
        joined_at=(attempt.offered_at or attempt.connected_at) if attempt.state is AttemptState.CONNECTED else None,
        joined_seconds=attempt.joined_seconds or 0.0,
    )


def _learned(call: Call, trace: Trace) -> Call:
    dialed = call.dialed
    final = trace.dialed_sip if trace.dialed_sip is not None and trace.dialed_sip >= FINAL_SIP else None
    if dialed is None and trace.dialed_cause is not None:
        dialed = CallDialed(call.attempt_id, trace.dialed_cause, final)
    rang_out = trace.dialed_cause == RANG_OUT and final is None
    return replace(
        call,
        rang=call.rang or trace.answered_at is not None or trace.joined_at is not None or rang_out,
        dialed=dialed,
        forbidden=call.forbidden or trace.forbidden,
        agent_id=trace.agent_id or call.agent_id,
        answered_at=call.answered_at or trace.answered_at,
        live_at=call.live_at or trace.live_at,
        verdict=call.verdict or trace.verdict,
        hold_expired=call.hold_expired or trace.hold_expired,
        opted_out=call.opted_out or trace.opted_out,
        connected_at=call.connected_at or trace.joined_at,
        joined_at=call.joined_at if trace.joined_at is None else trace.in_bridge_at,
        joined_seconds=call.joined_seconds if trace.joined_at is None else trace.joined_seconds,
        ended_at=trace.ended_at,
        cause=trace.cause,
    )


def _result_from_journal(call: Call) -> CallResult:
    """The journal tells how the trunk's leg ended, except where our own hang-up ended it."""
    timed_out = call.cause is None or call.cause in TIMEOUT_CAUSES
    told = call.rang or call.dialed is not None or call.forbidden or call.canceled or was_cut(call)
    if timed_out and not told:
        return CallResult.LOST
    return result_of(call)


def _adopt(attempt: Attempt, call: Call, channel: ChannelSeen, channels: Iterable[ChannelSeen]) -> Adopt:
    """Where the channel stands says what must have happened to it."""
    attempt_id = call.attempt_id
    partner = None
    if channel.bridge_id:
        partner = next(
            (c.agent_id for c in channels if c.bridge_id == channel.bridge_id and c.agent_id is not None), None
        )
    elif keeper := held_for(channel.exten):
        partner = next((c.agent_id for c in channels if c.channel_id == keeper), None)
    events: tuple[CallEvent, ...] = ()
    if channel.handed_on:
        events = (CallReached(attempt_id),)
    elif channel.bridge_id or channel.led or partner is not None:
        # whom the agent left to speak with a colleague is theirs all the time
        events = (CallJoined(attempt_id),)
    elif channel.up and (channel.exten in ("parted", "orphaned", "passed", "unreached") or held_for(channel.exten)):
        events = (CallOrphaned(attempt_id), CallLive(attempt_id))
    elif channel.up and channel.exten in ("live", "led"):
        events = (CallLive(attempt_id),)
    elif channel.up and channel.exten == "abandoned":
        events = (CallHoldExpired(attempt_id),)
    elif channel.up and channel.exten == "opted-out":
        events = (CallOptedOut(attempt_id),)
    elif channel.up:
        events = (CallAnswered(attempt_id),)
    elif channel.ringing:
        events = (CallRinging(attempt_id),)
    return Adopt(
        attempt=attempt,
        call=replace(call, agent_id=partner or call.agent_id, ended_at=None, cause=None),
        events=events,
        agent_id=partner,
    )
