"""Pages of reports as pictures for the documents: of invented months, as LibreOffice prints them.

    python -m tests.bench.make_report_pictures docs/screens

Needs `pdftoppm` (Debian's poppler-utils) beside what `make test` installs.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from cti_api.clock import SystemClock
from cti_api.reports.build import build
from cti_api.reports.periods import read_period
from cti_api.store.store import Store
from tests.support.busy_months import NOW, busy_months
from tests.support.libreoffice import converted

PICTURES: Final = (("report-month", "monthly", "2026-11", 2), ("report-week", "weekly", "2026-W47", 3))
"""What each is called, of which report, of which period, and which page."""
DOTS_PER_INCH: Final = 80


def main(folder: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="vocero-reports-") as name:
        there = Path(name)
        asyncio.run(_built(there))
        printed = converted([there / f"{picture}.xlsx" for picture, *_ in PICTURES], "pdf", there)
        for picture, _, _, page in PICTURES:
            options = ["-r", f"{DOTS_PER_INCH}", "-f", f"{page}", "-l", f"{page}", "-singlefile", "-png"]
            subprocess.run(["pdftoppm", *options, str(printed[picture]), str(folder / picture)], check=True)


async def _built(there: Path) -> None:
    async with Store.open(f"sqlite:///{there}/vocero.db", clock=SystemClock(), upgrade=True) as store:
        sources = await busy_months(store)
        for picture, kind, period, _ in PICTURES:
            built = await build(kind, sources, read_period(period), "", NOW)
            (there / f"{picture}.xlsx").write_bytes(built.xlsx)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
