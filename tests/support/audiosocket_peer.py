"""Asterisk's side of AudioSocket, written from its protocol and not from our code."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

FRAME = 320
QUIET = bytes(FRAME)


def framed(kind: int, payload: bytes) -> bytes:
    return struct.pack(">BH", kind, len(payload)) + payload


@dataclass(slots=True)
class Peer:
    """One call's connection, as Asterisk has it."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    heard: list[tuple[float, bytes]] = field(default_factory=list)
    """Frames of sound that came, with their times on the loop's clock."""
    terminated: bool = False
    """Our side gave the call back."""

    def tell(self, call_id: UUID) -> None:
        self.writer.write(framed(0x01, call_id.bytes))

    def say(self, pcm: bytes = QUIET) -> None:
        self.writer.write(framed(0x10, pcm))

    def press(self, key: str) -> None:
        self.writer.write(framed(0x03, key.encode()))

    async def frame(self) -> tuple[int, bytes]:
        """The next frame; raises `IncompleteReadError` or `ConnectionError` at the end of the connection."""
        kind, length = struct.unpack(">BH", await self.reader.readexactly(3))
        payload = await self.reader.readexactly(length)
        if kind == 0x10:
            self.heard.append((asyncio.get_running_loop().time(), payload))
        elif kind == 0x00:
            self.terminated = True
        return kind, payload

    async def frames(self, many: int) -> list[bytes]:
        """The next so many frames of sound."""
        return [payload for kind, payload in [await self.frame() for _ in range(many)] if kind == 0x10]

    async def until_closed(self) -> None:
        """Read until the connection is over, whichever way."""
        try:
            while True:
                await self.frame()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass

    async def talk(self, pcm: bytes = b"", *, for_ever: bool = True) -> None:
        """Say `pcm` in frames, one every 20 ms, and then (for ever) nothing."""
        clock = asyncio.get_running_loop()
        due = clock.time()
        for start in range(0, len(pcm), FRAME):
            self.say(pcm[start : start + FRAME].ljust(FRAME, b"\0"))
            due += 0.02
            await asyncio.sleep(due - clock.time())
        while for_ever:
            self.say()
            due += 0.02
            await asyncio.sleep(due - clock.time())


@asynccontextmanager
async def calling(port: int, call_id: UUID | None = None, *, receive_bytes: int | None = None) -> AsyncIterator[Peer]:
    """A connection to our server; with `call_id` it says at once which call it is."""
    raw = socket.socket()
    if receive_bytes is not None:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    raw.setblocking(False)
    await asyncio.get_running_loop().sock_connect(raw, ("127.0.0.1", port))
    reader, writer = await asyncio.open_connection(sock=raw)
    peer = Peer(reader, writer)
    try:
        if call_id is not None:
            peer.tell(call_id)
        yield peer
    finally:
        writer.transport.abort()
