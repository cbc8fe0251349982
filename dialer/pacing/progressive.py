"""Progressive: one call for each free agent. Nobody is abandoned unless an agent goes away."""

from __future__ import annotations

from dialer.pacing.interface import Decision, Event, PacingConfig, Reason, Snapshot, in_flight, why_none


class Progressive:
    """Keeps as many calls in flight as there are agents waiting for one."""

    def observe(self, event: Event) -> None:
        """Nothing to learn: the picture of the moment is enough."""

    def decide(self, snap: Snapshot) -> Decision:
        """Fill up to one call per free agent."""
        on_their_way = in_flight(snap)
        dial = max(snap.free - on_their_way, 0)
        return Decision(
            dial=dial,
            reason=Reason.ONE_PER_FREE_AGENT if dial else why_none(snap),
            expected_free_agents=float(snap.free),
            expected_answers=float(on_their_way + dial),
        )


def make_pacer(config: PacingConfig, seed: int) -> Progressive:  # noqa: ARG001 - every pacer is made this way
    """A progressive pacer; it needs neither figures nor chance."""
    return Progressive()
