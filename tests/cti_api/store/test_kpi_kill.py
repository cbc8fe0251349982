"""kill -9 in the middle of counting: every event counts once."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from random import Random

import pytest

from cti_api.clock import SystemClock
from cti_api.model.events import Event
from cti_api.store.kpi_ingest import READER
from cti_api.store.store import Store
from tests.support.big_figures import FIRST, ZONE, counted_rows, differing
from tests.support.counted_life import Life
from tests.support.killing import worker_of


async def counted_from(store: Store, least: int) -> int:
    """How far it is counted, once that is as far as `least`."""
    while (counted := await store.outbox.cursor(READER)) < least:  # noqa: ASYNC110 - it is another process that counts
        await asyncio.sleep(0)
    return counted


async def kill_while_it_counts(template: Path, folder: Path, times: int) -> None:
    """Each time some more has happened, of which some is counted then."""
    random = Random(times)
    killed, whole = (Path(shutil.copy(template, folder / name)) for name in ("killed.db", "whole.db"))
    events = list(Life(first=FIRST, days=1, calls=4 * times, agents=3).events())
    url = f"sqlite:///{killed}"
    async with (
        Store.open(url, clock=SystemClock()) as store,
        worker_of("tests.support.counting_worker", url) as worker,
        asyncio.timeout(600),
    ):
        counted = 0
        for first in range(0, len(events), size := len(events) // times):
            await happen(store, events[first : first + size])
            counted = await counted_from(store, counted + random.randint(1, size - 8))
            worker.kill()
            await worker.start()
        await counted_from(store, await store.outbox.head())
    async with Store.open(f"sqlite:///{whole}", clock=SystemClock()) as store:
        await happen(store, events)
        while await store.kpi.ingest(ZONE) is not None:
            pass
    assert differing(killed, whole) == {}
    assert all(counted_rows(whole).values())


async def happen(store: Store, events: list[Event]) -> None:
    await store.outbox.append(*events)
    while await store.outbox.number():
        pass


async def test_a_killed_count_counts_each_event_once(sqlite_template: Path, tmp_path: Path) -> None:
    await kill_while_it_counts(sqlite_template, tmp_path, times=8)


@pytest.mark.long
@pytest.mark.timeout(700)
async def test_a_count_killed_many_times_counts_each_event_once(sqlite_template: Path, tmp_path: Path) -> None:
    await kill_while_it_counts(sqlite_template, tmp_path, times=300)
