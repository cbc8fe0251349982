"""Two hundred consoles follow the events of 20 calls a second, which nobody makes: how late, and at what cost."""

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
    consoles = [Console() for _ in range(CONSOLES)]
    with tempfile.TemporaryDirectory(prefix="vocero-bench-") as folder:
        share, made = await follow(
            "tests.support.replayed_calls", Path(folder), CALLS_PER_SECOND, SECONDS, followers=consoles
        )
    lost = sum(made - console.last for console in consoles)
    of = f"{CONSOLES} streams, {CALLS_PER_SECOND} calls/s ({made / SECONDS:.0f} events/s)"
    return [
        Figure(f"{of}: update, p95", p95_ms(consoles), "ms", "≤ 250"),
        Figure(f"{of}: share of one core", share * 100, "%", "≤ 100"),
        Figure(f"{of}: lost or out of order", lost + sum(c.out_of_order for c in consoles), "", "≤ 0"),
    ]
