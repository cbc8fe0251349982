"""Events as lines of Asterisk's ``queue_log``, for programs that make their statistics of it.

A line is ``time|call|queue|agent|EVENT|parameters…``, the time in whole seconds since 1970; the events and their
parameters are those of docs.asterisk.org, Operation / Logging / Queue Logs. A campaign is a queue of its own, which a
person is in from when somebody took the call until an agent has them.

An event alone does not say how long somebody waited or who had them before: that is kept, in a `Floor`, and what comes
of an event depends on it and on nothing else but the queues that an agent serves as they sign in. So whoever begins
again from the same floor writes the same lines.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final

from cti_api.model.agents import AgentState
from cti_api.model.calls import AmdVerdict, CallResult
from cti_api.model.events import Event
from cti_api.model.events import EventKind as K
from cti_api.model.queues import InboundOutcome

NONE: Final = "NONE"
"""Where there is no call, queue or agent."""
LONGEST_FIELD: Final = 80
MOST_CALLS: Final = 10_000
"""At a time. More there cannot be: the eldest of them were left by a store that was put back."""
UNANSWERED: Final = "unanswered"
"""Why an agent is paused whose telephone rang in vain."""
CALL_BACK_KEY: Final = "1"
"""Which a caller presses who would rather be called."""

_UNFIT: Final = re.compile(r"[|\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")

Lines = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """Somebody on the line."""

    queue: str
    since: float
    """In it, in seconds since 1970."""
    entered: bool = False
    """It is written that they are."""
    place: int = 0
    """Their place as they came in; 1 is next."""
    agent: str = ""
    joined_at: float | None = None
    began_at: float | None = None
    """Joined with their first agent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """An agent who is signed in."""

    queues: tuple[str, ...]
    """As it was written when they signed in."""
    paused: str | None = None
    """Why; None: they are not."""
    offered_at: float | None = None
    """Their telephone rings since then."""
    offered: str = ""
    """For whom; empty: nobody knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """Who is on the line and who works, as far as events told it."""

    talks: Mapping[str, Talk] = field(default_factory=dict)
    members: Mapping[str, Member] = field(default_factory=dict)


def as_kept(floor: Floor) -> dict[str, Any]:
    """For a JSON document."""
    return asdict(floor)


def from_kept(kept: Any) -> Floor:
    """As it was. Raises `TypeError`, `KeyError` or `AttributeError` for what is no floor."""
    return Floor(
        talks={name: Talk(**each) for name, each in kept["talks"].items()},
        members={name: Member(**(each | {"queues": tuple(each["queues"])})) for name, each in kept["members"].items()},
    )


def signs_in(floor: Floor, event: Event) -> bool:
    """Whether it has to be known which queues the event's agent serves."""
    return (
        event.kind is K.AGENT_STATE
        and event.agent_id not in floor.members
        and event.payload.get("state") != AgentState.LOGGED_OFF
    )


def lines_of(floor: Floor, event: Event, serves: tuple[str, ...] = ()) -> tuple[Floor, Lines]:
    """What comes of it. `serves`: the queues and campaigns of an agent who signs in with it (`signs_in`)."""
    at = event.occurred_at.timestamp()
    if event.kind is K.AGENT_STATE:
        return _agent(floor, event, at, serves)
    call = event.call_id or event.attempt_id
    if call is None:
        return floor, ()
    return _call(floor, event, call, at)


# ------------------------------------------------------------------ calls


