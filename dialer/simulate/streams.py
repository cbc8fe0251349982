"""All the chance of a shift, drawn before it begins: two policies on one seed meet the same people and the same talks.

What becomes of a call is drawn by the order of dialling, how long a talk takes by the order of connecting. The order of
the draws below is part of the published figures: a draw more, or one elsewhere, gives another shift for every seed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from dialer.simulate.worlds import Course, Lengths, Lognormal, World

Floats = npt.NDArray[np.float64]

SLOT: Final = 5.0
"""Seconds for which the levels of answers and talks stay the same."""
SALT: Final = 20261
SHORTEST_TALK, SHORTEST_WRAP = 2.0, 1.0
LATEST_START: Final = 20.0
"""Seconds within which the agents come."""
LAST_BREAK: Final = 1200.0
"""Seconds before the end after which nobody begins a break."""


@dataclass(frozen=True, slots=True)
class Absence:
    """A booked break."""

    begins: float
    ends: float


@dataclass(frozen=True, slots=True)
class Streams:
    """The draws of one shift."""

    answer_rate: Floats
    """By slot of `SLOT` seconds."""
    talk_level: Floats
    fate: Floats
    """0..1 by order of dialling: person, machine, failure, nobody."""
    ring: Floats
    machine_ring: Floats
    failure: Floats
    """Seconds until a failing call ends."""
    talk: Floats
    wrap: Floats
    amd: Floats
    """0..1, whether AMD errs."""
    talk_factor: tuple[float, ...]
    """By agent: how much longer than others they talk."""
    starts: tuple[float, ...]
    """By agent."""
    absences: tuple[tuple[Absence, ...], ...]
    """By agent."""

    @property
    def length(self) -> int:
        """After so many calls the streams begin anew."""
        return len(self.fate)


def draw(world: World, agents: int, seed: int) -> Streams:
    """The draws of that seed for so many agents."""
    random = np.random.default_rng([seed, agents, SALT])
    many = 1 << (17 if agents <= 60 else 19)
    slots = int(world.seconds / SLOT) + 2
    answer_rate = _answer_rates(world, random, slots)
    talk_level = np.ones(slots)
    if world.talks is Course.DRIFT:
        at = np.arange(slots) * SLOT
        talk_level = np.exp(0.25 * np.sin(2 * np.pi * at / (4.3 * 3600) + random.uniform(0, 6.28)))
    ring = _lengths(world.ring, random, many)
    machine_ring = _lengths(world.machine_ring, random, many)
    talk = np.maximum(SHORTEST_TALK, _lengths(world.talk, random, many))
    wrap = np.maximum(SHORTEST_WRAP, _lengths(world.wrap, random, many))
    failure = np.minimum(0.4 + random.exponential(2.0, many), 12.0)
    talk_factor = np.exp(random.normal(0, world.agent_spread, agents))
    fate = random.random(many)
    amd = random.random(many)
    starts, absences = [], []
    for _ in range(agents):
        starts.append(float(random.uniform(0, LATEST_START)))
        absences.append(_breaks(world, random, agents) if world.breaks else ())
    return Streams(
        answer_rate=answer_rate,
        talk_level=talk_level,
        fate=fate,
        ring=ring,
        machine_ring=machine_ring,
        failure=failure,
        talk=talk,
        wrap=wrap,
        amd=amd,
        talk_factor=tuple(talk_factor.tolist()),
        starts=tuple(starts),
        absences=tuple(absences),
    )


def _lengths(law: Lengths, random: np.random.Generator, many: int) -> Floats:
    if isinstance(law, Lognormal):
        variance = math.log(1 + law.spread * law.spread)
        lengths: Floats = np.exp(random.normal(math.log(law.mean) - variance / 2, math.sqrt(variance), many))
    else:
        heights = np.linspace(0.0, 1.0, len(law.quantiles))
        lengths = np.interp(random.random(many), heights, np.array(law.quantiles))
    return lengths


def _answer_rates(world: World, random: np.random.Generator, slots: int) -> Floats:
    at = np.arange(slots) * SLOT
    match world.answers:
        case Course.FLAT:
            return np.full(slots, world.answer_rate)
        case Course.DRIFT:
            phase = random.uniform(0, 2 * np.pi)
            walk = np.cumsum(random.normal(0, 1, slots)) * math.sqrt(SLOT / 3600.0) * 0.25
            wave = 0.35 * np.sin(2 * np.pi * at / (3.0 * 3600) + phase)
            wandering: Floats = np.clip(np.exp(np.log(0.27) + wave + walk), 0.12, 0.48)
            return wandering
        case Course.JUMP:
            rates = np.full(slots, 0.15)
            edges = np.array([0, 1.5, 3.0, 4.0, 5.5, 6.5, 8.1]) * 3600
            for level, begins, ends in zip((0.15, 0.45, 0.20, 0.40, 0.15, 0.35), edges, edges[1:], strict=False):
                rates[(at >= begins) & (at < ends)] = level
            return rates
        case Course.TELEGRAPH:
            rates, slot = np.empty(slots), 0
            while slot < slots:
                lasts = max(int(random.exponential(2400.0) / SLOT), 12)
                rates[slot : slot + lasts] = random.uniform(0.12, 0.46)
                slot += lasts
            return rates


def _breaks(world: World, random: np.random.Generator, agents: int) -> tuple[Absence, ...]:
    """Of one agent: two short ones, a longer one."""
    if agents > 2:
        random.random()  # once decided who comes late; kept for the figures that were published with it
    breaks = []
    begins = random.uniform(0.8, 2.2) * 3600
    while begins < world.seconds - LAST_BREAK:
        lasts = random.choice([300.0, 900.0, 1800.0])
        breaks.append(Absence(float(begins), float(begins + lasts)))
        begins += lasts + random.uniform(1.0, 2.5) * 3600
    return tuple(breaks)
