"""A queue's figures, from its calls: service level, speed of answer, callers who gave up.

Service level is answered in time / everybody who called, short abandons included: the strictest of the usual forms, and
the one that nothing can embellish.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from cti_api.model.queues import InboundCall, InboundOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueFigures:
    """Of the calls that arrived in one span of time."""

    offered: int = 0
    """Whose wait is over, one way or another."""
    answered: int = 0
    answered_in_time: int = 0
    caller_abandoned: int = 0
    called_back: int = 0
    overflowed: int = 0
    led_on: int = 0
    """The IVR has them again, and nobody spoke with them here."""
    lost: int = 0
    asa_seconds: float | None = None
    """Average speed of answer: the mean wait of those who were answered. None: nobody was."""
    longest_wait_seconds: float = 0.0

    @property
    def service_level(self) -> float | None:
        """0..1; None before the first call."""
        return self.answered_in_time / self.offered if self.offered else None


def figures_of(calls: Iterable[InboundCall], answer_within_seconds: float, now: datetime) -> QueueFigures:
    """The figures of these calls; one that still waits is not counted yet."""
    decided = [call for call in calls if call.joined_at is not None or call.outcome is not None]
    waits = [call.waited_seconds(now) for call in decided]
    answers = [wait for call, wait in zip(decided, waits, strict=True) if call.joined_at is not None]
    outcomes = [call.outcome for call in decided if call.joined_at is None]
    return QueueFigures(
        offered=len(decided),
        answered=len(answers),
        answered_in_time=sum(wait <= answer_within_seconds for wait in answers),
        caller_abandoned=outcomes.count(InboundOutcome.CALLER_ABANDONED),
        called_back=outcomes.count(InboundOutcome.CALLED_BACK),
        overflowed=outcomes.count(InboundOutcome.OVERFLOWED),
        led_on=outcomes.count(InboundOutcome.LED_ON),
        lost=outcomes.count(InboundOutcome.LOST),
        asa_seconds=sum(answers) / len(answers) if answers else None,
        longest_wait_seconds=max(waits, default=0.0),
    )
