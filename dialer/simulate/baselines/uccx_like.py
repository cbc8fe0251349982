"""UCCX-like: lines per free agent, corrected after each hundred live answers by what was abandoned of them.

Its parameters are published, its formula is not; this is a reconstruction: the lines grow, or shrink, by ten times the
distance of the abandoned share from the limit, times the gain, between 1 and 3 as shipped.
"""

from __future__ import annotations

from math import floor
from typing import Final

from dialer.pacing.interface import Decision, Event, EventKind, PacingConfig, Reason, Snapshot, in_flight, why_none

MOST: Final = 3.0
ANSWERS: Final = 100
"""Live answers between two corrections."""
GAIN: Final = 1.0
STEP: Final = 10.0
"""Ours: a block without an abandoned call, at a limit of 3 %, gives three tenths more lines."""


class UccxLike:
    """One campaign's lines per agent."""

    def __init__(self, config: PacingConfig, most: float = MOST) -> None:
        self._cap, self._most = config.cap, most
        self._lines = 1.0
        self._answers = self._drops = 0

    def observe(self, event: Event) -> None:
        """Count, and correct."""
        if event.kind is EventKind.ABANDONED:
            self._drops += 1
        elif event.kind is EventKind.HUMAN:
            self._answers += 1
            if self._answers == ANSWERS:
                distance = self._cap - self._drops / ANSWERS
                self._lines = min(max(self._lines * (1 + GAIN * STEP * distance), 1.0), self._most)
                self._answers = self._drops = 0

    def decide(self, snap: Snapshot) -> Decision:
        """Fill up to the lines."""
        flying = in_flight(snap)
        dial = max(floor(self._lines * snap.free + 1e-9) - flying, 0)
        return Decision(
            dial=dial,
            reason=Reason.RATIO if dial else why_none(snap),
            expected_free_agents=float(snap.free),
            expected_answers=(flying + dial) / self._lines,
        )
