"""A waiting line recomputed the slow, plain way: no sorting by tuples, no shared code with the product."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class PlainCaller:
    id: str
    queue: str
    priority: int
    came_back: bool
    arrived_at: datetime
    hung_up: bool = False
    """And keeps the place."""


@dataclass(frozen=True)
class PlainAgent:
    name: str
    idle_since: datetime
    ranks: dict[str, int]
    calls: frozenset[str] = frozenset()
    """Queues of which this one calls who hung up."""

    def can_have(self, caller: PlainCaller) -> bool:
        if caller.hung_up and caller.queue not in self.calls:
            return False
        return caller.queue in self.ranks


def goes_before(one: PlainCaller, other: PlainCaller) -> bool:
    """Whether `one` is served before `other`, should an agent serve them both."""
    if one.priority != other.priority:
        return one.priority > other.priority
    if one.came_back != other.came_back:
        return one.came_back
    if one.arrived_at != other.arrived_at:
        return one.arrived_at < other.arrived_at
    return one.id < other.id


def better(one: PlainAgent, other: PlainAgent, queue: str) -> bool:
    """Whether `one` is asked before `other` for a caller of that queue."""
    if one.ranks[queue] != other.ranks[queue]:
        return one.ranks[queue] < other.ranks[queue]
    if one.idle_since != other.idle_since:
        return one.idle_since < other.idle_since
    return one.name < other.name


def plain_joins(callers: list[PlainCaller], agents: list[PlainAgent]) -> set[tuple[str, str]]:
    """Who is joined with whom: again and again the first caller of all whom anybody left can serve."""
    joined: set[tuple[str, str]] = set()
    left, free = list(callers), list(agents)
    while True:
        servable = [c for c in left if any(a.can_have(c) for a in free)]
        if not servable:
            return joined
        first = servable[0]
        for caller in servable[1:]:
            if goes_before(caller, first):
                first = caller
        serving = [a for a in free if a.can_have(first)]
        best = serving[0]
        for agent in serving[1:]:
            if better(agent, best, first.queue):
                best = agent
        joined.add((first.id, best.name))
        left.remove(first)
        free.remove(best)


def plain_service_level(waits: list[float], unanswered: int, within: float) -> float:
    """Answered in time, of all who called."""
    in_time = 0
    for wait in waits:
        if wait <= within:
            in_time += 1
    return in_time / (len(waits) + unanswered)
