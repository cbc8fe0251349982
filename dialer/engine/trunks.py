"""The trunks as they are now: health, limits and what is in use, for the thinking in `dialer.trunks`."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from cti_api.clock import Clock
from cti_api.model.ids import TrunkId
from dialer.calls.outcome import SILENT_LINE_SECONDS, TrunkSign
from dialer.engine.book import Book, Flight
from dialer.pacing.limits import TokenBucket
from dialer.trunks.breaker import FALSE_ANSWER_SECONDS, BreakerState, TrunkHealth
from dialer.trunks.choose import NoTrunk, TrunkUse, WhyNot, choose_trunk, none_works

HOUR_SECONDS: Final = 3600.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrunkLimits:
    """One trunk's limits, from the settings; the dialplan holds the first two as well."""

    id: TrunkId
    channels: int
    calls_per_hour: int
    calls_per_second: float


@dataclass(slots=True)
class _Trunk:
    limits: TrunkLimits
    bucket: TokenBucket
    health: TrunkHealth = field(default_factory=TrunkHealth)
    placed_at: deque[float] = field(default_factory=deque)
    """When each call of the last hour was placed."""
    silent_at: deque[float] = field(default_factory=deque)
    """When each call that ended in silence was placed; those that may still live."""


class Trunks:
    """Every trunk of the settings, and what all together may carry. Instants are the clock's monotonic seconds."""

    def __init__(self, limits: Iterable[TrunkLimits], clock: Clock, *, channels: int, calls_per_second: float) -> None:
        """`channels` and `calls_per_second` are never exceeded, whatever campaigns and trunks allow."""
        self._clock = clock
        self._channels = channels
        now = clock.monotonic()
        self._bucket = TokenBucket.full(calls_per_second, now)
        self._trunks = {
            one.id: _Trunk(limits=one, bucket=TokenBucket.full(one.calls_per_second, now)) for one in limits
        }

    def __contains__(self, trunk: TrunkId) -> bool:
        return trunk in self._trunks

    def __iter__(self) -> Iterator[TrunkId]:
        return iter(self._trunks)

    def remember(self, trunk: TrunkId, calls: int) -> None:
        """Calls of the last hour that an earlier process placed: they count as placed now, the strict reading."""
        now = self._clock.monotonic()
        if trunk in self._trunks:
            self._trunks[trunk].placed_at.extend([now] * calls)

    def choose(self, preference: tuple[TrunkId, ...], book: Book) -> TrunkId | NoTrunk:
        """The trunk for the next call."""
        if self._room_of_all(book) < 1:
            return NoTrunk(tuple((trunk, WhyNot.SYSTEM) for trunk in preference))
        return choose_trunk(preference, self._uses(book), self._clock.monotonic())

    def room(self, preference: tuple[TrunkId, ...], book: Book) -> int:
        """Calls that these trunks can take now, every limit of theirs together."""
        now, uses = self._clock.monotonic(), self._uses(book)
        return min(sum(uses[trunk].room(now) for trunk in preference if trunk in uses), self._room_of_all(book))

    def _room_of_all(self, book: Book) -> int:
        return max(min(self._channels - len(book.live()), self._bucket.allowed(self._clock.monotonic())), 0)

    def none_works(self, preference: tuple[TrunkId, ...], book: Book) -> bool:
        """Not one of these trunks is known to work."""
        return none_works(preference, self._uses(book))

    def states(self) -> dict[str, str]:
        """Trunk name → ``closed`` (works), ``open`` or ``probing``."""
        return {name: trunk.health.state.value for name, trunk in self._trunks.items()}

    def alarms(self) -> dict[str, str]:
        """Trunk name → what a person has to see to (a `TrunkAlarm`); trunks without any are left out."""
        alarms = {name: trunk.health.alarm for name, trunk in self._trunks.items()}
        return {name: alarm.value for name, alarm in alarms.items() if alarm is not None}

    def is_given_up(self, trunk: TrunkId) -> bool:
        """Known not to work: what it does to a call says nothing of the number."""
        return trunk in self._trunks and self._trunks[trunk].health.state is not BreakerState.CLOSED

    def channels(self, book: Book) -> dict[str, int]:
        """Trunk name → calls of ours on it now."""
        return {name: book.channels_on(name) for name in self._trunks}

    # -------------------------------------------------------------- what happens on them

    def placed(self, trunk: TrunkId) -> None:
        """A call takes this trunk now."""
        now, used = self._clock.monotonic(), self._trunks[trunk]
        used.placed_at.append(now)
        used.health = used.health.placed(now)
        if used.bucket.allowed(now):
            used.bucket = used.bucket.take(1, now)
        if self._bucket.allowed(now):
            self._bucket = self._bucket.take(1, now)

    def unreachable(self, trunk: TrunkId) -> None:
        """It does not answer Asterisk's keep-alive (OPTIONS): given up until a probe finds it at work (F40)."""
        used = self._trunks[trunk]
        used.health = used.health.unreachable(self._clock.monotonic())

    def rang(self, flight: Flight) -> None:
        """The flight began to ring."""
        used = self._trunks.get(flight.attempt.trunk)
        if used is not None:
            used.health = used.health.rang(flight.placed_monotonic, self._clock.monotonic())

    def ended(self, flight: Flight, sign: TrunkSign) -> None:
        """The flight is over."""
        used = self._trunks.get(flight.attempt.trunk)
        if used is None:
            return
        before, number = used.health, flight.attempt.number.e164
        used.health = before.ended(sign, flight.placed_monotonic, self._clock.monotonic(), number)
        if sign is TrunkSign.SILENT:
            used.silent_at.append(flight.placed_monotonic)
        call = flight.call
        if call.answered_at is not None and call.ended_at is not None:
            used.health = used.health.answered((call.ended_at - call.answered_at).total_seconds())
        if used.health.alarm not in (None, before.alarm):
            log.error("a trunk needs a person's eye", extra={"trunk": used.limits.id, "alarm": used.health.alarm})

    def is_false_answer(self, flight: Flight) -> bool:
        """The flight, which is over, was answered by nobody: it ended at once on a trunk that answers falsely (F43)."""
        used, call = self._trunks.get(flight.attempt.trunk), flight.call
        if used is None or call.answered_at is None or call.ended_at is None or call.connected_at is not None:
            return False
        up_seconds = (call.ended_at - call.answered_at).total_seconds()
        return up_seconds < FALSE_ANSWER_SECONDS and used.health.answers_falsely

    def _uses(self, book: Book) -> Mapping[TrunkId, TrunkUse]:
        now = self._clock.monotonic()
        return {name: self._use(trunk, book, now) for name, trunk in self._trunks.items()}

    def _use(self, trunk: _Trunk, book: Book, now: float) -> TrunkUse:
        while trunk.placed_at and trunk.placed_at[0] <= now - HOUR_SECONDS:
            trunk.placed_at.popleft()
        while trunk.silent_at and trunk.silent_at[0] <= now - SILENT_LINE_SECONDS:
            trunk.silent_at.popleft()
        limits = trunk.limits
        trunk.bucket = trunk.bucket.at_rate(trunk.health.calls_per_second(limits.calls_per_second, now), now)
        return TrunkUse(
            health=trunk.health,
            channels=limits.channels,
            calls_per_hour=limits.calls_per_hour,
            live_calls=book.channels_on(limits.id),
            silent_calls=tuple(trunk.silent_at),
            calls_last_hour=len(trunk.placed_at),
            rate_left=trunk.bucket.allowed(now),
        )
