"""A process that counts what happens into the figures' store, in small bites, and is made to be killed.

Run as ``python -m tests.support.counting_worker URL``. For each line that it reads it becomes two, one of which counts;
it says that one's process, and waits for its end.
"""

from __future__ import annotations

import asyncio
import os
import sys

from cti_api.clock import SystemClock
from cti_api.store.store import Store
from tests.support.big_figures import ZONE

BITE = 7


async def count(url: str) -> None:
    async with Store.open(url, clock=SystemClock()) as store:
        while True:
            if await store.kpi.ingest(ZONE, BITE) is None:
                await asyncio.sleep(0.001)


def main(url: str) -> None:
    for _ in sys.stdin:
        process = os.fork()
        if not process:
            asyncio.run(count(url))
        sys.stdout.write(f"{process}\n")
        sys.stdout.flush()
        os.waitpid(process, 0)


if __name__ == "__main__":
    main(sys.argv[1])
