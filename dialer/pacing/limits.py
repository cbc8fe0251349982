"""What there is room for: lines, the campaign's channels, calls per second, leads. Names the one that bound."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import floor
from typing import Final

from dialer.pacing.interface import Decision, Reason

TOLERANCE: Final = 1e-9
"""Against binary fractions: ten tenths of a call are one call."""


@dataclass(frozen=True, slots=True)
class TokenBucket:
    """A limit of calls per second, as a value: every use gives the next one.

    Holds `depth` calls at most, so that many may go at once; it fills at `per_second`. `at` is in seconds on any clock
    that does not jump.
    """

    per_second: float
    depth: float
    tokens: float
    at: float

    @classmethod
    def full(cls, per_second: float, now: float) -> TokenBucket:
        """A bucket that lets a second's worth of calls go at once, and at least one."""
        depth = max(per_second, 1.0)
        return cls(per_second, depth, depth, now)

    def allowed(self, now: float) -> int:
        """Calls that may go now."""
        return floor(self._at(now).tokens + TOLERANCE)

    def take(self, calls: int, now: float) -> TokenBucket:
        """The bucket after `calls` went; no more than `allowed` may be taken."""
        filled = self._at(now)
        if calls > self.allowed(now):
            raise ValueError(f"{calls} calls taken where {self.allowed(now)} were allowed")
        return replace(filled, tokens=max(filled.tokens - calls, 0.0))

    def at_rate(self, per_second: float, now: float) -> TokenBucket:
        """The bucket at another rate, with what it holds now."""
        if per_second == self.per_second:
            return self
        filled, depth = self._at(now), max(per_second, 1.0)
        return TokenBucket(per_second, depth, min(filled.tokens, depth), filled.at)

    def _at(self, now: float) -> TokenBucket:
        passed = max(now - self.at, 0.0)
        tokens = min(self.tokens + passed * self.per_second, self.depth)
        return replace(self, tokens=tokens, at=max(now, self.at))


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """How many calls each limit still allows now."""

    lines: int
    """Free channels on the trunks that may be used now."""
    campaign_channels: int
    calls_per_second: int
    """The smaller of the campaign's and the system's `TokenBucket.allowed`."""
    leads: int
    """Depth of the hopper."""


def bound(decision: Decision, room: Room) -> Decision:
    """`decision` within `room`; where a limit lowered it, its reason is that limit."""
    limits = (
        (room.lines, Reason.LINES),
        (room.campaign_channels, Reason.CAMPAIGN_CHANNELS),
        (room.calls_per_second, Reason.CALLS_PER_SECOND),
        (room.leads, Reason.HOPPER),
    )
    tightest, reason = min(limits, key=lambda limit: limit[0])
    if decision.dial <= tightest:
        return decision
    return decision._replace(dial=max(tightest, 0), reason=reason)
