"""Whom the calls in flight will find: how many ask for an agent, how many agents are free for them, and what one more
call would add to those who are left alone.

For each slot of the half minute ahead (`dialer.pacing.estimators`) stand the chances that so many of the calls have
been answered by then, and that so many of the busy agents have come free. Calls and agents do what they do
independently of one another, so both are sums of unequal coins (Poisson binomial), kept exactly; where there are so
many that it makes no difference, a normal distribution stands for them.

Somebody is left alone when they are answered in a slot in which the others that were answered have taken every agent.
One more call adds that of its own, and that of each of the others for whom it takes the last agent.

That risk falls as agents come free, so that a call may be worth more two seconds later; but then an agent may wait for
it two seconds longer (`Foresight.relief`).
"""

from __future__ import annotations

from math import erfc, exp, pi
from typing import Final, Protocol

import numpy as np

from dialer.pacing.estimators import SLOT_SECONDS, SLOTS, Floats

MOST_CALLS_EXACTLY: Final = 120
MOST_AGENTS_EXACTLY: Final = 40
"""Calls in flight, and busy agents, up to which the distributions are kept whole: beyond, that takes too long for a
decision, and a normal distribution is close."""

LEAST_WAIT: Final = 1e-3
"""Seconds for each answer, against a division by none where every agent is taken for sure."""


class Foresight(Protocol):
    """The half minute ahead, with the calls added so far."""

    def add(self, during: Floats, by: Floats) -> None:
        """One more call: its chance to be answered in each slot, and to have been by the middle of it."""
        ...

    def risk_of(self, during: Floats, by: Floats) -> float:
        """How many more would be left alone with such a call than without."""
        ...

    def relief(self, during: Floats, by: Floats) -> float:
        """How many fewer would be left alone if such a call were placed a slot later, for each second that an agent
        would wait longer for it; 0 where it would be no better."""
        ...

    def risk_within(self, during: Floats, by: Floats, others: float = 1.0) -> float:
        """What such a call, one of those that were added, costs: those left alone with it, less those without. `others`
        is the part (0..1) that counts of those of them who are not its own."""
        ...

    def left_alone(self) -> float:
        """How many of the calls added are expected to be left alone."""
        ...


class Exact:
    """With the whole distributions: rows are counts, columns slots."""

    def __init__(self, free: int, agents: Floats, copy_of: Exact | None = None) -> None:
        """`free` agents are ready beyond the people who wait now (negative: more wait); `agents` is the distribution
        of those who come free, from `free_agents`."""
        self._free, self._agents = free, agents
        if copy_of is None:
            self._calls = 0
            self._answered = np.zeros((8, SLOTS))
            self._answered[0] = 1.0
            # Row k: the chance that one call is answered in the slot while k of the others have been, over all calls.
            self._asking = np.zeros((8, SLOTS))
        else:
            self._calls = copy_of._calls
            self._answered, self._asking = copy_of._answered.copy(), copy_of._asking.copy()
        self._burdened: tuple[Floats, Floats] | None = None

    def add(self, during: Floats, by: Floats) -> None:
        if self._calls + 2 > len(self._answered):
            room = np.zeros_like(self._answered)
            self._answered, self._asking = np.vstack((self._answered, room)), np.vstack((self._asking, room))
        rows = self._calls + 1
        self._asking[:rows] += during * self._answered[:rows] - (moved := by * self._asking[:rows])
        self._asking[1 : rows + 1] += moved
        moved = by * self._answered[:rows]
        self._answered[:rows] -= moved
        self._answered[1 : rows + 1] += moved
        self._calls += 1
        self._burdened = None

    def risk_of(self, during: Floats, by: Floats) -> float:
        no_agent, last_agent = self._burden()
        return float(during @ no_agent + by @ last_agent)

    def relief(self, during: Floats, by: Floats) -> float:
        return _relief(during, by, *self._burden())

    def risk_within(self, during: Floats, by: Floats, others: float = 1.0) -> float:
        asking = self._asking[: self._calls + 1]
        no_agent = self._reaching(asking) / np.maximum(asking.sum(0), 1e-12)
        last_agent = self._meeting(asking, -1) * (others * (1.0 - 1.0 / self._calls))
        return float(during @ no_agent + by @ last_agent)

    def left_alone(self) -> float:
        return float(self._reaching(self._asking).sum())

    def _burden(self) -> tuple[Floats, Floats]:
        """By slot: the chance that whoever is answered in it finds no agent, and how many others are left alone by
        somebody who was answered before it."""
        if self._burdened is None:
            self._burdened = (self._reaching(self._answered), self._meeting(self._asking, -1))
        return self._burdened

    def _reaching(self, counts: Floats) -> Floats:
        """That the count is the number of agents, or more; by slot."""
        tail = counts[: self._calls + 1][::-1].cumsum(0)[::-1]
        total = self._meeting(tail, 0)
        below = min(max(-self._free, 0), len(self._agents))
        return total + self._agents[:below].sum(0) * tail[0] if below else total

    def _meeting(self, table: Floats, shift: int) -> Floats:
        """Of `table`, the row of the number of agents and `shift`; by slot."""
        offset = self._free + shift
        first, last = max(0, -offset), min(len(self._agents) - 1, self._calls - offset)
        if last < first:
            return np.zeros(SLOTS)
        return np.asarray((self._agents[first : last + 1] * table[offset + first : offset + last + 1]).sum(0))


