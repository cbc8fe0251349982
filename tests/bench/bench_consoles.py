"""Two hundred agents' pages, each told of its own agent, at 20 calls a second: how late, and at what cost."""

from __future__ import annotations

import asyncio
import re
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.figure import Figure
from tests.bench.many_streams import follow, p95_ms

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
    consoles = [Console(place) for place in range(CONSOLES)]
    with tempfile.TemporaryDirectory(prefix="vocero-bench-") as folder:
        share, moved = await follow(
            "tests.support.moving_agents", Path(folder), CALLS_PER_SECOND, SECONDS, followers=consoles
        )
    of = f"{CONSOLES} agents' pages, {CALLS_PER_SECOND} calls/s"
    return [
        Figure(f"{of}: a change on the page's stream, p95", p95_ms(consoles), "ms", "≤ 250"),
        Figure(f"{of}: share of one core", share * 100, "%", "≤ 100"),
        Figure(f"{of}: changes not told", moved - sum(len(console.late_seconds) for console in consoles), "", "≤ 0"),
    ]
