"""Pacers whose every step a test can foresee."""

from __future__ import annotations

from dialer.pacing.interface import Decision, Event, Snapshot, in_flight


class Ratio:
    """So many calls for each free agent, rounded down, and no other limit."""

    def __init__(self, ratio: float) -> None:
        self._ratio = ratio

    def observe(self, event: Event) -> None:
        pass

    def decide(self, snap: Snapshot) -> Decision:
        return Decision(int(self._ratio * snap.free) - in_flight(snap))


class Hanging(Ratio):
    """Hangs up what has rung for so many seconds."""

    def __init__(self, ratio: float, *, after: float) -> None:
        super().__init__(ratio)
        self._after = after

    def decide(self, snap: Snapshot) -> Decision:
        late = [call.call_id for call in snap.ringing if call.elapsed >= self._after]
        return super().decide(snap)._replace(cancel=late)
