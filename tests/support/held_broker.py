"""A broker on the wire that acknowledges nothing until it is told to (MQTT 3.1.1)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

CONNECT, PUBLISH, DISCONNECT = 1, 3, 14
CONNACK = b"\x20\x02\x00\x00"


class HeldBroker:
    def __init__(self) -> None:
        self.port = 0
        self._news = asyncio.Condition()
        self._waiting: list[tuple[asyncio.StreamWriter, bytes]] = []
        self._at_once = False

    async def asked(self) -> None:
        """Until a message waits for its acknowledgement."""
        async with asyncio.timeout(20), self._news:
            await self._news.wait_for(lambda: bool(self._waiting))

    def answer(self) -> None:
        """Acknowledge everything that came; it is on the wire when this returns."""
        for writer, packet_id in self._waiting:
            writer.write(b"\x40\x02" + packet_id)
        self._waiting.clear()

    def answers_at_once(self) -> None:
        """From now on."""
        self._at_once = True
        self.answer()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (kind := (await reader.readexactly(1))[0] >> 4) != DISCONNECT:
                body = await reader.readexactly(await _length(reader))
                if kind == CONNECT:
                    writer.write(CONNACK)
                elif kind == PUBLISH:
                    topic = 2 + int.from_bytes(body[:2])
                    async with self._news:
                        self._waiting.append((writer, body[topic : topic + 2]))
                        self._news.notify_all()
                    if self._at_once:
                        self.answer()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the publisher is gone
        finally:
            writer.close()


async def _length(reader: asyncio.StreamReader) -> int:
    """The rest of a packet: seven bits in each byte, the least first (2.2.3)."""
    length = shift = 0
    while True:
        byte = (await reader.readexactly(1))[0]
        length |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return length


@asynccontextmanager
async def a_broker_that_holds_back() -> AsyncIterator[HeldBroker]:
    broker = HeldBroker()
    server = await asyncio.start_server(broker.serve, "127.0.0.1", 0)
    broker.port = server.sockets[0].getsockname()[1]
    try:
        yield broker
    finally:
        server.close()
        await server.wait_closed()
