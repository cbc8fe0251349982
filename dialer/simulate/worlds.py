"""What a simulated world is like: how people answer, how long things take, how many lines there are.

Lengths of time are in seconds, rates 0..1. The named worlds are those in which pacers are compared; nothing in a pacer
may be chosen by the seeds they are shown on. `drawn` gives worlds that nobody chose.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np


class Course(StrEnum):
    """How a level goes through the shift."""

    FLAT = "flat"
    DRIFT = "drift"
    """It wanders, over hours."""
    JUMP = "jump"
    """The answer rate steps between 15 and 45 % from one second to the next."""
    TELEGRAPH = "telegraph"
    """The answer rate steps to any level after any time."""


@dataclass(frozen=True, slots=True)
class Lognormal:
    """Lengths around a mean; `spread` is the standard deviation as a share of it."""

    mean: float
    spread: float


@dataclass(frozen=True, slots=True)
class Observed:
    """Lengths as they were seen: equally likely quantiles in rising order, straight lines between them."""

    quantiles: tuple[float, ...]


Lengths = Lognormal | Observed


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything that chance does in a shift, apart from the seed."""

    hours: float = 8.0
    answer_rate: float = 0.30
    """Calls that a person would answer, were they to ring for ever."""
    answers: Course = Course.FLAT
    machine_rate: float = 0.0
    failure_rate: float = 0.10
    """Calls that end at once: busy, no such number, no network."""
    ring: Lengths = Lognormal(11.0, 0.5)
    """Until a person answers."""
    machine_ring: Lengths = Lognormal(18.0, 0.35)
    ring_timeout: float = 28.0
    talk: Lengths = Lognormal(150.0, 1.0)
    talks: Course = Course.FLAT
    """`Course.DRIFT`, or no course."""
    wrap: Lengths = Lognormal(20.0, 0.6)
    amd: float = 0.0
    """How long answering-machine detection takes; 0: there is none."""
    amd_loses: float = 0.04
    """People that it takes for machines."""
    amd_passes: float = 0.10
    """Machines that it takes for people."""
    hold: float = 2.0
    """A person who waited so long for an agent is abandoned."""
    lines_per_agent: float = 8.0
    breaks: bool = False
    agent_spread: float = 0.0
    """How unequal the agents are: the standard deviation of the logarithm of their talk times."""

    @property
    def seconds(self) -> float:
        return self.hours * 3600.0


FEWEST_LINES: Final = 10.0
MIN_RING: Final = 15.0
"""Seconds before a pacer may hang up a call (16 CFR 310.4(b)(4)(ii))."""
MACHINE_TALK: Final = 8.0
"""Seconds an agent needs to notice a machine …"""
MACHINE_WRAP: Final = 3.0
"""… and to say so."""

NAMED: Final[Mapping[str, World]] = {
    "flat": World(),
    "low": World(answer_rate=0.15, machine_rate=0.20, amd=2.5, talk=Lognormal(120.0, 1.0), wrap=Lognormal(15.0, 0.6)),
    "short": World(answer_rate=0.40, talk=Lognormal(90.0, 1.5), wrap=Lognormal(10.0, 0.6)),
    "long": World(answer_rate=0.25, talk=Lognormal(240.0, 0.8), wrap=Lognormal(40.0, 0.6)),
    "drift": World(answers=Course.DRIFT, talks=Course.DRIFT, breaks=True, agent_spread=0.25),
    "jump": World(answers=Course.JUMP, breaks=True, agent_spread=0.25),
}
"""The worlds of the results table: a steady one; few answers and many machines; short and long talks; levels that
wander; an answer rate that jumps."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A world that nobody chose, with the team and the limit it is played with."""

    world: World
    agents: int
    cap: float


def drawn(seed: int, number: int) -> Drawn:
    """The world of that number in the row that `seed` begins."""
    random = np.random.default_rng([seed, number])

    def between(low: float, high: float) -> float:
        return float(random.uniform(low, high))

    def one_of(choices: Sequence[float]) -> float:
        return float(random.choice(np.array(choices)))

    amd = bool(random.random() < 0.35)
    answer_rate = between(0.12, 0.45)
    answers = Course(str(random.choice([course.value for course in Course])))
    talks = Course(str(random.choice([Course.FLAT.value, Course.DRIFT.value])))
    machine_rate = between(0.1, 0.25) if amd else 0.0
    failure_rate = between(0.03, 0.2)
    ring = Lognormal(between(8, 14), between(0.35, 0.65))
    ring_timeout = one_of([22.0, 25.0, 28.0, 30.0])
    talk = Lognormal(between(90, 240), between(0.8, 1.5))
    wrap = Lognormal(between(10, 40), between(0.4, 0.9))
    breaks = bool(random.random() < 0.6)
    agent_spread = one_of([0.0, 0.25])
    lines_per_agent = one_of([4.0, 6.0, 8.0])
    agents = int(one_of([1, 2, 3, 3, 4, 5, 5, 7, 8, 10, 10, 15, 20]))
    cap = one_of([0.03, 0.03, 0.03, 0.01])
    world = World(
        answer_rate=answer_rate,
        answers=answers,
        machine_rate=machine_rate,
        failure_rate=failure_rate,
        ring=ring,
        ring_timeout=ring_timeout,
        talk=talk,
        talks=talks,
        wrap=wrap,
        amd=2.5 if amd else 0.0,
        lines_per_agent=lines_per_agent,
        breaks=breaks,
        agent_spread=agent_spread,
    )
    return Drawn(world, agents, cap)
