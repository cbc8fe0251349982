"""A small HTTP/1.1 server on loopback that may also do what no server should: hang up, answer nothing, answer half."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

SILENT = -1
"""Instead of a status: hold the connection and say nothing."""
CUT = -2
"""Hang up."""
HALF = -3
"""Begin to answer, and hang up."""
ENDLESS = -4
"""Answer without end, as fast as it is read."""
DRIPPING = -5
"""Answer without end, a little at a time."""


@dataclass(frozen=True, slots=True)
class Heard:
    method: str
    target: str
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Say:
    status: int
    body: Any = None
    """As JSON; bytes as they are."""
    headers: dict[str, str] = field(default_factory=dict)


Answering = Callable[[Heard], Awaitable[Say]]


@asynccontextmanager
async def wire_http(answering: Answering) -> AsyncIterator[int]:
    """Serve until the block ends; gives the port."""
    holding: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        holding.add(task)
        try:
            await _one(reader, writer, answering)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            holding.discard(task)
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0, backlog=512)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in list(holding):
            task.cancel()
        await asyncio.gather(*holding, return_exceptions=True)
        await server.wait_closed()


async def _one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answering: Answering) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, _ = head[0].split(" ", 2)
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    said = await answering(Heard(method, target, headers, body))
    if said.status == SILENT:
        await reader.read()  # until the other side gives up
        return
    if said.status == CUT:
        writer.transport.abort()
        return
    if said.status in (ENDLESS, DRIPPING):
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n[")
        while True:
            writer.write(b'"mucho", ' * (1 if said.status == DRIPPING else 1000))
            await writer.drain()
            await asyncio.sleep(0.02 if said.status == DRIPPING else 0)
    text = said.body if isinstance(said.body, bytes) else b"" if said.body is None else json.dumps(said.body).encode()
    if said.status == HALF:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{")
        await writer.drain()
        writer.transport.abort()
        return
    lines = [f"HTTP/1.1 {said.status} X", f"Content-Length: {len(text)}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in said.headers.items()]
    writer.write("\r\n".join([*lines, "", ""]).encode() + (b"" if method == "HEAD" else text))
    await writer.drain()
