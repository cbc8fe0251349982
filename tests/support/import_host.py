"""A process that serves the API and dials on paper, to be imported into, measured and killed.

    python -m tests.support.import_host FOLDER [CALLS_PER_SECOND]

serves at FOLDER/vocero.sock. With calls it keeps a running campaign: it reserves, commits, marks and closes an attempt
for each of them, as an engine does, and writes its loop's delays to FOLDER/lags.json once a second.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from datetime import timedelta
from pathlib import Path

from cti_api.clock import SystemClock
from cti_api.model.calls import CallResult
from cti_api.model.events import EventKind
from cti_api.store.store import Store
from tests.support.control_server import ControlServer
from tests.support.store import CAMPAIGN, attempt_for, closed, event, move
from vocero.promptness import be_prompt

SAMPLE_SECONDS = 0.01
CLOCK = SystemClock()


async def watch_lag(path: Path) -> None:
    """Each second: every delay of a sleep of ten milliseconds within it, in milliseconds."""
    seconds: list[list[float]] = []
    while True:
        delays: list[float] = []
        until = time.monotonic() + 1.0
        while (began := time.monotonic()) < until:
            await asyncio.sleep(SAMPLE_SECONDS)
            delays.append((time.monotonic() - began - SAMPLE_SECONDS) * 1000)
        seconds.append(delays)
        await asyncio.to_thread(path.write_text, json.dumps(seconds))


async def dial(store: Store, calls_per_second: float) -> None:
    while True:
        began = time.monotonic()
        now = CLOCK.now()
        for lead in await store.leads.reserve(CAMPAIGN, 1, now, now + timedelta(seconds=60)):
            attempt = attempt_for(lead, CLOCK.now())
            await store.attempts.open(attempt, event(EventKind.CALL_ORIGINATED, attempt_id=attempt.id))
            done = closed(attempt, CallResult.BUSY, CLOCK.now())
            later = CLOCK.now() + timedelta(days=1)
            told = event(EventKind.ATTEMPT_CLOSED, attempt_id=attempt.id)
            await store.attempts.close(done, move(not_before=later), told)
        await asyncio.sleep(max(0.0, 1.0 / calls_per_second - (time.monotonic() - began)))


class Host(ControlServer):
    """The control server, with a dialer's work in its loop."""

    def __init__(self, folder: Path, calls_per_second: float) -> None:
        super().__init__(folder)
        self._calls_per_second = calls_per_second

    async def _serve(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(super()._serve())
            if not self._calls_per_second:
                return
            await asyncio.to_thread(self._ready.wait)
            be_prompt()
            tasks.create_task(watch_lag(self.socket.parent / "lags.json"))
            tasks.create_task(dial(self.store, self._calls_per_second))


if __name__ == "__main__":
    Host(Path(sys.argv[1]), float((sys.argv[2:] or ["0"])[0])).run()
