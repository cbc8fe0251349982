"""A clock for tests of what expires."""

from __future__ import annotations

from datetime import datetime, timedelta

from cti_api.clock import SystemClock


class LaterClock:
    """A clock that stands until it is put forward."""

    def __init__(self) -> None:
        self.ahead = timedelta()
        self._began = SystemClock().now()

    def now(self) -> datetime:
        return self._began + self.ahead

    def monotonic(self) -> float:
        return self.ahead.total_seconds()
