"""From what the engine knows of calls and agents to the events a pacer is told: each once, in the order of time.

Theory of operation
-------------------
A call is looked at as often as one likes (`Feed.call`) and once more when it is over (`Feed.over`); whatever it has
learned since the last look is told. So it makes no difference how a call came to its end: the trunk failed, the link
was lost and a later settlement closed it, we hung up, or the person did. What is told last of a call is one of

* ``NO_ANSWER`` and ``FAILED``: the network's word;
* ``CANCELLED``: we hung up, or nobody can say how it ended; it rang so long without an answer, and that is all;
* ``MACHINE``: it was answered and needs no agent: a machine, or gone before AMD had spoken;
* ``HUMAN``: a person needs an agent. What follows is the agent's ``CONNECTED``, or ``ABANDONED``; who hangs up before
  either leaves nothing to be told.

Each agent's way is told as they are moved (`Feed.agent`). A talk or wrap-up that ends with the agent's leaving (a
telephone lost) is told by ``AGENT_OFF`` alone: how long it would have taken nobody knows.

Calls that wait for a certain agent, and those of campaigns that agents dial, are none of the pacer's and never come
here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from enum import IntEnum
from operator import attrgetter
from typing import Final

from cti_api.model.agents import AgentState
from cti_api.model.calls import LIVE_ANSWERS, Attempt, CallResult
from cti_api.model.ids import AgentId, AttemptId
from dialer.calls.machine import Call
from dialer.calls.settle import call_of
from dialer.pacing.interface import Event, EventKind

IN_SERVICE: Final = frozenset({AgentState.READY, AgentState.RESERVED, AgentState.BUSY, AgentState.WRAP_UP})

NOBODY_KNOWS: Final = frozenset(
    {CallResult.CANCELED_BY_DIALER, CallResult.NEVER_DIALED, CallResult.INTERRUPTED, CallResult.LOST}
)
"""Results of a call without an answer that say nothing of the person or the number."""


class _Told(IntEnum):
    """How much of a call was told."""

    DIALED = 0
    ANSWERED = 1
    HUMAN = 2
    LAST = 3


class Feed:
    """What one campaign's pacer was told already, and what it is still to be told."""

    def __init__(self, began: datetime, *, amd: bool) -> None:
        """`began` is the pacer's time 0. `amd`: without it, whoever answers is a person."""
        self._began = began
        self._amd = amd
        self._latest = -float("inf")
        self._events: list[Event] = []
        self._calls: dict[AttemptId, _Told] = {}
        self._staff: set[AgentId] = set()
        """Agents in service, as they were told."""
        self._since: dict[AgentId, datetime] = {}
        """Of agents in a talk or wrap-up that was told: since when."""

    def call(self, call: Call, now: datetime) -> None:
        """Whatever is new of a call that lives."""
        self._progress(call)
        if call.hold_expired and call.connected_at is None and call.live_at is not None:
            self._last(call, EventKind.ABANDONED, now, call.live_at)

    def over(self, call: Call, result: CallResult, now: datetime) -> None:
        """The call is over."""
        if call.attempt_id not in self._calls and result is CallResult.NEVER_DIALED:
            return
        ended = call.ended_at or now
        call = _as_the_result_proves(call, result, ended, amd=self._amd)
        self._progress(call)
        if call.answered_at is None:
            self._last(call, _unanswered(result), ended, call.placed_at)
        elif result is CallResult.ABANDONED:
            self._last(call, EventKind.ABANDONED, ended, call.live_at or ended)
        elif call.live_at is None:
            self._last(call, EventKind.MACHINE, ended, call.placed_at)
        del self._calls[call.attempt_id]

    def agent(
        self, agent_id: AgentId, before: AgentState, after: AgentState, now: datetime, call: Call | None = None
    ) -> None:
        """An agent moved. `call` is the pacer's call that they are joined with, where it is one."""
        since = self._since.get(agent_id)
        if after in IN_SERVICE:
            self._on(agent_id, now)
        if before is AgentState.WRAP_UP and after is not AgentState.WRAP_UP and since is not None:
            del self._since[agent_id]
            self._tell(EventKind.WRAP_END, now, since, agent_id=agent_id)
        if after is AgentState.BUSY and call is not None:
            self._since[agent_id] = now
            # Whoever was parted from an agent has waited for this one only since then, and is offered one at once.
            waits_since = call.offered_at if call.joined_seconds else call.live_at
            self._tell(EventKind.CONNECTED, now, waits_since, agent_id=agent_id)
        if before is AgentState.BUSY and after is AgentState.WRAP_UP and since is not None:
            self._since[agent_id] = now
            self._tell(EventKind.TALK_END, now, since, agent_id=agent_id)
        if after not in IN_SERVICE:
            self._off(agent_id, now)

    def staff(self, in_service: Collection[AgentId], now: datetime) -> None:
        """Who is in service now; who joined or left the campaign otherwise than by a move is told as well."""
        for agent_id in [one for one in in_service if one not in self._staff]:
            self._on(agent_id, now)
        for agent_id in self._staff.difference(in_service):
            self._off(agent_id, now)

    def _on(self, agent_id: AgentId, now: datetime) -> None:
        if agent_id not in self._staff:
            self._staff.add(agent_id)
            self._tell(EventKind.AGENT_ON, now, agent_id=agent_id)

    def _off(self, agent_id: AgentId, now: datetime) -> None:
        if agent_id in self._staff:
            self._staff.remove(agent_id)
            self._since.pop(agent_id, None)
            self._tell(EventKind.AGENT_OFF, now, agent_id=agent_id)

    def shift(self, by: timedelta, now: datetime) -> None:
        """The wall clock was set, by that much, and is now this: the instants that calls and agents are known by were
        moved with it, and no time has passed for the pacer."""
        self._began += by
        self._since = {agent_id: since + by for agent_id, since in self._since.items()}
        self._latest = min(self._latest, (now - self._began).total_seconds())

    def drain(self) -> list[Event]:
        """What was not told before, in the order of time: news of an earlier moment are told as of the latest."""
        events = sorted(self._events, key=attrgetter("t"))
        self._events.clear()
        told = []
        for event in events:
            self._latest = max(self._latest, event.t)
            told.append(event._replace(t=self._latest))
        return told

    def _progress(self, call: Call) -> None:
        if call.attempt_id not in self._calls:
            self._calls[call.attempt_id] = _Told.DIALED
            self._tell(EventKind.DIALED, call.placed_at, call_id=call.attempt_id)
        told = self._calls[call.attempt_id]
        if told < _Told.ANSWERED and call.answered_at is not None:
            self._calls[call.attempt_id] = _Told.ANSWERED
            self._tell(EventKind.ANSWERED, call.answered_at, call.placed_at, call_id=call.attempt_id)
        if told < _Told.HUMAN and call.live_at is not None:
            self._calls[call.attempt_id] = _Told.HUMAN
            self._tell(EventKind.HUMAN, call.live_at, call.placed_at, call_id=call.attempt_id)

    def _last(self, call: Call, kind: EventKind, at: datetime, since: datetime) -> None:
        if self._calls[call.attempt_id] is not _Told.LAST:
            self._calls[call.attempt_id] = _Told.LAST
            self._tell(kind, at, since, call_id=call.attempt_id)

    def _tell(
        self,
        kind: EventKind,
        at: datetime,
        since: datetime | None = None,
        *,
        call_id: AttemptId | None = None,
        agent_id: AgentId | None = None,
    ) -> None:
        value = max((at - since).total_seconds(), 0.0) if since is not None else 0.0
        self._events.append(Event(kind, (at - self._began).total_seconds(), call_id, agent_id, value))


