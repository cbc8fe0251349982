"""Two hundred people look at the board of a hundred agents who take 20 calls a second: how late, and at what cost."""

from __future__ import annotations

import asyncio
import re
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.figure import Figure

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
    with tempfile.TemporaryDirectory(prefix="vocero-bench-") as folder:
        server = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.support.moving_floor", folder, str(AGENTS), str(CALLS_PER_SECOND),
            str(SECONDS), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert server.stdin is not None
        assert server.stdout is not None
        socket, connected = Path(folder) / "vocero.sock", asyncio.Semaphore(0)
        async with asyncio.timeout(120):
            while not socket.exists():  # noqa: ASYNC110 - another process makes it
                await asyncio.sleep(0.05)
        screens = [Screen() for _ in range(SCREENS)]
        async with asyncio.TaskGroup() as tasks:
            for screen in screens:
                tasks.create_task(screen.follow(socket, connected))
            for _ in screens:
                await connected.acquire()
            server.stdin.write(b"\n")
            share, moved = (await server.stdout.readline()).split()
            await asyncio.sleep(1)
            server.stdin.write(b"\n")
        await server.wait()
    late = sorted(seconds for screen in screens for seconds in screen.late_seconds)
    of = f"{SCREENS} boards of {AGENTS} agents, {CALLS_PER_SECOND} calls/s ({int(moved) / SECONDS:.0f} moves/s)"
    return [
        Figure(f"{of}: update, p95", late[int(0.95 * len(late))] * 1000, "ms", "≤ 250"),
        Figure(f"{of}: share of one core", float(share) * 100, "%", "≤ 100"),
        Figure(f"{of}: sent to each", sum(s.bytes for s in screens) / SCREENS / SECONDS / 1000, "kB/s", "≤ 100"),
    ]
