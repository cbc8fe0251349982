"""Two thousand exhausted leads, a provider that fails at a fifth of them, a process killed twenty times."""

from __future__ import annotations

import tempfile
from pathlib import Path
from random import Random

from cti_api.clock import SystemClock
from cti_api.store.migrate import upgrade
from tests.bench.figure import Figure
from tests.support.killed_office import RUNS, killed_again_and_again

PEOPLE = 2000


async def figures() -> list[Figure]:
    """Everything measured here, counted at the provider's side."""
    kills = len(RUNS)
    with tempfile.TemporaryDirectory(prefix="vocero-bench-") as folder:
        url = f"sqlite:///{Path(folder) / 'vocero.db'}"
        await upgrade(url, SystemClock())
        told = await killed_again_and_again(url, PEOPLE, kills, Random(20261127))
    of = f"{PEOPLE:,} messages, {kills} × kill -9"
    return [
        Figure(f"{of}: people with two", len(told.twice), "", "≤ 0"),
        Figure(f"{of}: neither message nor dead letter", len(told.neither), "", "≤ 0"),
        Figure(f"{of}: outside the law's hours", len(told.outside_hours), "", "≤ 0"),
        Figure(f"{of}: at the provider", told.provider.count, ""),
    ]
