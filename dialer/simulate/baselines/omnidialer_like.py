"""OMniDialer-like: free agents, and those soon to be free, over the share of calls that people answer.

After the published formula of its predictive mode. Each second, ``(free + expected - ringing x p) / p x g`` calls: `p`
is a moving average of answers, `expected` sums over the busy agents how likely they are free within a ring, which it
takes as certain for whoever talks longer than the mean, and `g` falls from 1 to 0.2 as a moving average of drops
goes from half the limit to the limit. Over it for five seconds it dials one call per free agent, until the average is
below eight tenths of it; so it does for the first fifty talks. Its limit of calls per second is left out.
"""

from __future__ import annotations

from math import exp, floor
from typing import Final

from dialer.pacing.interface import Decision, Event, EventKind, PacingConfig, Reason, Snapshot, in_flight, why_none

MEMORY: Final = 0.9
"""What an average keeps at each new call; half of it is forgotten after seven."""
FIRST_TALKS: Final = 50
LEAST: Final = 0.2
PATIENCE: Final = 5
"""Seconds over the limit before it gives in."""
RELIEF: Final = 0.8
SMALLEST_RATE: Final = 0.05


class OmnidialerLike:
    """One campaign's averages."""

    def __init__(self, config: PacingConfig) -> None:
        self._cap = config.cap
        self._rate: float | None = None
        self._drops: float | None = None
        self._rings = Mean()
        self._talks = Mean()
        self._wraps = Mean()
        self._asked_at = 0.0
        self._over_for = 0
        self._careful = False

    def observe(self, event: Event) -> None:
        """Learn the shares and the means."""
        match event.kind:
            case EventKind.HUMAN:
                self._rate = _moved(self._rate, 1.0)
                self._drops = 0.0 if self._drops is None else self._drops * MEMORY
                self._rings.take(event.value)
            case EventKind.NO_ANSWER | EventKind.FAILED | EventKind.MACHINE:
                self._rate = _moved(self._rate, 0.0)
            case EventKind.ABANDONED:
                self._drops = _moved(self._drops, 1.0)
            case EventKind.TALK_END:
                self._talks.take(event.value)
            case EventKind.WRAP_END:
                self._wraps.take(event.value)

    def decide(self, snap: Snapshot) -> Decision:
        """Once a second."""
        if snap.now - self._asked_at < 1.0:
            return Decision(reason=why_none(snap))
        self._asked_at = snap.now
        drops = self._drops or 0.0
        self._over_for = self._over_for + 1 if drops >= self._cap else 0
        self._careful = self._over_for >= PATIENCE or (self._careful and drops >= RELIEF * self._cap)
        if self._talks.count < FIRST_TALKS or self._rate is None or self._careful:
            dial = max(snap.free - in_flight(snap), 0)
            reason = Reason.ONE_PER_FREE_AGENT if dial else why_none(snap)
            return Decision(dial, reason=reason, expected_free_agents=float(snap.free))
        rate = max(self._rate, SMALLEST_RATE)
        ringing = len(snap.ringing) + len(snap.in_amd)
        agents = snap.free + self._expected(snap)
        dial = max(floor((agents - ringing * rate) / rate * self._zeal(drops)), 0)
        return Decision(
            dial=dial,
            reason=Reason.AGENTS_EXPECTED if dial else Reason.ENOUGH_IN_FLIGHT,
            expected_free_agents=agents,
            expected_answers=(ringing + dial) * rate,
        )

    def _expected(self, snap: Snapshot) -> float:
        """Of the busy agents, those free within a ring."""
        ring, wrap = self._rings.value, self._wraps.value
        whole = self._talks.value + wrap
        talking = sum(1 - exp(-ring / max(1.0, whole - agent.elapsed)) for agent in snap.talking)
        return talking + sum(1 - exp(-ring / max(1.0, wrap - agent.elapsed)) for agent in snap.wrapping)

    def _zeal(self, drops: float) -> float:
        half = 0.5 * self._cap
        if drops >= self._cap or half <= 0.0:
            return LEAST
        return 1.0 if drops <= half else 1.0 + (drops - half) / half * (LEAST - 1.0)


class Mean:
    """The mean of everything since the beginning."""

    def __init__(self, first: float = 0.0) -> None:
        self._sum, self.count, self._first = 0.0, 0, first

    def take(self, value: float) -> None:
        self._sum += value
        self.count += 1

    @property
    def value(self) -> float:
        """`first` before anything was taken."""
        return self._sum / self.count if self.count else self._first


def _moved(average: float | None, value: float) -> float:
    return value if average is None else MEMORY * average + (1 - MEMORY) * value
