"""Impact-like: a ratio of the free agents that a small simulation of the last calls found best.

After the published description. Once a minute, with five agents and fifty recent calls at least, it plays four minutes
with calls, talks and wrap-ups drawn from the last hundred, second by second, for six ratios up to one over the answer
rate; the one that keeps the agents busiest without more abandoned calls than the limit is taken. While the campaign is
over its limit, three quarters of it. One run of four minutes tells an abandoned share of a few percent badly, so that
the choice jumps about.
"""

from __future__ import annotations

from collections import deque
from heapq import heappop, heappush
from random import Random
from typing import Final

from dialer.pacing.interface import Decision, Event, EventKind, PacingConfig, Reason, Snapshot, in_flight, why_none

LOOKS_AHEAD: Final = 240
"""Seconds that are played."""
EVERY: Final = 60.0
RATIOS: Final = 6
FEWEST_AGENTS, FEWEST_CALLS, KEPT = 5, 50, 100
RECENT: Final = 600.0
"""After so many seconds without a call nothing is known."""
OVER_LIMIT: Final = 0.75


class ImpactLike:
    """One campaign's latest calls."""

    def __init__(self, config: PacingConfig, seed: int) -> None:
        self._cap, self._random = config.cap, Random(seed)
        self._calls: deque[tuple[float, bool]] = deque(maxlen=KEPT)
        """Seconds it rang, and whether somebody answered."""
        self._talks: deque[float] = deque(maxlen=KEPT)
        self._wraps: deque[float] = deque(maxlen=KEPT)
        self._answers = self._drops = 0
        self._dialed_at = self._asked_at = self._played_at = 0.0
        self._best = 1.0

    def observe(self, event: Event) -> None:
        """Keep the latest, and count."""
        match event.kind:
            case EventKind.DIALED:
                self._dialed_at = event.t
            case EventKind.ANSWERED:
                self._calls.append((event.value, True))
            case EventKind.NO_ANSWER | EventKind.FAILED:
                self._calls.append((event.value, False))
            case EventKind.HUMAN:
                self._answers += 1
            case EventKind.ABANDONED:
                self._drops += 1
            case EventKind.TALK_END:
                self._talks.append(event.value)
            case EventKind.WRAP_END:
                self._wraps.append(event.value)

    def decide(self, snap: Snapshot) -> Decision:
        """Once a second."""
        if snap.now - self._asked_at < 1.0:
            return Decision(reason=why_none(snap))
        self._asked_at = snap.now
        if snap.now - self._played_at >= EVERY:
            self._played_at = snap.now
            self._best = self._found(snap.free + len(snap.talking) + len(snap.wrapping))
        ratio = 1.0 if snap.now - self._dialed_at > RECENT else self._best
        if self._drops > self._cap * self._answers:
            ratio = max(OVER_LIMIT * ratio, 1.0)
        flying = in_flight(snap)
        dial = max(int(ratio * snap.free) - flying, 0)
        return Decision(
            dial=dial,
            reason=Reason.RATIO if dial else why_none(snap),
            expected_free_agents=float(snap.free),
            expected_answers=(flying + dial) / ratio,
        )

    def _found(self, agents: int) -> float:
        """The best of the ratios; 1 where too little is known, or none keeps the limit."""
        answered = sum(taken for _, taken in self._calls)
        if agents < FEWEST_AGENTS or len(self._calls) < FEWEST_CALLS or not (answered and self._talks and self._wraps):
            return 1.0
        best, busiest = 1.0, -1.0
        for step in range(1, RATIOS + 1):
            ratio = max(len(self._calls) / answered * step / RATIOS, 1.0)
            busy, abandoned = self._play(ratio, agents)
            if abandoned <= self._cap and busy > busiest:
                best, busiest = ratio, busy
        return best

    def _play(self, ratio: float, agents: int) -> tuple[float, float]:
        """Busy and abandoned shares of four minutes that begin with everybody free."""
        calls, talks, wraps, draw = list(self._calls), list(self._talks), list(self._wraps), self._random.choice
        free, busy, answers, drops = agents, 0.0, 0, 0
        until: list[float] = []
        ringing: list[tuple[float, bool]] = []
        for now in range(LOOKS_AHEAD):
            while until and until[0] <= now:
                heappop(until)
                free += 1
            while ringing and ringing[0][0] <= now:
                if not heappop(ringing)[1]:
                    continue
                answers += 1
                if free:
                    free -= 1
                    lasts = draw(talks) + draw(wraps)
                    busy += min(lasts, LOOKS_AHEAD - now)
                    heappush(until, now + lasts)
                else:
                    drops += 1
            for _ in range(int(ratio * free) - len(ringing)):
                rings, answered = draw(calls)
                heappush(ringing, (now + rings, answered))
        return busy / (agents * LOOKS_AHEAD), drops / answers if answers else 0.0
