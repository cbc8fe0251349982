"""Two hundred people look at the board of a hundred agents who take 20 calls a second: how late, and at what cost."""

from __future__ import annotations

import asyncio
import re
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.figure import Figure
from tests.bench.many_streams import follow, p95_ms

SCREENS = 200
AGENTS = 100
CALLS_PER_SECOND = 20
SECONDS = 20.0
MESSAGE = re.compile(rb'^data: \{"changed".*$', re.MULTILINE)
SINCE = re.compile(rb'"since":"([^"]+)"')


class Screen:
    """Follows the board; for each move that it is told of, how long ago that was."""

    def __init__(self) -> None:
        self.late_seconds: list[float] = []
        self.bytes = 0
        self._rest = b""

    async def follow(self, socket: Path, connected: asyncio.Semaphore) -> None:
        reader, writer = await asyncio.open_unix_connection(str(socket), limit=1 << 20)
        writer.write(b"GET /api/v1/board/stream HTTP/1.1\r\nHost: vocero\r\n\r\n")
        await reader.readuntil(b'data: {"whole"')
        connected.release()
        while piece := await reader.read(1 << 18):
            now = datetime.now(UTC)
            self.bytes += len(piece)
            for message in MESSAGE.findall(piece):
                for moved in SINCE.findall(message):
                    self.late_seconds.append((now - datetime.fromisoformat(moved.decode())).total_seconds())
        writer.close()


async def figures() -> list[Figure]:
    """Everything measured here."""
    screens = [Screen() for _ in range(SCREENS)]
    with tempfile.TemporaryDirectory(prefix="vocero-bench-") as folder:
        share, moved = await follow(
            "tests.support.moving_floor", Path(folder), AGENTS, CALLS_PER_SECOND, SECONDS, followers=screens
        )
    of = f"{SCREENS} boards of {AGENTS} agents, {CALLS_PER_SECOND} calls/s ({moved / SECONDS:.0f} moves/s)"
    return [
        Figure(f"{of}: update, p95", p95_ms(screens), "ms", "≤ 250"),
        Figure(f"{of}: share of one core", share * 100, "%", "≤ 100"),
        Figure(f"{of}: sent to each", sum(s.bytes for s in screens) / SCREENS / SECONDS / 1000, "kB/s", "≤ 100"),
    ]
