"""Keeps a loop alive through its own bugs, but not for ever."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

from cti_api.clock import Clock

MOST_RESTARTS: Final = 5
WITHIN_SECONDS: Final = 60.0
"""A loop that dies this often in this time takes the process with it: the service manager starts everything anew."""

FIRST_WAIT_SECONDS: Final = 0.25
"""Before the first restart; doubled for each further one, so that what passes in a few seconds ends no process."""

log = logging.getLogger(__name__)


async def supervised(
    name: str,
    loop: Callable[[], Awaitable[None]],
    clock: Clock,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Run `loop` until it returns; start it again, a little later each time, when it raises.

    The sixth failure within a minute is raised.
    """
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
            await sleep(FIRST_WAIT_SECONDS * 2 ** (len(failures) - 1))
        else:
            return
