"""Following the events: a relay at work, and a client of the stream on the wire."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from cti_api.relay import Relay


@asynccontextmanager
async def running(relay: Relay) -> AsyncIterator[None]:
    task = asyncio.get_running_loop().create_task(relay.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert task.cancelled(), task.exception()


@dataclass(slots=True)
class Follower:
    """One client of ``/events/stream``, as a browser's EventSource is."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    head: str
    last: str = ""
    """The number it would come back with."""
    beats: int = 0
    enough: Callable[[], bool] = lambda: False
    """Stop here although no event came."""
    ended: bool = False
    """The server came to an end, and did not just hang up."""

    _chunks: bytes = b""
    _told: bytes = b""
    _blocks: deque[dict[str, str]] = field(default_factory=deque)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> dict[str, Any]:
        """The next event; none when the server hangs up or ends the stream: what came half is as good as nothing."""
        while True:
            while self._blocks:
                fields = self._blocks.popleft()
                self.last = fields.get("id", self.last).strip()
                self.beats += fields == {"": ""}
                if "data" in fields:
                    told: dict[str, Any] = json.loads(fields["data"])
                    return told
                if self.enough():
                    raise StopAsyncIteration
            data = await self.reader.read(65536)
            if not data or not self._take(data):
                raise StopAsyncIteration

    def _take(self, data: bytes) -> bool:
        """Read on; False: that was the end."""
        self._chunks += data
        while b"\r\n" in self._chunks:
            size, rest = self._chunks.split(b"\r\n", 1)
            length = int(size, 16)
            if len(rest) < length + 2:
                break
            self._told, self._chunks = self._told + rest[:length], rest[length + 2 :]
            if length == 0:
                self.ended = True
                return False
        while b"\n\n" in self._told:
            block, self._told = self._told.split(b"\n\n", 1)
            self._blocks.append(dict(line.split(":", 1) for line in block.decode().split("\n")))
        return True


@asynccontextmanager
async def following(socket: Path, query: str = "", last_event_id: str | None = None) -> AsyncIterator[Follower]:
    """Connected, with the answer's head read."""
    reader, writer = await asyncio.open_unix_connection(str(socket))
    try:
        lines = [f"GET /api/v1/events/stream{query} HTTP/1.1", "Host: vocero"]
        lines += [f"Last-Event-ID: {last_event_id}"] if last_event_id is not None else []
        writer.write("\r\n".join([*lines, "", ""]).encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        yield Follower(reader, writer, head)
    finally:
        writer.close()


async def take(follower: Follower, count: int) -> list[int]:
    """Numbers of the next `count` events; fewer where the stream ends before."""
    seen: list[int] = []
    async with asyncio.timeout(30):
        async for told in follower:
            seen.append(told["seq"])
            if len(seen) == count:
                break
    return seen


async def until(so: Callable[[], bool], follower: Follower) -> None:
    """Read on, over what is no event, until it is so."""
    follower.enough = so
    async with asyncio.timeout(30):
        assert so() or [told async for told in follower] == []
    assert so()
    follower.enough = lambda: False
