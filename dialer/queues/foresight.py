"""What a waiting caller is told of their place and their wait, and whom they will keep from dialled people.

The wait is Erlang's for a line whose agents are all busy: with `agents` who each finish a call every `handling` seconds
on average, one of them is free every ``handling / agents`` seconds, and the caller in place n is served after n of
those. That is a mean, of a thing that varies as much as it is long, so nothing finer than a few wide steps is said,
always as "less than", and nothing at all where there is nobody to serve, or the last step is not enough.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cti_api.model.ids import AgentId, InboundId, QueueId
from dialer.queues.discipline import Waiting

STEPS_MINUTES: Final = (1, 2, 5, 10, 20, 30)
"""What is said: "menos de cinco minutos"."""

LAST_POSITION: Final = 10
"""Further back, no place is told: it would only discourage."""

UNKNOWN_HANDLING_SECONDS: Final = 180.0
"""Talk and wrap-up of a call before any was seen: three minutes, the middle of what service desks publish."""

SAFETY: Final = 1.5
"""The step must hold for more than half of the callers: the mean of an exponential wait, times this, does for three in
four (1 - exp(-1.5) = 0.78)."""

REMEMBERED: Final = 50
"""Calls whose handling is averaged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a caller hears."""

    position: int | None
    """None: too far back to say."""
    minutes: int | None
    """Less than so many; None: nothing is said of the wait."""


def handling_seconds(recent: Sequence[float]) -> float:
    """The mean of the last calls, the guess counting as one of them so that a single odd call says little."""
    last = list(recent)[-REMEMBERED:]
    return (sum(last) + UNKNOWN_HANDLING_SECONDS) / (len(last) + 1)


def expected_wait_seconds(position: int, agents: int, handling: float) -> float | None:
    """How long the caller in `position` (1 is next) waits on average; None where nobody serves."""
    return position * handling / agents if agents > 0 else None


def told(position: int, agents: int, handling: float) -> Told:
    """What the caller in that place is told."""
    mean = expected_wait_seconds(position, agents, handling)
    safe = None if mean is None else mean * SAFETY / 60.0
    minutes = None if safe is None else next((step for step in STEPS_MINUTES if safe < step), None)
    return Told(position=position if position <= LAST_POSITION else None, minutes=minutes)


def positions(ordered: Iterable[Waiting]) -> dict[InboundId, int]:
    """Each caller's place in their own queue; 1 is next. `ordered`: as `dialer.queues.discipline.in_order` gives."""
    places: dict[InboundId, int] = {}
    so_far: dict[QueueId, int] = {}
    for caller in ordered:
        so_far[caller.queue] = places[caller.id] = so_far.get(caller.queue, 0) + 1
    return places


@dataclass(frozen=True, slots=True, kw_only=True)
class Occupied:
    """An agent who is in a call, or finishes one."""

    agent_id: AgentId
    wrapping: bool
    since: datetime
    """In this state."""
    ranks: Mapping[QueueId, int]
    calls_back: frozenset[QueueId] = frozenset()
    """As a `Server`'s."""


def spoken_for(ordered: Sequence[Waiting], occupied: Iterable[Occupied]) -> frozenset[AgentId]:
    """Agents, busy now, whom the waiting callers will take when they are free: no campaign may dial for them.

    Each caller is set against the agent who will be free first, as far as one can tell: wrapping up before talking,
    then the longest in it.
    """
    pool = sorted(occupied, key=lambda a: (not a.wrapping, a.since, a.agent_id))
    taken: set[AgentId] = set()
    for caller in ordered:
        able = (a for a in pool if caller.queue in (a.calls_back if caller.kept else a.ranks))
        first = next((a for a in able if a.agent_id not in taken), None)
        if first is not None:
            taken.add(first.agent_id)
    return frozenset(taken)
