"""A process that writes a queue_log of what is in a store, until it is killed or has come to the end.

Run as ``python -m tests.support.queue_log_worker STORE_URL FILE``.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from cti_api.clock import SystemClock
from cti_api.relay import Relay
from cti_api.store.store import Store
from cti_api.streams.queue_log_writer import QueueLog

CLOCK = SystemClock()


async def main(url: str, path: Path) -> None:
    async with Store.open(url, clock=CLOCK) as store:
        relay, reader = Relay(store.outbox), QueueLog(path, store, CLOCK)
        head = await store.outbox.head()
        async with asyncio.TaskGroup() as tasks:
            work = [tasks.create_task(relay.run()), tasks.create_task(reader.run(relay))]
            while reader.place.seq < head or not reader.place.connected:  # noqa: ASYNC110 - what is waited for tells nobody
                await asyncio.sleep(0.005)
            for task in work:
                task.cancel()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
