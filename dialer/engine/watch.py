"""Watches the process itself: that its event loop turns, and that its clock can be believed."""

from __future__ import annotations

import asyncio
import faulthandler
import logging
from collections import deque
from typing import Final

from dialer.engine.clock_trust import ClockTrust
from dialer.engine.floor import Floor

NAP_SECONDS: Final = 0.02
ROUND_SECONDS: Final = 1.0
REMEMBERED_ROUNDS: Final = 15
"""Whoever scrapes the figures at least every 15 s (our Prometheus: every 5 s) misses no loop that was blocked."""

LAG_WARNING_SECONDS: Final = 0.2
"""A loop this late is blocked by something (failure catalogue F28)."""

DEAD_SECONDS: Final = 10.0
"""A loop that did not turn for this long is taken to be dead: every stack is printed and the process ends, for the
service manager to start it anew. Calls go on in Asterisk and are adopted."""

log = logging.getLogger(__name__)


class Watch:
    """Two loops; `loop_lag_seconds` is for the metrics."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self.loop_lag_seconds = 0.0
        """Worst delay of the event loop in the last second."""
        self._lags: deque[float] = deque(maxlen=REMEMBERED_ROUNDS)

    @property
    def worst_lag_seconds(self) -> float:
        """Worst delay of the event loop in the last `REMEMBERED_ROUNDS` seconds."""
        return max(self._lags, default=0.0)

    async def lag(self) -> None:
        """Measure how late the loop wakes us; end the process when it does not wake us at all."""
        clock = self._floor.clock
        try:
            while True:
                faulthandler.dump_traceback_later(DEAD_SECONDS, exit=True)
                worst, since = 0.0, clock.monotonic()
                while clock.monotonic() - since < ROUND_SECONDS:
                    before = clock.monotonic()
                    await asyncio.sleep(NAP_SECONDS)
                    worst = max(worst, clock.monotonic() - before - NAP_SECONDS)
                self.loop_lag_seconds = worst
                self._lags.append(worst)
                if worst > LAG_WARNING_SECONDS:
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
            floor.clock_trusted = trust.trusted