def _unanswered(result: CallResult) -> EventKind:
    if result in NOBODY_KNOWS:
        return EventKind.CANCELLED
    return EventKind.NO_ANSWER if result is CallResult.NO_ANSWER else EventKind.FAILED


def _as_the_result_proves(call: Call, result: CallResult, ended: datetime, *, amd: bool) -> Call:
    """A call settled after a crash may lack the instants that its result implies: they are as late as can be."""
    if call.answered_at is None and result in LIVE_ANSWERS | {CallResult.MACHINE}:
        call = replace(call, answered_at=call.live_at or call.connected_at or ended)
    met = result in (CallResult.CONNECTED, CallResult.ABANDONED) or not amd
    if call.live_at is None and call.answered_at is not None and met and result is not CallResult.MACHINE:
        call = replace(call, live_at=call.connected_at or (ended if amd else call.answered_at))
    return call


def past_events(attempts: Iterable[Attempt], began: datetime, *, amd: bool, longest_wrap_up: timedelta) -> list[Event]:
    """What closed attempts told, for a pacer that begins: its time 0 is `began`, so they lie before it.

    A wrap-up lasted until the attempt was closed, or as long as one may: one that a crash interrupted was closed when
    the next process looked. Who was in service then is not known, and not told.
    """
    feed = Feed(began, amd=amd)
    for attempt in attempts:
        if attempt.result is None or attempt.closed_at is None:
            continue
        call = replace(call_of(attempt), ended_at=attempt.ended_at)
        feed.over(call, attempt.result, attempt.closed_at)
        if attempt.agent_id is not None and call.connected_at is not None and call.ended_at is not None:
            feed.agent(attempt.agent_id, AgentState.RESERVED, AgentState.BUSY, call.connected_at, call)
            feed.agent(attempt.agent_id, AgentState.BUSY, AgentState.WRAP_UP, call.ended_at)
            closed_at = max(min(attempt.closed_at, call.ended_at + longest_wrap_up), call.ended_at)
            feed.agent(attempt.agent_id, AgentState.WRAP_UP, AgentState.READY, closed_at)
    return [event for event in feed.drain() if event.kind is not EventKind.AGENT_ON]
