"""Watches the process itself: that its event loop turns, that its clock can be believed, that its memory lasts."""

from __future__ import annotations

import asyncio
import faulthandler
import logging
import os
import signal
from collections import deque
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from dialer.engine.by_hand import ByHand
from dialer.engine.clock_set import shift
from dialer.engine.clock_trust import ClockTrust
from dialer.engine.floor import Floor
from dialer.engine.heartbeat import Heartbeat
from dialer.engine.memory import Memory, judge, limit_bytes, used_bytes

NAP_SECONDS: Final = 0.02
ROUND_SECONDS: Final = 1.0
REMEMBERED_ROUNDS: Final = 15
"""Whoever scrapes the figures at least every 15 s (our Prometheus: every 5 s) misses no loop that was blocked."""

LAG_WARNING_SECONDS: Final = 0.2
"""A loop this late is blocked by something (failure catalogue F28)."""

DEAD_SECONDS: Final = 10.0
"""A loop that did not turn for this long is taken to be dead: every stack is printed and the process ends, for the
service manager to start it anew. Calls go on in Asterisk and are adopted."""

MEMORY_SECONDS: Final = 10.0
"""How often memory is looked at."""

log = logging.getLogger(__name__)


class Watch:
    """Three loops; what they found is for the metrics."""

    def __init__(self, floor: Floor, by_hand: ByHand) -> None:
        self._floor = floor
        self._by_hand = by_hand
        self.loop_lag_seconds = 0.0
        """Worst delay of the event loop in the last second."""
        self.loop_stalls = 0
        """Seconds since the start in which the event loop was once later than `LAG_WARNING_SECONDS`."""
        self.memory_used, self.memory_limit = used_bytes(), limit_bytes()
        """Bytes."""
        self._lags: deque[float] = deque(maxlen=REMEMBERED_ROUNDS)

    @property
    def worst_lag_seconds(self) -> float:
        """Worst delay of the event loop in the last `REMEMBERED_ROUNDS` seconds."""
        return max(self._lags, default=0.0)

    async def lag(self) -> None:
        """Measure how late the loop wakes us; end the process when it does not wake us at all."""
        with Heartbeat(self._floor.clock) as beat:
            await self._measure(beat)

    async def _measure(self, beat: Callable[[], None]) -> None:
        clock = self._floor.clock
        try:
            while True:
                faulthandler.dump_traceback_later(DEAD_SECONDS, exit=True)
                worst, since = 0.0, clock.monotonic()
                while clock.monotonic() - since < ROUND_SECONDS:
                    before = clock.monotonic()
                    await asyncio.sleep(NAP_SECONDS)
                    worst = max(worst, clock.monotonic() - before - NAP_SECONDS)
                    beat()
                self.loop_lag_seconds = worst
                self._lags.append(worst)
                if worst > LAG_WARNING_SECONDS:
                    self.loop_stalls += 1
                    log.warning("the event loop was blocked", extra={"seconds": round(worst, 3)})
        finally:
            faulthandler.cancel_dump_traceback_later()

    async def clock(self) -> None:
        """Stop dialling while the wall clock is in doubt."""
        floor = self._floor
        trust = ClockTrust.first(floor.clock.now(), floor.clock.monotonic())
        while True:
            await asyncio.sleep(ROUND_SECONDS)
            before, trust = trust, trust.read(floor.clock.now(), floor.clock.monotonic())
            if before.trusted and not trust.trusted:
                log.error("the clock was set: nothing is dialled until it holds for half a minute")
            if not trust.trusted and trust.doubted_since != before.doubted_since:
                by = timedelta(seconds=trust.offset - before.offset)
                shift(floor.book, floor.callers, floor.board, by)
                self._by_hand.shift(by)
                for follower in floor.followers.values():
                    follower.shift(by, floor.clock.now())
            floor.clock_trusted = trust.trusted

    async def memory(self) -> None:
        """Tell when memory runs short, and have the process started anew before the kernel ends it."""
        known = Memory.FINE
        while True:
            await asyncio.sleep(MEMORY_SECONDS)
            self.memory_used = used_bytes()
            before, known = known, judge(self.memory_used, self.memory_limit)
            facts = {"used_bytes": self.memory_used, "limit_bytes": self.memory_limit}
            if known is Memory.SHORT and before is Memory.FINE:
                log.error("memory runs short", extra=facts)
            if known is Memory.SPENT:
                log.critical("memory is spent: stopping, to be started anew; calls go on and are adopted", extra=facts)
                os.kill(os.getpid(), signal.SIGTERM)
