"""The store of many millions of calls that benches ask is what counting their events would have made."""

from __future__ import annotations

import shutil
from pathlib import Path

from cti_api.clock import SystemClock
from cti_api.store.store import Store
from tests.support.big_figures import ZONE, Lives, count_first, counted_rows, differing, live_on

LIVES = Lives(days=7, calls=20, times=7, agents=3, every_state=True)


async def test_what_was_lived_again_is_what_counting_it_would_have_made(sqlite_template: Path, tmp_path: Path) -> None:
    made, counted = (Path(shutil.copy(sqlite_template, tmp_path / name)) for name in ("made.db", "counted.db"))
    async with Store.open(f"sqlite:///{made}", clock=SystemClock()) as store:
        await count_first(store, LIVES)
    live_on(made, LIVES)
    async with Store.open(f"sqlite:///{counted}", clock=SystemClock()) as store:
        for nth in range(LIVES.times):
            await store.outbox.append(*LIVES.events(nth))
        while await store.outbox.number():
            pass
        while await store.kpi.ingest(ZONE, 5000) is not None:
            pass
    assert differing(made, counted) == {}
    assert all(counted_rows(made).values())
