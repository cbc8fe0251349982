"""Work side by side, for a loop that goes on after a failure; and to end when asked to, although something underneath
did not pass it on.

`asyncio.TaskGroup` is for whoever ends with its tasks. In Python 3.11 a failure in it wins over being asked to end, and
leaves the task it failed in counted as being cancelled: an `asyncio.timeout` that runs out there ends the task from
then on (python/cpython issues 116720 and 102780).

`asyncio.wait_for` before Python 3.12 gives the result when it is there in the very step in which the request to end
comes (python/cpython issue 86296), and aiomqtt waits for each answer by it. Whoever then goes round its loop once more
stays for ever, and whoever waits for its end too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

T = TypeVar("T")


def heed_cancellation() -> None:
    """Raises `asyncio.CancelledError` where the running task was asked to end; for every round of a loop that calls
    such a library.

    Not in a task that went on after a task group in it failed: it is counted as asked.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


async def until_one_ends(*work: Coroutine[Any, Any, T]) -> T:
    """Do these until one of them ends, and end the others; gives or raises what that one did, the first where they are
    several."""
    tasks = await _begun(work, asyncio.FIRST_COMPLETED)
    return next(task for task in tasks if not task.cancelled()).result()


async def until_all_end(*work: Coroutine[Any, Any, T]) -> list[T]:
    """Do these and give what each gave; one that fails ends the others, and what the first of them raised is raised."""
    tasks = await _begun(work, asyncio.FIRST_EXCEPTION) if work else []
    for task in tasks:
        if not task.cancelled():
            task.result()
    return [task.result() for task in tasks]


async def _begun(work: Sequence[Coroutine[Any, Any, T]], until: str) -> list[asyncio.Task[T]]:
    """All of them ended, one way or the other. Raises nothing but `asyncio.CancelledError`: being asked to end is not
    lost behind a failure that comes in the same moment."""
    tasks = [asyncio.create_task(each) for each in work]  # noqa: TID251 - this is their parent: it waits for each
    try:
        await asyncio.wait(tasks, return_when=until)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return tasks
