"""To end when asked to, although something underneath did not pass it on.

`asyncio.wait_for` before Python 3.12 gives the result when it is there in the very step in which the request to end
comes (python/cpython issue 86296), and aiomqtt waits for each answer by it. Whoever then goes round its loop once more
stays for ever, and whoever waits for its end too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine


def heed_cancellation() -> None:
    """Raises `asyncio.CancelledError` where the running task was asked to end; for every round of a loop that calls
    such a library.

    Not after a task group that failed: in Python 3.11 that leaves its own request behind.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


async def until_one_ends(*work: Coroutine[None, None, None]) -> None:
    """Do these side by side until one of them ends, and end the others; raises what that one raised.

    As a task group, but that being asked to end is never lost behind a failure that comes in the same moment.
    """
    tasks = [asyncio.create_task(each) for each in work]  # noqa: TID251 - this is their parent: it waits for each
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()
