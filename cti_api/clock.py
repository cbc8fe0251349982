"""Time as something that is handed in.

Pure code takes ``now`` as an argument; shells take a `Clock`. Nothing else in the product reads the time (ruff's
banned calls say so).
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """The two kinds of time the product needs."""

    def now(self) -> datetime:
        """Wall-clock time, aware, UTC: for what is written down and for calling windows."""
        ...

    def monotonic(self) -> float:
        """Seconds that never jump: for durations and deadlines."""
        ...


class SystemClock:
    """The machine's own clocks."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()
