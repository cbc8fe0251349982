"""A process that dials on paper as fast as the store lets it, and says what it was told is on disk. Made to be killed.

Run as ``python -m tests.support.store_worker URL``. Each line it prints is one promise the store gave it:
``opened ID``, ``closed ID``, ``numbered SEQ``.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta

from cti_api.clock import SystemClock
from cti_api.model.calls import CallResult
from cti_api.model.events import EventKind
from cti_api.model.leads import LeadMove, LeadState
from cti_api.store.store import Store
from tests.support.store import CAMPAIGN, attempt_for, closed, event

CLOCK = SystemClock()
AT_ONCE = 4


def say(what: str, which: object) -> None:
    """One line, out before this returns."""
    sys.stdout.write(f"{what} {which}\n")
    sys.stdout.flush()


async def dial(store: Store) -> None:
    while True:
        now = CLOCK.now()
        leads = await store.leads.reserve(CAMPAIGN, 3, now, now + timedelta(seconds=60))
        for lead in leads:
            attempt = attempt_for(lead, CLOCK.now())
            await store.attempts.open(attempt, event(EventKind.CALL_ORIGINATED, attempt_id=attempt.id))
            say("opened", attempt.id)
            done = closed(attempt, CallResult.BUSY, CLOCK.now())
            move = LeadMove(state=LeadState.READY, reason="retry:busy")
            await store.attempts.close(done, move, event(EventKind.ATTEMPT_CLOSED, attempt_id=attempt.id))
            say("closed", attempt.id)


async def number(store: Store) -> None:
    while True:
        numbered = await store.outbox.number(20)
        if numbered:
            say("numbered", numbered[-1].seq)
        await asyncio.sleep(0.005)


async def main(url: str) -> None:
    async with Store.open(url, clock=CLOCK) as store:
        await store.lease.acquire("worker", CLOCK.now())
        await store.leads.release_all(CLOCK.now())
        for attempt in await store.attempts.unsettled():
            done = closed(attempt, CallResult.NEVER_DIALED, CLOCK.now())
            move = LeadMove(state=LeadState.READY, reason="given_back", counts_as_attempt=False)
            await store.attempts.close(done, move, event(EventKind.ATTEMPT_CLOSED, attempt_id=attempt.id))
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(dial(store))
            group.create_task(number(store))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
