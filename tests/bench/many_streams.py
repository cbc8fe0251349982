"""Many who follow one process by streams of their own, and what that costs the process."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

UP_SECONDS = 120.0
LAST_SECONDS = 1.0
"""How long what was told last may be on its way."""


class Follower(Protocol):
    """One stream."""

    late_seconds: list[float]
    """Of what it was told, how long ago that was."""

    async def follow(self, socket: Path, connected: asyncio.Semaphore) -> None:
        """Until the process hangs up; `connected` is released once it is told of things."""
        ...


async def follow(module: str, folder: Path, *args: object, followers: Sequence[Follower]) -> tuple[float, int]:
    """Run `module`, which serves an API in `folder` and moves things once a line comes, while all follow it.

    Returns the share of one core that it used (0..1), and how often something moved.
    """
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, str(folder), *map(str, args),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert server.stdin is not None
    assert server.stdout is not None
    socket, connected = folder / "vocero.sock", asyncio.Semaphore(0)
    async with asyncio.timeout(UP_SECONDS):
        while not socket.exists():  # noqa: ASYNC110 - another process makes it
            await asyncio.sleep(0.05)
    async with asyncio.TaskGroup() as tasks:
        for follower in followers:
            tasks.create_task(follower.follow(socket, connected))
        for _ in followers:
            await connected.acquire()
        server.stdin.write(b"\n")
        share, moved = (await server.stdout.readline()).split()
        await asyncio.sleep(LAST_SECONDS)
        server.stdin.write(b"\n")
    await server.wait()
    return float(share), int(moved)


def p95_ms(followers: Sequence[Follower]) -> float:
    """How late they were told, over all of them."""
    late = sorted(seconds for follower in followers for seconds in follower.late_seconds)
    return late[int(0.95 * len(late))] * 1000
