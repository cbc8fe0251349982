"""The breaker: stops using a trunk that does not work, and finds out when it works again.

Theory of operation
-------------------
`CLOSED` is the normal state: every call may take the trunk. The trunk is given up (`OPEN`) when `SILENT_IN_A_ROW`
calls met nothing but silence, or a trunk that does not take our password, with no sign of life between them; or when at
least half of the last `WINDOW` numbers failed. A number that fails again and again is one of them only once: it says
more of itself than of the trunk. Then one call in `PROBE_SECONDS` is let through (`PROBING`); it is an ordinary lead's,
and given back when it fails too. The first sign of life from such a call closes the breaker again, with a clean slate.

"No such number" is the network's own word and a sign of life, but only once a telephone has rung on this trunk: where
none ever did, and half of the numbers do not exist, it is we who write numbers as the trunk does not understand them,
and giving the trunk up keeps every lead from losing its telephone.

Only calls placed since the breaker last opened or closed are evidence. What earlier calls still have to say is old
news: it neither closes an open breaker nor opens one that a probe has just closed. A probe may be silent for half a
minute, so the next one does not wait for it.

Failure catalogue F40 (silence), F41 (congestion), F42 (all trunks down), F43 (false answers).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from math import inf
from typing import Final

from dialer.calls.outcome import TrunkSign
from dialer.trunks.speed import Speed

SILENT_IN_A_ROW: Final = 3
SILENT_SECONDS: Final = 120.0
"""F40 asks for three in 30 s. With one agent the silent calls of a dead trunk come 28 to 32 s apart, so three in a row
within two minutes open as well."""

DEAD: Final = frozenset({TrunkSign.SILENT, TrunkSign.LOCKED_OUT})
"""What no call would be spared: three of them in a row are enough."""

WINDOW: Final = 20
ENOUGH_SEEN: Final = 10
FAILING_SHARE: Final = 0.5
"""F41: half of the last twenty; from ten on, so that a trunk that never worked is found out sooner."""

PROBE_SECONDS: Final = 15.0
"""F42: one probe each 15 s."""

FALSE_ANSWER_SECONDS: Final = 1.0
FALSE_ANSWER_SHARE: Final = 0.3
"""F43: more than 30 % of answered calls that are over in less than a second."""


class BreakerState(StrEnum):
    CLOSED = "closed"
    """Works."""
    OPEN = "open"
    """Given up; the next probe is awaited."""
    PROBING = "probing"
    """A probe is under way."""


class TrunkAlarm(StrEnum):
    """What a person has to see to, whether the trunk is given up or not."""

    LOCKED_OUT = "locked_out"
    """It does not take our password or account."""
    UNKNOWN_NUMBERS = "unknown_numbers"
    """It knows none of the numbers: they are not written as it wants them (dial format)."""
    FALSE_ANSWERS = "false_answers"
    """It answers calls that nobody took (F43)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrunkHealth:
    """What is known of one trunk. Times are seconds on one clock that does not jump."""

    state: BreakerState = BreakerState.CLOSED
    evidence_from: float = -inf
    """When the breaker last opened or closed: calls placed earlier are old news."""
    probed_at: float = 0.0
    """When the last probe was placed; before the first one, when the breaker opened."""
    silent_at: tuple[float, ...] = ()
    """When a `DEAD` sign was noticed, since the last sign of life; at most `SILENT_IN_A_ROW`."""
    failed: tuple[tuple[str, bool], ...] = ()
    """The last numbers dialled, at most `WINDOW`, the latest last: did the trunk fail them?"""
    unknown_numbers: tuple[bool, ...] = ()
    """The last calls, at most `WINDOW`, until a telephone rings: did the network know no such number?"""
    has_rung: bool = False
    """A telephone has rung on this trunk since we began."""
    locked_out: bool = False
    """Its last word was that it does not take our password."""
    short_answers: tuple[bool, ...] = ()
    """The last answered calls, at most `WINDOW`: was it over in less than `FALSE_ANSWER_SECONDS`?"""
    speed: Speed = field(default_factory=Speed)

    def may_call(self, now: float) -> bool:
        """Whether a call may take this trunk now; while the breaker is not closed, that call is a probe."""
        return self.state is BreakerState.CLOSED or now - self.probed_at >= PROBE_SECONDS

    def calls_per_second(self, configured: float, now: float) -> float:
        """How fast the trunk may be used now, of the calls per second it is configured for."""
        return configured * self.speed.share_at(now)

    @property
    def answers_falsely(self) -> bool:
        """The trunk answers calls that nobody took: its answers are not to be trusted (an alarm)."""
        seen = len(self.short_answers)
        return seen >= ENOUGH_SEEN and sum(self.short_answers) > FALSE_ANSWER_SHARE * seen

    @property
    def knows_no_numbers(self) -> bool:
        """No telephone ever rang, and half of the numbers do not exist: they are not written as it wants them."""
        seen = len(self.unknown_numbers)
        return not self.has_rung and seen >= ENOUGH_SEEN and sum(self.unknown_numbers) >= FAILING_SHARE * seen

    @property
    def alarm(self) -> TrunkAlarm | None:
        """The gravest of what is wrong with it beyond its breaker's state; None while nothing is."""
        if self.locked_out:
            return TrunkAlarm.LOCKED_OUT
        if self.knows_no_numbers:
            return TrunkAlarm.UNKNOWN_NUMBERS
        return TrunkAlarm.FALSE_ANSWERS if self.answers_falsely else None

    def placed(self, now: float) -> TrunkHealth:
        """After a call took this trunk, which `may_call` allowed."""
        if self.state is BreakerState.CLOSED:
            return self
        return replace(self, state=BreakerState.PROBING, probed_at=now)

    def rang(self, placed_at: float, now: float) -> TrunkHealth:
        """After a call placed at `placed_at` began to ring: a sign of life long before its end."""
        health = replace(self, has_rung=True, unknown_numbers=(), locked_out=False)
        if placed_at < self.evidence_from:
            return health
        return replace(health._closed(now), silent_at=())

    def ended(self, sign: TrunkSign, placed_at: float, now: float, number: str = "") -> TrunkHealth:
        """After a call placed at `placed_at` is over, with what it says of the trunk.

        `number` is whom it called, in whatever form tells one from another; empty: somebody new.
        """
        health = replace(self, speed=self.speed.congested(now)) if sign is TrunkSign.CONGESTED else self
        if sign is TrunkSign.UNKNOWN or placed_at < health.evidence_from:
            return health
        if sign is not TrunkSign.SILENT:
            health = replace(health, locked_out=sign is TrunkSign.LOCKED_OUT)
        if not health.has_rung:
            unknown = (*health.unknown_numbers, sign is TrunkSign.UNKNOWN_NUMBER)
            health = replace(health, unknown_numbers=unknown[-WINDOW:])
        if sign is TrunkSign.WORKS or (sign is TrunkSign.UNKNOWN_NUMBER and not health.knows_no_numbers):
            return replace(health._closed(now), silent_at=())._told(number, failed=False)
        if health.state is not BreakerState.CLOSED:
            return replace(health, state=BreakerState.OPEN)
        silent_at = health.silent_at
        if sign in DEAD:
            silent_at = (*silent_at, now)[-SILENT_IN_A_ROW:]
        health = replace(health, silent_at=silent_at)._told(number, failed=True)
        return health._opened(now) if health._is_failing(now) else health

    def _told(self, number: str, *, failed: bool) -> TrunkHealth:
        others = self.failed if not number else tuple(one for one in self.failed if one[0] != number)
        return replace(self, failed=(*others, (number, failed))[-WINDOW:])

    def unreachable(self, now: float) -> TrunkHealth:
        """After the trunk's own keep-alive (OPTIONS) went unanswered: given up at once (F40)."""
        return self if self.state is not BreakerState.CLOSED else self._opened(now)

    def answered(self, up_seconds: float) -> TrunkHealth:
        """After an answered call is over; `up_seconds` is how long it was answered."""
        short = (*self.short_answers, up_seconds < FALSE_ANSWER_SECONDS)
        return replace(self, short_answers=short[-WINDOW:])

    def _is_failing(self, now: float) -> bool:
        silent = [at for at in self.silent_at if now - at <= SILENT_SECONDS]
        if len(silent) >= SILENT_IN_A_ROW:
            return True
        failed = sum(failed for _, failed in self.failed)
        return self.knows_no_numbers or (len(self.failed) >= ENOUGH_SEEN and failed >= FAILING_SHARE * len(self.failed))

    def _opened(self, now: float) -> TrunkHealth:
        return replace(self, state=BreakerState.OPEN, evidence_from=now, probed_at=now, silent_at=(), failed=())

    def _closed(self, now: float) -> TrunkHealth:
        if self.state is BreakerState.CLOSED:
            return self
        return replace(self, state=BreakerState.CLOSED, evidence_from=now, failed=())
