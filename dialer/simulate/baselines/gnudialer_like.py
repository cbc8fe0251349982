"""GNUDialer-like: a ratio of the free agents, and never less than one call for each of them.

After its published rule: it dials only while an agent is free, up to the ratio (2 as shipped). A second limit was to
hold the share of abandoned calls, but multiplies by the percentage, three instead of three hundredths, so it does not
bind; it is left as it is.
"""

from __future__ import annotations

from typing import Final

from dialer.pacing.interface import Decision, Event, EventKind, PacingConfig, Reason, Snapshot, in_flight, why_none

RATIO: Final = 2.0


class GnudialerLike:
    """One campaign's count of calls and drops."""

    def __init__(self, config: PacingConfig, ratio: float = RATIO) -> None:
        self._percent, self._ratio = config.cap * 100, ratio
        self._calls = self._drops = 0

    def observe(self, event: Event) -> None:
        """Count."""
        if event.kind is EventKind.DIALED:
            self._calls += 1
        elif event.kind is EventKind.ABANDONED:
            self._drops += 1

    def decide(self, snap: Snapshot) -> Decision:
        """While an agent is free."""
        if not snap.free:
            return Decision(reason=Reason.NO_FREE_AGENT)
        flying = in_flight(snap)
        allowed = int(self._percent * max(self._calls, 1) - max(self._drops, 1) - flying + snap.free)
        dial = max(min(max(allowed, 0), int(self._ratio * snap.free) - flying), snap.free - flying)
        return Decision(
            dial=max(dial, 0),
            reason=Reason.RATIO if dial > 0 else why_none(snap),
            expected_free_agents=float(snap.free),
            expected_answers=(flying + max(dial, 0)) / self._ratio,
        )
