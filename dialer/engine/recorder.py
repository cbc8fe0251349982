"""Writes what happened, in order, and keeps it while the store cannot be written.

The telephone does not wait for the disk: a person is joined with an agent first, the record of it follows at once in
this queue. What must be on disk *before* an act (the intent to dial) does not go through here.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

from cti_api.errors import StoreUnavailable, VoceroError

MOST_KEPT: Final = 10_000
"""Outcomes kept in memory while the store is away (failure catalogue F25); when full, no call is placed."""

RETRY_SECONDS: Final = 0.5
"""Between two tries."""

MOST_TRIES: Final = 3
"""Of a record whose writing raises what no store should (a bug): it may pass, and it may not hold up all others."""

Job = Callable[[], Awaitable[object]]

log = logging.getLogger(__name__)


class Recorder:
    """One queue, one writer. `put` never blocks; `run` writes until cancelled."""

    def __init__(self, retry_seconds: float = RETRY_SECONDS) -> None:
        self._retry_seconds = retry_seconds
        self._jobs: deque[tuple[str, Job, object]] = deque()
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self.errors = 0
        """Writes that failed because the store was away, and records that were set aside."""
        self.writable = True
        """False from a failed write until one succeeds again."""

    @property
    def depth(self) -> int:
        """Outcomes not yet written."""
        return len(self._jobs)

    @property
    def may_dial(self) -> bool:
        """Whether a new call's outcome could still be kept."""
        return self.writable and self.depth < MOST_KEPT

    def put(self, what: str, job: Job, facts: object = None) -> None:
        """Write this after everything put before. `what` names it in the log, where `facts` are written should it never
        reach the store."""
        self._jobs.append((what, job, facts))
        self._idle.clear()
        self._wake.set()

    async def run(self) -> None:
        tries = 0
        while True:
            while self._jobs:
                what, job, facts = self._jobs[0]
                try:
                    await job()
                except StoreUnavailable as error:
                    if self.writable:
                        log.error("the store cannot be written, outcomes are kept", extra={"reason": str(error)})
                    self.writable = False
                    self.errors += 1
                    await asyncio.sleep(self._retry_seconds)
                    continue
                except VoceroError as error:
                    # Told apart from a failing store: writing it again would fail the same way.
                    log.warning("a record was refused", extra={"what": what, "reason": str(error)})
                except Exception:
                    # Not of our error tree: a bug, in this job or below it. The loop's supervisor would come back to it
                    # again and again while every other outcome waits behind it.
                    tries += 1
                    if tries < MOST_TRIES:
                        log.exception("a record could not be written and is tried again", extra={"what": what})
                        await asyncio.sleep(self._retry_seconds)
                        continue
                    self.errors += 1
                    log.exception(
                        "a record is set aside: this line is all that is left of it", extra=_told(what, facts)
                    )
                tries = 0
                self._jobs.popleft()
                if not self.writable:
                    log.warning("the store can be written again", extra={"kept": self.depth})
                    self.writable = True
            self._idle.set()
            self._wake.clear()
            await self._wake.wait()

    async def drained(self) -> None:
        """Returns when everything put so far is written."""
        await self._idle.wait()


def _told(what: str, facts: object) -> dict[str, object]:
    """Everything that is known of a record; telephone numbers are masked where log lines are made (`cti_api.logs`)."""
    return {"what": what, "facts": repr(facts)}
