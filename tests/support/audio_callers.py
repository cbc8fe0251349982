"""Many callers at once, in a process of their own: ``audio_callers PORT CALLS SECONDS SPEAKING``.

Each is one AudioSocket connection that sends a frame every 20 ms and notes when each of ours comes. The first
``SPEAKING`` of them speak whenever they have heard a prompt for a while, the others press a key, and then they note how
long the prompt went on. What was measured is written as JSON.
"""

from __future__ import annotations

import asyncio
import json
import random
import struct
import sys
import time
from array import array
from dataclasses import dataclass, field
from uuid import UUID

from tests.support.speech import line, spoken

FRAME = 320
SOUND = struct.Struct(">BH")
QUIET = bytes(FRAME)
LOUD = 300
"""A frame with a sample above is one of a prompt."""
WORD = line(spoken("quiero hablar con un asesor", peak=0.5), noise_dbfs=-65.0)
FIRST_SOUND = 0.02
"""Of full scale: from where on a word can be heard."""


@dataclass(slots=True)
class Heard:
    """What all callers of this process measured, in milliseconds."""

    gaps: list[float] = field(default_factory=list)
    by_key: list[float] = field(default_factory=list)
    by_speech: list[float] = field(default_factory=list)
    frames: int = 0
    ended: int = 0


class Caller(asyncio.Protocol):
    def __init__(self, call_id: UUID, heard: Heard, rng: random.Random, *, speaks: bool, presses: bool) -> None:
        self.call_id, self.heard, self.rng = call_id, heard, rng
        self.speaks, self.presses = speaks, presses
        self.buffer = bytearray()
        self.last = 0.0
        self.loud_frames = 0
        self.acted_at = 0.0
        self.last_loud_at = 0.0
        self.by_speech = False
        self.saying = b""
        self.onset_at = -1
        self.wait_frames = rng.randrange(20, 60)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(SOUND.pack(1, 16) + self.call_id.bytes)

    def connection_lost(self, exc: Exception | None) -> None:
        self.heard.ended += 1

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        now = time.perf_counter()
        while len(self.buffer) >= 3:
            kind, length = SOUND.unpack_from(self.buffer)
            if len(self.buffer) < 3 + length:
                break
            pcm = bytes(self.buffer[3 : 3 + length])
            del self.buffer[: 3 + length]
            if kind == 0x10:
                self.hear(pcm, now)

    def hear(self, pcm: bytes, now: float) -> None:
        self.heard.frames += 1
        if self.last:
            self.heard.gaps.append((now - self.last) * 1000)
        self.last = now
        if pcm != QUIET and max(array("h", pcm)) > LOUD:
            self.loud_frames += 1
            self.last_loud_at = now
        elif self.acted_at and now - self.last_loud_at > 0.25:
            waited = max(0.0, (self.last_loud_at + 0.02 - self.acted_at) * 1000)
            (self.heard.by_speech if self.by_speech else self.heard.by_key).append(waited)
            self.acted_at, self.loud_frames, self.wait_frames = 0.0, 0, self.rng.randrange(20, 60)

    def tick(self) -> None:
        """Every 20 ms."""
        now = time.perf_counter()
        if self.loud_frames > self.wait_frames and not self.acted_at and not self.saying:
            if self.speaks:
                self.saying, self.by_speech = WORD, True
                loud = next(n for n, v in enumerate(array("h", WORD)) if abs(v) > FIRST_SOUND * 32768)
                self.onset_at = loud // 160
            elif self.presses:
                self.transport.write(SOUND.pack(3, 1) + b"5")
                self.acted_at, self.by_speech = now, False
        frame = QUIET
        if self.saying:
            frame, self.saying = self.saying[:FRAME].ljust(FRAME, b"\0"), self.saying[FRAME:]
            if self.onset_at == 0:
                self.acted_at = now
            self.onset_at -= 1
        self.transport.write(SOUND.pack(0x10, FRAME) + frame)


async def call(port: int, calls: int, seconds: float, speaking: int) -> Heard:
    heard, rng = Heard(), random.Random(7)
    loop = asyncio.get_running_loop()
    callers = []
    for n in range(calls):
        caller = Caller(UUID(int=n + 1), heard, rng, speaks=n < speaking, presses=n >= speaking)
        await loop.create_connection(lambda caller=caller: caller, "127.0.0.1", port)
        callers.append(caller)
    warm = loop.time() + 2.0
    end, due, count = warm + seconds, loop.time(), 0
    slots = 20
    while loop.time() < end:
        # one twentieth of the callers each millisecond, as independent telephones would
        for caller in callers[count % slots :: slots]:
            if not caller.transport.is_closing():
                caller.tick()
        count += 1
        due += 0.02 / slots
        await asyncio.sleep(max(0.0, due - loop.time()))
        if loop.time() < warm:
            heard.gaps.clear()
    for caller in callers:
        caller.transport.abort()
    return heard


def main() -> None:
    port, calls, seconds, speaking = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])
    heard = asyncio.run(call(port, calls, seconds, speaking))
    sys.stdout.write(
        json.dumps({"gaps": heard.gaps, "key": heard.by_key, "speech": heard.by_speech, "ended": heard.ended})
    )


if __name__ == "__main__":
    main()
