"""Makes reports, one at a time: whoever asks for another waits, and calls go on."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

from cti_api.clock import Clock
from cti_api.errors import Unreachable
from cti_api.reports.build import BuiltReport
from cti_api.reports.periods import Period

Build = Callable[[str, Period | None, str, datetime], Awaitable[BuiltReport]]
"""Of that kind, period (None: the latest) and campaign or survey, as it stands now."""


class Making:
    """For the schedule and for whoever asks."""

    def __init__(self, build: Build, clock: Clock, longest_seconds: float) -> None:
        self._build, self._clock, self._longest_seconds = build, clock, longest_seconds
        self._one = asyncio.Lock()

    async def make(self, kind: str, period: Period | None, of: str) -> BuiltReport:
        """Raises what `cti_api.reports.build.build` does; `Unreachable` where it took too long, its turn too. What is
        written by then is written to its end first: until then it is nobody else's turn."""
        try:
            async with asyncio.timeout(self._longest_seconds), self._one:
                return await self._build(kind, period, of, self._clock.now())
        except TimeoutError:
            raise Unreachable(
                f"The report {kind} was not ready within {self._longest_seconds:g} s: ask for fewer days, or later."
            ) from None
