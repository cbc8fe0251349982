"""A TCP proxy that stands between an AMI client and an Asterisk (real or fake) and does what networks do.

It cuts the connection at a chosen point of the conversation, holds bytes back, or becomes a black hole: the connection
stays, and nothing passes any more. It counts the Originates that really went on to Asterisk, with their ActionIDs.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from types import TracebackType
from typing import Self

WAIT_SECONDS = 30.0
"""Against hanging."""


class Toward(Enum):
    """Which of the two streams."""

    ASTERISK = "asterisk"
    CLIENT = "client"


@dataclass(frozen=True)
class Cut:
    """Where a connection is to be cut: once, in one direction.

    `after_bytes` pass behind the end of the `times`-th match of `pattern` (behind the first byte counted where there is
    no pattern). They arrive before that side sees the end; the other side sees the end at once.
    """

    toward: Toward
    pattern: bytes = b""
    """A regular expression over the bytes of that direction."""
    times: int = 1
    after_bytes: int = 0
    then_black_hole: bool = False
    """Nothing passes on later connections, however soon they come."""


ORIGINATE_BEGINS = rb"Action: Originate\r\n"
ORIGINATE_WHOLE = rb"Action: Originate\r\n(?:[^\r\n]+\r\n)+\r\n"
"""Toward Asterisk: it will dial."""
QUEUED = rb"Message: Originate successfully queued\r\n\r\n"
"""Toward the client: the answer to an Originate."""
ORIGINATE_RESPONSE = rb"Event: OriginateResponse\r\n(?:[^\r\n]+\r\n)+\r\n"
"""Toward the client: how an Originate ended."""

_ACTION_ID = re.compile(ORIGINATE_BEGINS + rb"(?:[^\r\n]+\r\n)*?ActionID: ([^\r\n]+)\r\n")


class CuttingProxy:
    """The proxy; `async with CuttingProxy(port) as proxy` and connect to `proxy.host`, `proxy.port`."""

    def __init__(self, upstream_port: int, upstream_host: str = "127.0.0.1") -> None:
        self.host = "127.0.0.1"
        self.port = 0
        self.connections = 0
        """Accepted so far."""
        self.cuts = 0
        """Made so far, planned ones and others."""
        self.delay_seconds = 0.0
        """Every piece waits this long, in both directions."""
        self.originates: Counter[str] = Counter()
        """ActionIDs of the Originates that were passed on *whole*, and how often each was."""
        self._upstream = (upstream_host, upstream_port)
        self._plan: Cut | None = None
        self._open = asyncio.Event()
        self._open.set()
        self._pairs: set[_Pair] = set()
        self._news = asyncio.Condition()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, self.host, 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        self.cut()
        self.heal()
        await self._server.wait_closed()
        await self.until(lambda: not self._pairs)

    # ---------------------------------------------------------------- what a test does

    def cut(self) -> None:
        """Reset every connection now."""
        for pair in tuple(self._pairs):
            pair.reset()
            self.cuts += 1

    def cut_at(self, point: Cut) -> None:
        """Cut the present connection, or else the next, when it comes to that point; bytes of before do not count."""
        self._plan = point
        for pair in self._pairs:
            pair.forget()

    def black_hole(self) -> None:
        """From now on nothing passes, in either direction, on connections old and new."""
        self._open.clear()

    def heal(self) -> None:
        """The black hole ends; what was held back passes, unless its sender has gone."""
        self._open.set()

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait until something about the proxy is so; TimeoutError when it never is."""
        async with asyncio.timeout(WAIT_SECONDS), self._news:
            await self._news.wait_for(true)

    # ---------------------------------------------------------------- the wire

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            up_reader, up_writer = await asyncio.open_connection(*self._upstream)
        except OSError:
            writer.transport.abort()
            return
        pair = _Pair(writer, up_writer)
        self._pairs.add(pair)
        await self._tell()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._pump(pair, Toward.ASTERISK, reader, up_writer))
                tasks.create_task(self._pump(pair, Toward.CLIENT, up_reader, writer))
        finally:
            pair.reset()
            self._pairs.discard(pair)
            await self._tell()

    async def _pump(
        self, pair: _Pair, toward: Toward, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            while piece := await reader.read(65_536):
                if not self._open.is_set():
                    await self._open.wait()
                    if reader.exception() or reader.at_eof():
                        break  # its sender gave up meanwhile: nobody repeats what the hole swallowed
                await asyncio.sleep(self.delay_seconds)
                if pair.over:
                    continue  # swallowed until its sender sees the end too
                passing, cut_here = self._until_the_cut(pair, toward, piece)
                if toward is Toward.ASTERISK:
                    self._count(pair, passing)
                writer.write(passing)
                await writer.drain()
                await self._tell()
                if cut_here:
                    await pair.end_gently(writer)
                    self.cuts += 1
                    break
        except ConnectionError:
            pass  # one side is gone: the other follows
        pair.reset()

    def _until_the_cut(self, pair: _Pair, toward: Toward, piece: bytes) -> tuple[bytes, bool]:
        """As much of a piece as passes, and whether the connection ends there."""
        plan = self._plan
        if plan is None or plan.toward is not toward:
            return piece, False
        before = len(pair.seen[toward])
        pair.seen[toward] += piece
        begin = _after(pair.seen[toward], plan.pattern, plan.times)
        if begin is None or begin + plan.after_bytes > len(pair.seen[toward]):
            return piece, False
        self._plan = None
        if plan.then_black_hole:
            self.black_hole()
        return piece[: max(begin + plan.after_bytes - before, 0)], True

    def _count(self, pair: _Pair, passing: bytes) -> None:
        pair.unread += passing
        while (end := pair.unread.find(b"\r\n\r\n")) >= 0:
            if originate := _ACTION_ID.search(pair.unread[: end + 2]):
                self.originates[originate[1].decode()] += 1
            pair.unread = pair.unread[end + 4 :]

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()


class _Pair:
    """One client and its Asterisk."""

    def __init__(self, client: asyncio.StreamWriter, asterisk: asyncio.StreamWriter) -> None:
        self._writers = (client, asterisk)
        self.over = False
        """Reset: what is still on its way through goes no further."""
        self.unread = b""
        self.seen: dict[Toward, bytes] = {}
        self.forget()

    def forget(self) -> None:
        self.seen = dict.fromkeys(Toward, b"")

    async def end_gently(self, last: asyncio.StreamWriter) -> None:
        """Let one side read all that was passed on to it, then the end; the other side sees the end at once.

        An end of our half alone, until that side closes its own: closing both with something of that side unread would
        be a reset, which throws away what it has not read yet.
        """
        self.over = True
        for writer in self._writers:
            if writer is not last:
                writer.transport.abort()
        with contextlib.suppress(ConnectionError, TimeoutError):  # it was faster than we, or keeps its half
            last.write_eof()
            async with asyncio.timeout(WAIT_SECONDS):
                await last.wait_closed()  # by the other pump, which has come to the end of what that side sends

    def reset(self) -> None:
        self.over = True
        for writer in self._writers:
            writer.transport.abort()


def _after(stream: bytes, pattern: bytes, times: int) -> int | None:
    """Index of the byte after the `times`-th match; None where it has not come yet."""
    if not pattern:
        return 0
    match = next(itertools.islice(re.finditer(pattern, stream), times - 1, None), None)
    return match.end() if match else None
