"""The discipline: of callers who wait and agents who are free, who is joined with whom now, and who waits no longer.

Theory of operation
-------------------
Callers stand in one order, whatever queue they are in: the queue of higher priority first; in it whoever lost an agent
in the middle of a talk; then whoever arrived first. *Arrived* means in the first queue: who overflows into another one
keeps the time they have waited. Down that order each caller is given the best agent still free who serves their queue:
lowest rank there, then longest idle, then by name.

So within a priority nobody is overtaken but by somebody whom an agent serves that does not serve them.

Who has waited in a queue as long as its file lets them, and is not given an agent at this moment, overflows: into
another queue, or to an apology. Queues that overflow into each other would pass a caller on for ever, so after
`MOST_MOVES` the next one ends in the apology. Whom the IVR sent waits no longer than it said, in all the queues
together, and does not wait where nobody serves any of them: they go back to it. A kept place (its caller hung up, to be
called when it is their turn) stands in the same order, is given to an agent in the same way, and never overflows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cti_api.model.ids import AgentId, InboundId, QueueId
from cti_api.model.queues import Terms

MOST_MOVES: Final = 3
"""Queues into which one caller overflows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What the discipline has to know of a queue."""

    priority: int
    longest_wait_seconds: float
    overflow_to: QueueId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A caller without an agent."""

    id: InboundId
    queue: QueueId
    arrived_at: datetime
    queued_at: datetime
    """In this queue."""
    lost_agent: bool = False
    """The agent's leg died under them."""
    moves: int = 0
    """Queues they have overflowed into."""
    terms: Terms | None = None
    """Of whom the IVR sent."""
    kept: bool = False
    """They hung up and keep their place: whoever is given them calls them, and they wait as long as it takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """An agent who can take a call now."""

    agent_id: AgentId
    idle_since: datetime
    ranks: Mapping[QueueId, int]
    """By queue they serve; 1 is asked first."""
    calls_back: frozenset[QueueId] = frozenset()
    """Queues whose kept places they can call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The floor at one moment."""

    now: datetime
    queues: Mapping[QueueId, Rule]
    waiting: tuple[Waiting, ...]
    free: tuple[Server, ...]
    served: frozenset[QueueId] = frozenset()
    """Queues that somebody serves who has signed in, at a pause or not."""


@dataclass(frozen=True, slots=True)
class Join:
    """These two, now."""

    caller: InboundId
    agent: AgentId


@dataclass(frozen=True, slots=True)
class Overflow:
    """This caller has waited long enough."""

    caller: InboundId
    to: QueueId | None
    """None: they hear an apology, and the call ends; or the IVR that sent them has them again."""
    nobody: bool = False
    """There is nobody to wait for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What to do now."""

    joins: tuple[Join, ...] = ()
    overflows: tuple[Overflow, ...] = ()


def in_order(waiting: tuple[Waiting, ...], queues: Mapping[QueueId, Rule]) -> list[Waiting]:
    """Every caller, who is to be served first in front. A queue that is not known has no priority, and no agents."""

    def place(caller: Waiting) -> tuple[int, bool, datetime, InboundId]:
        rule = queues.get(caller.queue)
        return (-rule.priority if rule else 0), not caller.lost_agent, caller.arrived_at, caller.id

    return sorted(waiting, key=place)


def decide(snapshot: Snapshot) -> Decision:
    """Who is joined with whom, and who waits no longer."""
    free = list(snapshot.free)
    joins, overflows = [], []
    for caller in in_order(snapshot.waiting, snapshot.queues):
        serving = [a for a in free if caller.queue in a.ranks and (not caller.kept or caller.queue in a.calls_back)]
        if serving and caller.queue in snapshot.queues:
            best = min(serving, key=lambda a: (a.ranks[caller.queue], a.idle_since, a.agent_id))
            free.remove(best)
            joins.append(Join(caller.id, best.agent_id))
        elif (over := _overflow(caller, snapshot)) is not None:
            overflows.append(over)
    return Decision(joins=tuple(joins), overflows=tuple(overflows))


def _overflow(caller: Waiting, snapshot: Snapshot) -> Overflow | None:
    if caller.kept:
        return None
    rule = snapshot.queues.get(caller.queue)
    if rule is None:
        return Overflow(caller.id, None, nobody=caller.terms is not None)  # a queue that nobody made
    if caller.terms is not None:
        if not _is_served(caller.queue, snapshot):
            return Overflow(caller.id, None, nobody=True)
        most = caller.terms.most_wait_seconds
        if most is not None and (snapshot.now - caller.arrived_at).total_seconds() >= most:
            return Overflow(caller.id, None)
    if (snapshot.now - caller.queued_at).total_seconds() < rule.longest_wait_seconds:
        return None
    to = rule.overflow_to
    return Overflow(caller.id, to if to in snapshot.queues and caller.moves < MOST_MOVES else None)


def _is_served(queue: QueueId | None, snapshot: Snapshot) -> bool:
    """Whether somebody serves this queue, or one that it overflows into."""
    for _ in range(MOST_MOVES + 1):
        if queue in snapshot.served:
            return True
        rule = snapshot.queues.get(queue) if queue is not None else None
        queue = rule.overflow_to if rule is not None else None
    return False
