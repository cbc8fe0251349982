"""The dialer under full load, beside Asterisk, a hundred agents and a hundred customers on the same machine."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.bench.figure import Figure
from tests.support.load import CALLS_PER_SECOND, carry
from vocero.demo import CACHE
from vocero.lab.asterisk import fetch_asterisk
from vocero.lab.summary import nearest_rank

SECONDS = 60


async def figures() -> list[Figure]:
    """Everything measured here."""
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="vocero-bench-") as folder:  # a socket's path must be short
        carried = await carry(await fetch_asterisk(CACHE), Path(folder), SECONDS)
    lag = nearest_rank(carried.lags_seconds, 0.99) or 0.0
    return [
        Figure("load, calls per second", carried.calls_per_second, "1/s", f"≥ {CALLS_PER_SECOND * 0.9:g}"),
        Figure("load, calls at once", carried.most_at_once, "", "≥ 95"),
        Figure("load, calls lost", carried.calls - carried.results["connected"], "", "≤ 0"),
        Figure("load, dialer's share of one core", 100 * carried.cpu_share, "%", "≤ 30"),
        Figure("load, event loop's worst delay in a second, p99", 1000 * lag, "ms", "≤ 50"),
    ]
