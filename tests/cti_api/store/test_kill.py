"""kill -9 in the middle of writing: what the store promised is there, and nothing is half done."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from cti_api.clock import SystemClock
from cti_api.model.calls import AttemptState
from cti_api.model.events import EventKind
from cti_api.model.leads import LeadState
from cti_api.store.store import Store
from tests.support.store import CAMPAIGN, T0, new_leads
from vocero.lab.child import DIES_WITH_PARENT

CLOCK = SystemClock()
ROOT = Path(__file__).parents[3]
LEADS = 40


async def work_and_die(url: str, after_lines: int) -> list[tuple[str, str]]:
    """Let a worker run until it has made that many promises, kill it, and return all it said."""
    worker = await asyncio.create_subprocess_exec(
        *(*DIES_WITH_PARENT, sys.executable, "-m", "tests.support.store_worker", url),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    assert worker.stdout is not None
    async with asyncio.timeout(30):
        lines = [await worker.stdout.readline() for _ in range(after_lines)]
    worker.kill()
    lines += (await worker.stdout.read()).splitlines(keepends=True)
    await worker.wait()
    # the last line may have been cut off in the middle
    words = [line.decode().split() for line in lines if line.endswith(b"\n")]
    return [(what, which) for what, which in words]


async def check(url: str, promises: list[tuple[str, str]]) -> None:
    async with Store.open(url, clock=CLOCK) as store:
        await store.lease.acquire("the next one", CLOCK.now())
        records, page = [], await store.attempts.records(CAMPAIGN)
        while page:
            records += page
            page = await store.attempts.records(CAMPAIGN, page[-1])
        kept = {record.attempt.id: record.attempt for record in records}
        for what, which in promises:
            if what == "opened":
                assert which in kept, "an intent that was promised is lost"
            elif what == "closed":
                assert kept[which].state is AttemptState.CLOSED, "an outcome that was promised is lost"
            else:
                assert await store.outbox.head() >= int(which)

        unsettled = await store.attempts.unsettled()
        counts = await store.campaigns.counts(CAMPAIGN)
        assert counts.leads == LEADS
        assert counts.leads_by_state.get(LeadState.DIALING, 0) == len(unsettled)

        head = await store.outbox.head()
        events = await store.outbox.since(0, most=10**6)
        assert [e.seq for e in events] == list(range(1, head + 1))
        while numbered := await store.outbox.number():
            events += numbered
        told = Counter((e.kind, e.attempt_id) for e in events if e.attempt_id)
        assert told == Counter(
            {(EventKind.CALL_ORIGINATED, a.id): 1 for a in kept.values()}
            | {(EventKind.ATTEMPT_CLOSED, a.id): 1 for a in kept.values() if a.state is AttemptState.CLOSED}
        ), "each change has its event, and each event its change"


async def kill_again_and_again(store: Store, url: str, times: int, random: Random) -> None:
    await store.leads.add(CAMPAIGN, new_leads(LEADS), T0)
    promises: list[tuple[str, str]] = []
    for _ in range(times):
        promises += await work_and_die(url, random.randint(1, 150))
        await check(url, promises)
    if url.startswith("sqlite"):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"))
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        connection.close()


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_a_killed_dialer_leaves_a_store_that_kept_every_promise(store: Store, url: str) -> None:
    await kill_again_and_again(store, url, times=5, random=Random(2))


@pytest.mark.long
async def test_a_dialer_killed_many_times_leaves_a_store_that_kept_every_promise(store: Store, url: str) -> None:
    await kill_again_and_again(store, url, times=40, random=Random(3))
