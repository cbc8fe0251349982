"""Power: a fixed number of calls for each free agent, whatever comes of them.

What others call boost factor or dial level on available agents: seven free agents at 1.3 are nine calls. It learns
nothing, so the abandonment governor must stand behind it.
"""

from __future__ import annotations

from math import floor

from dialer.pacing.interface import Decision, Event, PacingConfig, Reason, Snapshot, in_flight, why_none

TOLERANCE = 1e-9
"""Against binary fractions: 1.2 × 5 is 6 calls, though the product may be a hair less."""


class FixedRatio:
    """Keeps `calls_per_agent` calls in flight for each free agent, rounded down."""

    def __init__(self, config: PacingConfig) -> None:
        self._ratio = config.calls_per_agent
        self._lines_per_agent = config.max_ratio

    def observe(self, event: Event) -> None:
        """Nothing to learn."""

    def decide(self, snap: Snapshot) -> Decision:
        """Fill up to the ratio, within `PacingConfig.max_ratio` lines per staffed agent."""
        on_their_way = in_flight(snap)
        wanted = floor(self._ratio * snap.free + TOLERANCE) - on_their_way
        staffed = snap.free + len(snap.talking) + len(snap.wrapping)
        most = floor(self._lines_per_agent * staffed + TOLERANCE) - on_their_way - len(snap.talking)
        dial = max(min(wanted, most), 0)
        return Decision(
            dial=dial,
            reason=Reason.RATIO if dial else why_none(snap),
            expected_free_agents=float(snap.free),
            expected_answers=(on_their_way + dial) / self._ratio,
        )


def make_pacer(config: PacingConfig, seed: int) -> FixedRatio:  # noqa: ARG001 - every pacer is made this way
    """A ratio pacer at `config.calls_per_agent`."""
    return FixedRatio(config)
