"""A million rows into a running system that goes on dialling, ten calls a second: SQLite on this machine's disk."""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path

from tests.bench.figure import Figure
from tests.support.big_list import Expected, write_list
from tests.support.importing import Memory, Told, bring, host, make_campaign
from vocero.lab.summary import nearest_rank

ROWS = 1_000_000
CALLS_PER_SECOND = 10.0
COLUMNS = {"name": "nombre", "phone": ["telefono", "telefono_2"]}


def figures(rows: int = ROWS) -> list[Figure]:
    """Everything measured here."""
    # beside the project, not in a memory file system: the disk is part of what is measured
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as name:
        folder = Path(name)
        list_file = folder / "list.csv"
        expected = write_list(list_file, rows)
        with host(folder, CALLS_PER_SECOND) as process:
            make_campaign(folder)
            with Memory(process.pid) as memory:
                began = time.monotonic()
                told = bring(folder, list_file, **COLUMNS)
                took = time.monotonic() - began
            seconds = json.loads((folder / "lags.json").read_text())[: int(took) + 1]
    delays = [delay for second in seconds for delay in second]
    worst = [max(second) for second in seconds]
    size = f"{rows:,} rows"
    return [
        Figure(f"import of {size} while dialling", took, "s", "≤ 60"),
        Figure(f"import of {size}, rows not told as they should be", _mistaken(told, expected), "", "≤ 0"),
        Figure(f"import of {size}, memory of the system", memory.of_host(), "MiB", "≤ 150"),
        Figure(f"import of {size}, memory of the list's reader", memory.of_reader(), "MiB", "≤ 150"),
        Figure("event loop's delay meanwhile, p99", nearest_rank(delays, 0.99) or 0.0, "ms", "≤ 50"),
        Figure("event loop's worst delay in a second meanwhile, p99", nearest_rank(worst, 0.99) or 0.0, "ms"),
    ]


def _mistaken(told: Told, expected: Expected) -> int:
    bad = set(told.lines(duplicate=False)) ^ set(expected.bad)
    twice = set(told.lines(duplicate=True)) ^ set(expected.twice)
    return len(bad) + len(twice) + abs(told.result["imported"] - expected.leads)
