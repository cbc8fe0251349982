"""Two hundred consoles follow the events of 20 calls a second, which nobody makes: how late, and at what cost."""

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
AT = re.compile(rb'"seq":(\d+),.*?"occurred_at":"([^"]+)"')
SEQ = re.compile(rb"^id: (\d+)$", re.MULTILINE)


class Console:
    """Follows the stream; of each piece that comes it looks at the oldest event, the latest to arrive."""

    def __init__(self) -> None:
        self.late_seconds: list[float] = []
        self.events = 0
        self.last = 0
        self.out_of_order = 0

    async def follow(self, socket: Path, connected: asyncio.Semaphore) -> None:
        reader, writer = await asyncio.open_unix_connection(str(socket))
        writer.write(b"GET /api/v1/events/stream?since=0 HTTP/1.1\r\nHost: vocero\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
        connected.release()
        while piece := await reader.read(1 << 18):
            now = datetime.now(UTC)
            if found := AT.search(piece):
                self.late_seconds.append((now - datetime.fromisoformat(found[2].decode())).total_seconds())
            for seq in map(int, SEQ.findall(piece)):
                self.events += 1
                self.out_of_order += seq != self.last + 1 and seq != 0
                self.last = seq
        writer.close()


async def figures() -> list[Figure]:
    """Everything measured here."""
    with tempfile.TemporaryDirectory(prefix="vocero-bench-") as folder:
        server = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.support.replayed_calls", folder, str(CALLS_PER_SECOND), str(SECONDS),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert server.stdin is not None
        assert server.stdout is not None
        socket, connected = Path(folder) / "vocero.sock", asyncio.Semaphore(0)
        async with asyncio.timeout(60):
            while not socket.exists():  # noqa: ASYNC110 - another process makes it
                await asyncio.sleep(0.05)
        consoles = [Console() for _ in range(CONSOLES)]
        async with asyncio.TaskGroup() as tasks:
            for console in consoles:
                tasks.create_task(console.follow(socket, connected))
            for _ in consoles:
                await connected.acquire()
            server.stdin.write(b"\n")
            share, made = (await server.stdout.readline()).split()
            await asyncio.sleep(1)
            server.stdin.write(b"\n")
        await server.wait()
    late = sorted(seconds for console in consoles for seconds in console.late_seconds)
    lost = sum(int(made) - console.last for console in consoles)
    of = f"{CONSOLES} streams, {CALLS_PER_SECOND} calls/s ({int(made) / SECONDS:.0f} events/s)"
    return [
        Figure(f"{of}: update, p95", late[int(0.95 * len(late))] * 1000, "ms", "≤ 250"),
        Figure(f"{of}: share of one core", float(share) * 100, "%", "≤ 100"),
        Figure(f"{of}: lost or out of order", lost + sum(c.out_of_order for c in consoles), "", "≤ 0"),
    ]
