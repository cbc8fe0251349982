"""Agentless: one call for each free line of the IVR, which is what `Snapshot.free` counts then.

Whoever answers is led at once, so nobody is left alone by a call too many: only an IVR that goes away while a
telephone rings can do that, as an agent can who goes away.
"""

from __future__ import annotations

from dialer.pacing.interface import Decision, Event, PacingConfig, Reason, Snapshot, in_flight


class Agentless:
    """Keeps as many calls in flight as there are lines that lead nobody."""

    def observe(self, event: Event) -> None:
        """Nothing to learn: the picture of the moment is enough."""

    def decide(self, snap: Snapshot) -> Decision:
        """Fill up to one call per free line."""
        on_their_way = in_flight(snap)
        dial = max(snap.free - on_their_way, 0)
        return Decision(
            dial=dial,
            reason=Reason.ONE_PER_FREE_LINE if dial else Reason.NO_FREE_LINE,
            expected_free_agents=float(snap.free),
            expected_answers=float(on_their_way + dial),
        )


def make_pacer(config: PacingConfig, seed: int) -> Agentless:  # noqa: ARG001 - every pacer is made this way
    """A pacer for a campaign without agents; it needs neither figures nor chance."""
    return Agentless()
