"""Two hundred agents' pages, each told of its own agent, at 20 calls a second: how late, and at what cost."""

from __future__ import annotations

import asyncio
import re
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.figure import Figure

CONSOLES = 200
CALLS_PER_SECOND = 20
SECONDS = 20.0
SINCE = re.compile(rb'"since":"([^"]+)"')


class Console:
    """One page's stream."""

    def __init__(self, place: int) -> None:
        self.late_seconds: list[float] = []
        self.place = place

    async def follow(self, socket: Path, connected: asyncio.Semaphore) -> None:
        reader, writer = await asyncio.open_unix_connection(str(socket))
        path = f"/api/v1/agents/agent-{self.place}/stream?console=true"
        writer.write(f"GET {path} HTTP/1.1\r\nHost: vocero\r\n\r\n".encode())
        await reader.readuntil(b"\r\n\r\n")
        await reader.readuntil(b"event: agent")
        connected.release()
        first = True
        while piece := await reader.read(1 << 18):
            now = datetime.now(UTC)
            for found in SINCE.findall(piece):
                if not first:
                    self.late_seconds.append((now - datetime.fromisoformat(found.decode())).total_seconds())
                first = False
        writer.close()


async def figures() -> list[Figure]:
    """Everything measured here."""
    with tempfile.TemporaryDirectory(prefix="vocero-bench-") as folder:
        server = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.support.moving_agents", folder, str(CALLS_PER_SECOND), str(SECONDS),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert server.stdin is not None
        assert server.stdout is not None
        socket, connected = Path(folder) / "vocero.sock", asyncio.Semaphore(0)
        async with asyncio.timeout(60):
            while not socket.exists():  # noqa: ASYNC110 - another process makes it
                await asyncio.sleep(0.05)
        consoles = [Console(place) for place in range(CONSOLES)]
        async with asyncio.TaskGroup() as tasks:
            for console in consoles:
                tasks.create_task(console.follow(socket, connected))
            for _ in consoles:
                await connected.acquire()
            server.stdin.write(b"\n")
            share, moved = (await server.stdout.readline()).split()
            await asyncio.sleep(1)
            server.stdin.write(b"\n")
        await server.wait()
    late = sorted(seconds for console in consoles for seconds in console.late_seconds)
    of = f"{CONSOLES} agents' pages, {CALLS_PER_SECOND} calls/s"
    return [
        Figure(f"{of}: a change on the page's stream, p95", late[int(0.95 * len(late))] * 1000, "ms", "≤ 250"),
        Figure(f"{of}: share of one core", float(share) * 100, "%", "≤ 100"),
        Figure(f"{of}: changes not told", int(moved) - len(late), "", "≤ 0"),
    ]