def _call(floor: Floor, event: Event, call: str, at: float) -> tuple[Floor, Lines]:
    talk, told = floor.talks.get(call), event.payload
    queue = str(told.get("queue") or event.campaign_id or NONE)
    match event.kind:
        case K.CALL_ESTABLISHED if talk is None:
            return _with(floor, call, Talk(queue=queue, since=at)), ()
        case K.CALLER_QUEUED:
            return _enter(floor, call, Talk(queue=queue, since=at), at)
        case K.CALL_AMD_VERDICT if talk is not None and told.get("verdict") != AmdVerdict.MACHINE:
            # what was spent on telling a person from a machine is no wait for an agent
            return _enter(floor, call, replace(talk, since=at), at)
        case K.CALL_AGENT_RESERVED if talk is not None and event.agent_id:
            floor, lines = _enter(floor, call, talk, at)
            member = floor.members.get(event.agent_id)
            if member is not None:
                floor = _member(floor, event.agent_id, replace(member, offered=call, offered_at=at))
            return floor, lines
        case K.CALL_CONNECTED | K.CALLER_JOINED:
            if not event.agent_id:  # led by the IVR: there is no queue in it
                return _without(floor, call), ()
            return _joined(floor, call, talk or Talk(queue=queue, since=at), event.agent_id, at)
        case K.CALLER_MOVED if talk is not None:
            return _move(floor, call, talk, queue, at)
        case K.CALL_TRANSFERRED if talk is not None:
            return _handed_on(floor, call, talk, str(told.get("to") or ""), at)
        case K.CALL_ABANDONED if talk is not None:
            return _out(floor, call, talk, "EXITWITHTIMEOUT", at)
        case K.CALL_CLEARED | K.ATTEMPT_CLOSED if talk is not None:
            if talk.joined_at is not None:
                return _complete(floor, call, talk, event, at)
            if talk.entered or told.get("result") == CallResult.CALLER_HUNG_UP:
                return _out(floor, call, talk, "ABANDON", at)
            return _without(floor, call), ()
        case K.CALLER_CLOSED if talk is not None:
            if talk.joined_at is not None:
                return _complete(floor, call, talk, event, at)
            match told.get("outcome"):
                case InboundOutcome.OVERFLOWED | InboundOutcome.LED_ON:
                    return _out(floor, call, talk, "EXITWITHTIMEOUT", at)
                case InboundOutcome.CALLED_BACK:
                    return _out(floor, call, talk, "EXITWITHKEY", at, CALL_BACK_KEY)
                case _:
                    return _out(floor, call, talk, "ABANDON", at)
        case _:
            return floor, ()


def _enter(floor: Floor, call: str, talk: Talk, at: float) -> tuple[Floor, Lines]:
    if talk.entered:
        return floor, ()
    talk = replace(talk, entered=True, place=_waiting(floor, talk, call) + 1)
    # no URL, and no number: who is erased is to be nowhere, and nobody goes through these files
    return _with(floor, call, talk), (_line(at, call, talk.queue, "", "ENTERQUEUE", "", "", talk.place),)


def _joined(floor: Floor, call: str, talk: Talk, agent: str, at: float) -> tuple[Floor, Lines]:
    before: Lines = ()
    if talk.joined_at is not None:  # with another: the one hands them on to the other
        floor, before = _move(floor, call, talk, talk.queue, at, to=agent)
        talk = floor.talks[call]
    floor, entered = _enter(floor, call, talk, at)
    talk = floor.talks[call]
    member = floor.members.get(agent)
    rang = at - member.offered_at if member is not None and member.offered_at is not None else 0.0
    if member is not None:
        floor = _member(floor, agent, replace(member, offered="", offered_at=None))
    connect = _line(at, call, talk.queue, agent, "CONNECT", _seconds(at - talk.since), call, _seconds(rang))
    began_at = at if talk.began_at is None else talk.began_at
    return _with(floor, call, replace(talk, agent=agent, joined_at=at, began_at=began_at)), (*before, *entered, connect)


def _move(floor: Floor, call: str, talk: Talk, queue: str, at: float, to: str = "") -> tuple[Floor, Lines]:
    """Out of one queue into the same or another one; `to`: an agent who has them next."""
    if talk.joined_at is None:
        floor, left = _out(floor, call, talk, "EXITWITHTIMEOUT", at)
    else:
        floor, left = _transfer(floor, call, talk, to or queue, "agent" if to else "queue", at)
    floor, entered = _enter(floor, call, Talk(queue=queue, since=at, began_at=talk.began_at), at)
    return floor, (*left, *entered)


def _handed_on(floor: Floor, call: str, talk: Talk, to: str, at: float) -> tuple[Floor, Lines]:
    """To somebody who is no agent of ours, with which it is over for us; or a person whom we dialled into a queue. Of
    everybody else other events tell."""
    kind, _, name = to.partition(":")
    if talk.joined_at is None or kind == "agent" or (kind == "queue" and name == talk.queue):
        return floor, ()
    floor, lines = _transfer(floor, call, talk, name or "-", kind or "-", at)
    if kind != "queue":
        return floor, lines
    floor, entered = _enter(floor, call, Talk(queue=name, since=at), at)
    return floor, (*lines, *entered)


def _transfer(floor: Floor, call: str, talk: Talk, to: str, kind: str, at: float) -> tuple[Floor, Lines]:
    held, talked = _durations(talk, at)
    line = _line(at, call, talk.queue, talk.agent, "BLINDTRANSFER", to, kind, held, talked, talk.place)
    return _without(floor, call), (line,)


