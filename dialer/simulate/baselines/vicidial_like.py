"""VICIdial-like: one number, the dial level, that follows idle agents and is cut when the day's drops are too many.

After the published description of its adaptive methods. The level is multiplied every 15 s by one plus the average
difference between free agents and waiting callers, as a share of the agents, and kept between 1 and its maximum. Once a
minute the day's calls are counted; with more than 50 of them, and more drops among the answers than the limit, the
method decides: *hard* goes to level 1, *average* halves the level, *tapered* lowers it the more the nearer the end of
the day is. Every 2.5 s lines are filled up to the level times the agents, those in a call included as shipped; agents
in wrap-up count as paused. It knows neither ring times nor answer rates nor how long a talk lasts already.

Where it is played people are given up after the world's hold, of two seconds mostly; its own default is five.
"""

from __future__ import annotations

from collections import deque
from enum import Enum
from typing import Final

from dialer.pacing.interface import Decision, Event, EventKind, PacingConfig, Reason, Snapshot, in_flight, why_none

SAMPLES: Final = 15
SAMPLE_SECONDS, COUNT_SECONDS, LEVEL_SECONDS, DIAL_SECONDS = 1.0, 60.0, 15.0, 2.5
FEWEST_CALLS: Final = 50
"""A day with no more calls than this is not judged."""
MANY_CALLS: Final = 20
"""So many in a minute, half of them dropped, halve the level by themselves."""
MOST: Final = 3.0
"""Its default maximum level."""
DAY_BEGINS: Final = 9.0
"""O'clock, at which a simulated shift begins …"""
DAY_ENDS: Final = 2100
"""… and the latest time to call, hours and minutes written as one number, as it computes with them."""


class Method(Enum):
    """What becomes of the level on a day with too many drops."""

    HARD = "hard"
    AVERAGE = "average"
    TAPERED = "tapered"


class VicidialLike:
    """One campaign's dial level."""

    def __init__(
        self, config: PacingConfig, method: Method, *, most: float = MOST, available_only: bool = False
    ) -> None:
        self._cap, self._method, self._most, self._available_only = config.cap, method, most, available_only
        self._level = 1.0
        self._samples: deque[float] = deque(maxlen=SAMPLES)
        self._taken = 0
        self._agents = 0.0
        self._sampled_at = self._leveled_at = self._dialed_at = 0.0
        self._counted_at: float | None = None
        self._calls = self._answers = self._drops = 0
        self._calls_before = self._drops_before = 0
        self._judged_calls, self._judged_share = 0, 0.0
        self._calls_in_minute = self._drops_in_minute = 0

    def observe(self, event: Event) -> None:
        """Count calls, answers and drops."""
        match event.kind:
            case EventKind.DIALED:
                self._calls += 1
            case EventKind.HUMAN:
                self._answers += 1
            case EventKind.ABANDONED:
                self._drops += 1

    def decide(self, snap: Snapshot) -> Decision:
        """Fill the lines up to the level, every 2.5 s."""
        now, talking = snap.now, len(snap.talking)
        if now - self._sampled_at >= SAMPLE_SECONDS:
            self._sample(snap)
        if self._counted_at is None or now - self._counted_at >= COUNT_SECONDS:
            self._count(now)
        if now - self._leveled_at >= LEVEL_SECONDS and self._agents > 0:
            self._leveled_at = now
            self._level = self._next_level(now)
        if now - self._dialed_at < DIAL_SECONDS:
            return Decision(reason=why_none(snap))
        self._dialed_at = now
        goal = self._level * (snap.free if self._available_only else snap.free + talking)
        lines = in_flight(snap) + talking
        dial = round(goal + (talking if self._available_only else 0)) - lines
        return Decision(
            dial=max(dial, 0),
            reason=Reason.RATIO if dial > 0 else why_none(snap),
            expected_free_agents=float(snap.free),
            expected_answers=(in_flight(snap) + max(dial, 0)) / self._level,
        )

    def _sample(self, snap: Snapshot) -> None:
        self._sampled_at = snap.now
        self._samples.append(snap.free - len(snap.waiting))
        self._taken += 1
        staffed = snap.free + len(snap.talking) + len(snap.wrapping)
        self._agents += (staffed - self._agents) / min(self._taken, SAMPLES)

    def _count(self, now: float) -> None:
        self._counted_at = now
        self._judged_calls = self._calls
        self._judged_share = self._drops / self._answers if self._answers else 0.0
        self._calls_in_minute, self._calls_before = self._calls - self._calls_before, self._calls
        self._drops_in_minute, self._drops_before = self._drops - self._drops_before, self._drops

    def _next_level(self, now: float) -> float:
        idle = sum(self._samples) / max(len(self._samples), 1)
        level = max(min(self._level * (1 + idle / self._agents), self._most), 1.0)
        if self._calls_in_minute > MANY_CALLS and self._drops_in_minute > self._calls_in_minute / 2:
            level /= 2
        if self._judged_calls > FEWEST_CALLS and self._judged_share > self._cap:
            match self._method:
                case Method.HARD:
                    level = 1.0
                case Method.AVERAGE:
                    level /= 2
                case Method.TAPERED:
                    level *= _left_of_day(now)
        return max(level, 1.0)


def _left_of_day(now: float) -> float:
    """What a tapered level is multiplied by: 1 while more than ten hours are left."""
    hours = DAY_BEGINS + now / 3600.0
    clock = int(hours) * 100 + int((hours - int(hours)) * 60)
    return 0.0 if clock > DAY_ENDS else min((DAY_ENDS - clock) / 1000, 1.0)