def free_agents(chances: Floats) -> Floats:
    """The distribution of how many of the agents come free: (agents + 1, slots) from (agents, slots)."""
    distribution = np.zeros((len(chances) + 1, SLOTS))
    distribution[0] = 1.0
    for row, chance in enumerate(chances):
        moved = chance * distribution[: row + 1]
        distribution[: row + 1] -= moved
        distribution[1 : row + 2] += moved
    return distribution


class Normal:
    """With mean and variance alone."""

    def __init__(self, free: int, agents: Floats) -> None:
        """As `Exact`, but `agents` are the single chances (agents, slots)."""
        self._free = free
        self._mean = -agents.sum(0)
        self._variance = (agents * (1.0 - agents)).sum(0) + 0.05
        self._asking = np.zeros(SLOTS)
        self._burdened: tuple[Floats, Floats] | None = None

    def add(self, during: Floats, by: Floats) -> None:
        self._mean = self._mean + by
        self._variance = self._variance + by * (1.0 - by)
        self._asking = self._asking + during
        self._burdened = None

    def risk_of(self, during: Floats, by: Floats) -> float:
        no_agent, last_agent = self._burden()
        return float(during @ no_agent + by @ last_agent)

    def relief(self, during: Floats, by: Floats) -> float:
        return _relief(during, by, *self._burden())

    def risk_within(self, during: Floats, by: Floats, others: float = 1.0) -> float:
        no_agent, last_agent = self._burden()
        return float(during @ no_agent + others * (by @ last_agent))

    def left_alone(self) -> float:
        return float(self._asking @ self._no_agent())

    def _burden(self) -> tuple[Floats, Floats]:
        """As that of `Exact`."""
        if self._burdened is None:
            self._burdened = (self._no_agent(), self._asking * self._last_agent())
        return self._burdened

    def _no_agent(self) -> Floats:
        at = (self._free - 0.5 - self._mean) / np.sqrt(2.0 * self._variance)
        return np.array([0.5 * erfc(x) for x in at])

    def _last_agent(self) -> Floats:
        at = (self._free - 1.0 - self._mean) ** 2 / (2.0 * self._variance)
        return np.asarray(np.array([exp(-x) for x in at]) / np.sqrt(2.0 * pi * self._variance))


def _relief(during: Floats, by: Floats, no_agent: Floats, last_agent: Floats) -> float:
    """See `Foresight.relief`."""
    fewer = during @ no_agent - during[:-1] @ no_agent[1:] + by @ last_agent - by[:-1] @ last_agent[1:]
    an_agent = 1.0 - no_agent
    wait = SLOT_SECONDS * (by @ an_agent - by[:-1] @ an_agent[1:])
    return max(float(fewer / (wait + LEAST_WAIT * during.sum())), 0.0)