def _complete(floor: Floor, call: str, talk: Talk, event: Event, at: float) -> tuple[Floor, Lines]:
    what = "COMPLETEAGENT" if event.payload.get("ended_by") == "agent" else "COMPLETECALLER"
    ended_at = at
    if event.kind is K.CALLER_CLOSED and talk.began_at is not None:  # which comes when the agent has finished, too
        ended_at = min(talk.began_at + event.payload.get("talk_seconds", 0.0), at)
    held, talked = _durations(talk, ended_at)
    return _without(floor, call), (_line(at, call, talk.queue, talk.agent, what, held, talked, talk.place),)


def _out(floor: Floor, call: str, talk: Talk, what: str, at: float, *first: str) -> tuple[Floor, Lines]:
    """They leave the queue, and no agent had them."""
    floor, entered = _enter(floor, call, talk, at)
    talk = floor.talks[call]
    place = min(_waiting(floor, talk, call) + 1, talk.place)
    line = _line(at, call, talk.queue, "", what, *first, place, talk.place, _seconds(at - talk.since))
    return _without(floor, call), (*entered, line)


def _waiting(floor: Floor, talk: Talk, but: str) -> int:
    """Who wait in that queue before them."""
    return sum(
        other.entered and other.joined_at is None and other.queue == talk.queue and other.since <= talk.since
        for name, other in floor.talks.items()
        if name != but
    )


def _durations(talk: Talk, at: float) -> tuple[int, int]:
    """Seconds of the wait and of the talk."""
    joined_at = talk.joined_at if talk.joined_at is not None else at
    return _seconds(joined_at - talk.since), _seconds(at - joined_at)


# ------------------------------------------------------------------ agents


def _agent(floor: Floor, event: Event, at: float, serves: tuple[str, ...]) -> tuple[Floor, Lines]:
    agent, state = event.agent_id or NONE, event.payload.get("state")
    member, lines = floor.members.get(agent), list[str]()

    def tell(what: str, of: Member, *parameters: object) -> None:
        lines.extend(_line(at, NONE, queue, agent, what, *parameters) for queue in of.queues)

    if state == AgentState.LOGGED_OFF:
        if member is None:
            return floor, ()
        tell("REMOVEMEMBER", member)
        return replace(floor, members={name: each for name, each in floor.members.items() if name != agent}), (*lines,)
    if member is None:
        member = Member(queues=serves or (NONE,))
        tell("ADDMEMBER", member)
    reason = str(event.payload.get("reason") or "-") if state == AgentState.NOT_READY else None
    if reason == UNANSWERED and member.offered_at is not None:
        talk = floor.talks.get(member.offered)
        queue = talk.queue if talk is not None else NONE
        rang = int((at - member.offered_at) * 1000)
        lines.append(_line(at, member.offered, queue, agent, "RINGNOANSWER", max(rang, 0)))
    if member.paused is not None and reason != member.paused:
        tell("UNPAUSE", member)
    if reason is not None and reason != member.paused:
        tell("PAUSE", member, reason)
    if state == AgentState.RESERVED:
        member = replace(member, offered_at=member.offered_at or at)
    elif state != AgentState.BUSY:  # which they are a moment before it is told with whom
        member = replace(member, offered="", offered_at=None)
    member = replace(member, paused=reason)
    return _member(floor, agent, member), (*lines,)


# ------------------------------------------------------------------ floors and lines


def _with(floor: Floor, call: str, talk: Talk) -> Floor:
    talks = {**floor.talks, call: talk}
    if len(talks) > MOST_CALLS:
        del talks[next(iter(talks))]
    return replace(floor, talks=talks)


def _without(floor: Floor, call: str) -> Floor:
    return replace(floor, talks={name: each for name, each in floor.talks.items() if name != call})


def _member(floor: Floor, agent: str, member: Member) -> Floor:
    return replace(floor, members={**floor.members, agent: member})


def _seconds(time: float) -> int:
    return max(int(time), 0)


def _line(at: float, call: str, queue: str, agent: str, what: str, *parameters: object) -> str:
    """One line, whatever is in its fields: of what would break it nothing is left. The bar behind the event is there
    without parameters, too, as Asterisk writes it."""
    named = (_plain(call) or NONE, _plain(queue) or NONE, f"Agent/{_plain(agent)}" if _plain(agent) else NONE)
    return "|".join([str(int(at)), *named, what, "|".join(_plain(str(each)) for each in parameters)])


def _plain(text: str) -> str:
    return _UNFIT.sub(" ", text)[:LONGEST_FIELD].strip()
