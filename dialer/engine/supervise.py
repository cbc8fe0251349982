"""Keeps a loop alive through its own bugs, but not for ever."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

from cti_api.clock import Clock

MOST_RESTARTS: Final = 5
WITHIN_SECONDS: Final = 60.0
"""A loop that dies this often in this time takes the process with it: the service manager starts everything anew."""

log = logging.getLogger(__name__)


async def supervised(name: str, loop: Callable[[], Awaitable[None]], clock: Clock) -> None:
    """Run `loop` until it returns; start it again when it raises. The sixth failure within a minute is raised."""
    failures: deque[float] = deque()
    while True:
        try:
            await loop()
        except Exception:
            now = clock.monotonic()
            failures.append(now)
            while failures and failures[0] <= now - WITHIN_SECONDS:
                failures.popleft()
            if len(failures) > MOST_RESTARTS:
                raise
            log.exception("loop failed and is started again", extra={"loop": name, "failures": len(failures)})
        else:
            return
