"""Issabel-like: free agents, those nearly certain to be free soon, over the share of calls that are answered.

After the published description of its call center module. A busy agent counts as about to be free when an exponential
talk of the mean length would be over, by the time a call is answered, with 97 %: three and a half times the mean. As
a talk of that kind has no memory, this says nothing of it, and hardly an agent ever counts. What drives it is the
second step (*overcommit*): calls are placed over the share answered in the last half hour, of at least a fifth. It
does not look at abandoned calls.
"""

from __future__ import annotations

from collections import deque
from math import exp
from typing import Final

from dialer.pacing.interface import Decision, Event, EventKind, Reason, Snapshot, why_none
from dialer.simulate.baselines.omnidialer_like import Mean

CERTAIN: Final = 0.97
FIRST_ANSWER: Final = 8.0
"""Seconds to an answer, before any was seen."""
FEWEST: Final = 10
"""Talks before agents are expected, and calls before their share of answers counts."""
LOOKS_BACK: Final = 1800.0
SMALLEST_SHARE: Final = 0.20


class IssabelLike:
    """One campaign's means."""

    def __init__(self) -> None:
        self._rings, self._talks = Mean(FIRST_ANSWER), Mean()
        self._ended: deque[tuple[float, bool]] = deque()
        self._answered = 0
        self._asked_at = 0.0

    def observe(self, event: Event) -> None:
        """Learn the means and the share of answers."""
        match event.kind:
            case EventKind.ANSWERED:
                self._rings.take(event.value)
                self._ends(event.t, answered=True)
            case EventKind.NO_ANSWER | EventKind.FAILED:
                self._ends(event.t, answered=False)
            case EventKind.TALK_END:
                self._talks.take(event.value)

    def decide(self, snap: Snapshot) -> Decision:
        """Once a second."""
        if snap.now - self._asked_at < 1.0:
            return Decision(reason=why_none(snap))
        self._asked_at = snap.now
        agents = snap.free + self._about_to_be_free(snap)
        wanted = max(agents - len(snap.waiting), 0) - len(snap.ringing) - len(snap.in_amd)
        share = self._share(snap.now)
        dial = max(round(wanted / share), 0)
        return Decision(
            dial=dial,
            reason=Reason.RATIO if dial else why_none(snap),
            expected_free_agents=float(agents),
            expected_answers=(len(snap.ringing) + dial) * share,
        )

    def _about_to_be_free(self, snap: Snapshot) -> int:
        if self._talks.count < FEWEST:
            return 0
        soon, mean = self._rings.value, self._talks.value
        return sum(1 - exp(-(agent.elapsed + soon) / mean) >= CERTAIN for agent in snap.talking)

    def _ends(self, at: float, *, answered: bool) -> None:
        self._ended.append((at, answered))
        self._answered += answered

    def _share(self, now: float) -> float:
        while self._ended and self._ended[0][0] < now - LOOKS_BACK:
            self._answered -= self._ended.popleft()[1]
        return max(self._answered / len(self._ended), SMALLEST_SHARE) if len(self._ended) >= FEWEST else 1.0
