"""In which state agents are, and what that comes to once it is over.

What happens while no dialer runs is nobody's time: the event of its start says until when the one before was there. A
state ends then, and goes on from the start as the dialer takes it up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from typing import Final

from cti_api.kpi.facts import Fact
from cti_api.kpi.fold import seat_facts
from cti_api.kpi.measures import Measure, Split
from cti_api.model.agents import AgentState, AgentStatus, taken_up
from cti_api.model.events import Event, EventKind
from cti_api.model.ids import AgentId

SEATS: Final = frozenset(
    {Measure.READY_SECONDS, Measure.BUSY_SECONDS, Measure.AFTER_CALL_SECONDS, Measure.NOT_READY_SECONDS}
)
"""Measures of agents' time."""
MOVES: Final = frozenset({EventKind.AGENT_STATE, EventKind.DIALER_STARTED})
"""Events that end somebody's state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """The state that an agent is in, and since when."""

    agent: str
    state: AgentState
    since: datetime
    reason: str = ""

    def until(self, end: datetime, zone: tzinfo) -> Iterator[Fact]:
        """Its time up to then."""
        return seat_facts(self.agent, self.state, self.reason, self.since, end, zone)


def moved(stays: Mapping[str, Stay], event: Event, zone: tzinfo) -> tuple[tuple[Stay, ...], tuple[Fact, ...]]:
    """The stays that are others after the event, and the time that is over with it; `stays`: each agent's."""
    if event.kind is EventKind.DIALER_STARTED:
        seen = event.payload["seen_until"]
        ended = datetime.fromisoformat(seen) if seen is not None else None
        facts = tuple(fact for stay in stays.values() if ended is not None for fact in stay.until(ended, zone))
        from_then = event.occurred_at if ended is None else max(event.occurred_at, ended)  # a clock may be behind
        return tuple(_taken_up(stay, from_then) for stay in stays.values()), facts
    agent, when = event.agent_id or "", event.occurred_at
    state, reason = AgentState(event.payload["state"]), event.payload.get("reason", "")
    if (before := stays.get(agent)) is None:
        return (Stay(agent=agent, state=state, since=when, reason=reason),), ()
    when = max(before.since, when)  # nobody is in two states at once, in whichever order they were told
    return (Stay(agent=agent, state=state, since=when, reason=reason),), tuple(before.until(when, zone))


def _taken_up(stay: Stay, at: datetime) -> Stay:
    status = AgentStatus(agent_id=AgentId(stay.agent), state=stay.state, since=stay.since, reason=stay.reason)
    taken = taken_up(status)
    return replace(stay, state=taken.state, reason=taken.reason, since=max(stay.since, at))


def so_far(stays: Iterable[Stay], begins: datetime, now: datetime, zone: tzinfo) -> Iterator[Fact]:
    """What states that are not over come to from `begins` until `now`: no facts yet, and time all the same."""
    for stay in stays:
        yield from replace(stay, since=max(stay.since, begins)).until(now, zone)


def told_apart(
    facts: Iterable[Fact], by: Split | None, where: tuple[Split, str] | None, zone: tzinfo
) -> Iterator[tuple[str, Measure, float]]:
    """What facts of agents' time add to which group, as the sums of the store have those that are over."""
    for fact in facts:
        if where is not None and fact.splits.get(where[0]) != where[1]:
            continue
        if by is None or (group := _group(fact, by, zone)):
            for measure, amount in fact.counts.items():
                yield "" if by is None else group, measure, amount


def _group(fact: Fact, by: Split, zone: tzinfo) -> str:
    local = fact.at.astimezone(zone)
    match by:
        case Split.HOUR:
            return str(local.hour)
        case Split.DAY:
            return local.date().isoformat()
        case Split.MONTH:
            return f"{local:%Y-%m}"
        case _:
            return fact.splits.get(by, "")
