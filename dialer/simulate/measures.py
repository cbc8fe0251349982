"""What a shift is measured by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

HALF_HOUR: Final = 30
"""Minutes."""
TOLERANCE: Final = 1e-9


@dataclass(slots=True)
class Tally:
    """Counted while the shift goes on; lengths in seconds, over all agents."""

    answered_by_minute: list[int]
    """People who needed an agent …"""
    abandoned_by_minute: list[int]
    """… and those of them who got none in time."""
    staffed: float = 0.0
    talking: float = 0.0
    wrapping: float = 0.0
    idle: float = 0.0
    waited: float = 0.0
    """Idle, and ended by a call."""
    dialed: int = 0
    answered: int = 0
    """By people, those whom AMD took for machines not counted."""
    abandoned: int = 0
    connected: int = 0
    connected_to_machine: int = 0
    taken_for_machine: int = 0
    machines: int = 0
    """Found by AMD."""
    unanswered: int = 0
    failed: int = 0
    canceled: int = 0
    most_lines: int = 0
    told_answered: int = 0
    """What the dialer counts: machines that AMD let through among them."""
    told_abandoned: int = 0

    @classmethod
    def of(cls, seconds: float) -> Tally:
        """An empty one for a shift of that length."""
        minutes = int(seconds / 60) + 2
        return cls([0] * minutes, [0] * minutes)

    def minute(self, at: float) -> int:
        """Where an instant is counted."""
        return min(int(at / 60.0), len(self.answered_by_minute) - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """A shift that is over. Shares are 0..1, lengths in seconds."""

    seed: int
    utilisation: float
    """Talk and wrap-up of the staffed time."""
    talk: float
    """Talk alone."""
    wait: float
    """How long an agent waits for a call, on average."""
    dialed: int
    answered: int
    abandoned: int
    connected: int
    canceled: int
    taken_for_machine: int
    most_lines: int
    refused: int
    """Calls beyond the lines, and calls hung up too early, that the pacer asked for."""
    half_hours: float
    """Share of the rolling half hours with more abandoned calls than the limit, and more than one."""
    exhausted_at: float | None = None
    """When nobody was left who may be called in this shift; None: somebody always was."""
    leads_left: int | None = None
    """Leads that are not final at the end; None: a list without end."""

    @property
    def abandonment(self) -> float:
        """Abandoned of those who answered."""
        return self.abandoned / self.answered if self.answered else 0.0

    def breaks(self, cap: float) -> bool:
        """More abandoned calls than the limit allows, and one more than that."""
        return self.abandoned > cap * self.answered + 1 + TOLERANCE


def measured(
    tally: Tally,
    *,
    seed: int,
    cap: float,
    refused: int,
    exhausted_at: float | None = None,
    leads_left: int | None = None,
) -> Shift:
    """The shift that was counted."""
    staffed = max(tally.staffed, 1.0)
    return Shift(
        seed=seed,
        utilisation=(tally.talking + tally.wrapping) / staffed,
        talk=tally.talking / staffed,
        wait=tally.waited / max(tally.connected + tally.connected_to_machine, 1),
        dialed=tally.dialed,
        answered=tally.answered,
        abandoned=tally.abandoned,
        connected=tally.connected,
        canceled=tally.canceled,
        taken_for_machine=tally.taken_for_machine,
        most_lines=tally.most_lines,
        refused=refused,
        half_hours=half_hours_over(tally.answered_by_minute, tally.abandoned_by_minute, cap),
        exhausted_at=exhausted_at,
        leads_left=leads_left,
    )


def half_hours_over(answered: Sequence[int], abandoned: Sequence[int], cap: float) -> float:
    """Share of the rolling half hours (by minute, those in which somebody answered) with more abandoned calls than
    `cap` of the answers and than one."""
    in_all, left_alone = [0, *accumulate(answered)], [0, *accumulate(abandoned)]
    windows = over = 0
    for end in range(HALF_HOUR, len(in_all)):
        answers = in_all[end] - in_all[end - HALF_HOUR]
        if answers > 0:
            windows += 1
            over += left_alone[end] - left_alone[end - HALF_HOUR] > max(1.0, cap * answers) + TOLERANCE
    return over / windows if windows else 0.0
