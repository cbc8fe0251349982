"""What the pacer decided in the last hour, and why: kept small, so that it can be kept for every campaign.

Decisions are made twice a second and more, and most of them are the one before over again: those that follow each other
and say the same are one entry, with how often and from when to when it was said, and with the latest figures.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from cti_api.ports import PacingDecision, PacingStatus
from dialer.pacing.interface import Decision, Reason
from dialer.pacing.sentence import WHY

KEPT: Final = timedelta(hours=1)
MOST_ENTRIES: Final = 2000
"""Of one campaign; at one change a second the hour is shortened to half an hour, not the memory overrun."""

TELL_SECONDS: Final = 10.0
"""A decision is told as an event at most this often (of one campaign), and only if it is not the one told last …"""
REPEAT_SECONDS: Final = 60.0
"""… or was told this long ago."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """The same decision, made `times` in a row."""

    first: datetime
    last: datetime
    times: int
    decision: Decision
    """The latest."""
    answered: int
    abandoned: int
    """Of the promise's window, as the latest saw them."""


class Explanations:
    """One campaign's decisions of the last hour, and how many of each kind since the process began."""

    def __init__(self) -> None:
        self._entries: deque[Explained] = deque(maxlen=MOST_ENTRIES)
        self._told: tuple[datetime, Decision] | None = None
        self.placed = 0
        """Calls that were decided on."""
        self.cancelled = 0
        self.reasons: Counter[Reason] = Counter()

    def __iter__(self) -> Iterator[Explained]:
        return iter(self._entries)

    @property
    def latest(self) -> Explained | None:
        """None before the first decision."""
        return self._entries[-1] if self._entries else None

    def add(self, decision: Decision, answered: int, abandoned: int, now: datetime) -> None:
        """One more decision."""
        self.placed += max(decision.dial, 0)
        self.cancelled += len(decision.cancel)
        self.reasons[decision.reason] += 1
        before = self.latest
        if before is not None and _says(before.decision) == _says(decision):
            self._entries[-1] = replace(
                before, last=now, times=before.times + 1, decision=decision, answered=answered, abandoned=abandoned
            )
        else:
            self._entries.append(
                Explained(first=now, last=now, times=1, decision=decision, answered=answered, abandoned=abandoned)
            )
        while self._entries[0].last < now - KEPT:
            self._entries.popleft()

    def since(self, instant: datetime) -> tuple[Explained, ...]:
        """Those that were made at or after `instant`, the earliest first."""
        return tuple(entry for entry in self._entries if entry.last >= instant)

    def worth_telling(self, now: datetime) -> Explained | None:
        """The latest decision, where it is time to tell one as an event; it counts as told with that."""
        latest = self.latest
        if latest is None:
            return None
        if self._told is not None:
            told_at, told = self._told
            passed = (now - told_at).total_seconds()
            if 0 <= passed < TELL_SECONDS or (0 <= passed < REPEAT_SECONDS and told.reason is latest.decision.reason):
                return None
        self._told = (now, latest.decision)
        return latest

    def status(self) -> PacingStatus:
        """How the pacer stands."""
        return PacingStatus(
            latest=told(self.latest) if self.latest is not None else None,
            placed=self.placed,
            cancelled=self.cancelled,
            reasons={reason.value: times for reason, times in self.reasons.items()},
        )


def told(entry: Explained) -> PacingDecision:
    """As whoever asks is told it."""
    decision = entry.decision
    return PacingDecision(
        first=entry.first,
        last=entry.last,
        times=entry.times,
        place=max(decision.dial, 0),
        cancel=len(decision.cancel),
        reason=decision.reason.value,
        why=WHY[decision.reason],
        expected_free_agents=decision.expected_free_agents,
        expected_answers=decision.expected_answers,
        expected_abandoned=decision.expected_abandoned,
        budget_left=decision.budget_left,
        live_answers=entry.answered,
        abandoned=entry.abandoned,
    )


def _says(decision: Decision) -> tuple[int, int, Reason]:
    return max(decision.dial, 0), len(decision.cancel), decision.reason
