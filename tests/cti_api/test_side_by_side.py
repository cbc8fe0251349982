from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from cti_api.side_by_side import until_all_end, until_one_ends

STEPS = range(10)
"""In one of them the failure and the request to end come together, wherever the loop has them."""

Together = Callable[..., Coroutine[Any, Any, Any]]


async def _for_ever() -> None:
    await asyncio.Event().wait()


async def _fails(after: asyncio.Event) -> None:
    await after.wait()
    raise OSError("a store that is away")


async def _gives(found: int) -> int:
    await asyncio.sleep(0)
    return found


async def test_all_give_what_they_found_in_their_order() -> None:
    assert await until_all_end(_gives(1), _gives(2), _gives(3)) == [1, 2, 3]
    assert await until_all_end() == []


async def test_one_that_ends_ends_the_others() -> None:
    assert await until_one_ends(_for_ever(), _gives(2)) == 2


@pytest.mark.parametrize("together", [until_all_end, until_one_ends])
async def test_whoever_goes_on_after_a_failure_keeps_its_deadlines(together: Together) -> None:
    failing = asyncio.Event()
    failing.set()
    with pytest.raises(OSError, match="away"):
        await together(_for_ever(), _fails(failing))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await _for_ever()


@pytest.mark.parametrize("together", [until_all_end, until_one_ends])
@pytest.mark.parametrize("steps", STEPS)
async def test_being_asked_to_end_is_not_lost_behind_a_failure(together: Together, steps: int) -> None:
    """After its end a failure may be told in its place, but whoever goes on then has not been asked to end."""
    failing = asyncio.Event()
    asked = False

    async def goes_on() -> None:
        while True:
            try:
                await together(_for_ever(), _fails(failing))
            except OSError:
                assert not asked
                failing.clear()

    going_on = asyncio.create_task(goes_on())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    failing.set()
    for _ in range(steps):
        await asyncio.sleep(0)
    asked = going_on.cancel()
    await asyncio.wait([going_on])
    assert going_on.cancelled()
