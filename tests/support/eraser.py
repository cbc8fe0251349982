"""A process that carries on with what erasures left to be done. Made to be killed.

Run as ``python -m tests.support.eraser URL FOLDER``; the folder is that of the recordings.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from cti_api.clock import SystemClock
from cti_api.erasing import Eraser
from cti_api.store.store import Store


async def main(url: str, folder: Path) -> None:
    clock = SystemClock()
    async with Store.open(url, clock=clock) as store:
        await Eraser(store, folder, folder.parent / "journal.csv").carry_on(clock.now())


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
