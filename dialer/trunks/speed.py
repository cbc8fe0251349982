"""How fast a trunk may be used: halved when it says that it is congested, recovered little by little.

Additive increase and multiplicative decrease lets several senders share a line none of them knows the capacity of
(Chiu and Jain 1989; TCP). Failure catalogue F41.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

STORM_ANSWERS: Final = 3
STORM_SECONDS: Final = 10.0
"""Three congested calls in ten seconds are a storm; one or two may be about the callee's network alone."""

HALVE_AGAIN_SECONDS: Final = 2.0
"""A halved speed shows its effect before it is halved again: F41 wants the reaction within two seconds."""

RECOVERY_PER_SECOND: Final = 0.02
"""Share of the full speed that comes back each second: from half to full in 25 s."""

SLOWEST: Final = 1 / 16
"""Share of the full speed that is always left; below that the breaker is the one to stop."""


@dataclass(frozen=True, slots=True)
class Speed:
    """The share of a trunk's calls per second that may be used. Times are seconds on any clock that does not jump."""

    share: float = 1.0
    """The share at the instant `since`; it recovers from there."""
    since: float = 0.0
    congested_at: tuple[float, ...] = ()
    """The latest congested calls, at most `STORM_ANSWERS`."""

    def share_at(self, now: float) -> float:
        """The share that may be used now, `SLOWEST` .. 1.0."""
        return min(self.share + RECOVERY_PER_SECOND * max(now - self.since, 0.0), 1.0)

    def congested(self, now: float) -> Speed:
        """After one more call that found no room."""
        latest = (*self.congested_at, now)[-STORM_ANSWERS:]
        storm = len(latest) == STORM_ANSWERS and now - latest[0] <= STORM_SECONDS
        just_halved = self.share < 1.0 and now - self.since < HALVE_AGAIN_SECONDS
        if storm and not just_halved:
            return Speed(max(self.share_at(now) / 2.0, SLOWEST), now, latest)
        return Speed(self.share, self.since, latest)
