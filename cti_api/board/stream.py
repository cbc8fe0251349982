"""The board for all who look: put together once, a few times a second while somebody looks, and told as it changes.

Nothing is queued for a client: one that takes its time gets the whole board instead of what it missed.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, suppress
from datetime import datetime
from typing import Any, Final

from cti_api.board.changes import changes, whole
from cti_api.board.gather import CAMPAIGNS_SECONDS, SAMPLE_SECONDS, Gatherer
from cti_api.board.shown import Board
from cti_api.streams.sse import AGAIN_MILLISECONDS, BEAT_SECONDS

APART_SECONDS: Final = 0.2
"""Between two looks: what happens is on the screens within a quarter of a second."""
KEPT: Final = 25
"""Changes that are kept for whoever is a little behind: five seconds of them."""
MOST_CLIENTS: Final = 300


class BoardStream:
    """`run` looks, `read` tells one client, `look` answers whoever asks once."""

    def __init__(self, gatherer: Gatherer, *, beat_seconds: float = BEAT_SECONDS) -> None:
        self._gatherer = gatherer
        self._beat_seconds = beat_seconds
        self._board: Board | None = None
        self._number = 0
        """Of the board: one more for each that is another."""
        self._changes: deque[bytes] = deque(maxlen=KEPT)
        """The last is what led to the present number."""
        self._whole: tuple[int, bytes] = (-1, b"")
        self._watched = asyncio.Event()
        self._news = asyncio.Event()
        self.clients = 0
        self.ended = False

    @property
    def is_full(self) -> bool:
        return self.clients >= MOST_CLIENTS

    async def look(self) -> Board:
        """The board as it is at this moment."""
        await self._gatherer.count()
        return self._show()

    async def run(self) -> None:
        """Look, until cancelled: often while somebody does, else once a minute, to know how fast campaigns are."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._keep_counting(), name="board.figures")
                tasks.create_task(self._keep_looking(), name="board.live")
        finally:
            self.ended = True
            self._tell()

    async def _keep_looking(self) -> None:
        while True:
            await self._watched.wait()
            self._show()
            await asyncio.sleep(APART_SECONDS)

    async def _keep_counting(self) -> None:
        """Apart from looking, so that no agent's move waits for the disk. At once after a start: where there are
        millions of calls, those of before are counted by the time that somebody looks."""
        while True:
            await self._gatherer.count()
            await asyncio.sleep(CAMPAIGNS_SECONDS)
            with suppress(TimeoutError):
                async with asyncio.timeout(SAMPLE_SECONDS):
                    await self._watched.wait()

    async def read(self) -> AsyncIterator[bytes]:
        """What goes to one client: the whole board, then what changes, without end; ends with `run`."""
        self.clients += 1
        self._watched.set()
        try:
            async with aclosing(self._read()) as frames:
                async for each in frames:
                    yield each
        finally:
            self.clients -= 1
            if not self.clients:
                self._watched.clear()

    async def _read(self) -> AsyncGenerator[bytes, None]:
        if self._board is None:
            await self._gatherer.count()
        self._show()  # it may be long since anybody looked
        has = self._number  # before it is sent: that may take long
        yield b"retry: %d\n" % AGAIN_MILLISECONDS + self._all()
        while not self.ended:
            news = self._news
            if has == self._number:
                try:
                    async with asyncio.timeout(self._beat_seconds):
                        await news.wait()
                except TimeoutError:
                    yield b":\n\n"
                continue
            behind = self._number - has
            has = self._number
            yield b"".join(list(self._changes)[-behind:]) if behind <= len(self._changes) else self._all()

    def _show(self) -> Board:
        before, self._board = self._board, self._gatherer.stands()
        told = changes(before, self._board) if before is not None else {}
        if told is not None:
            self._number += 1
            self._changes.append(frame("changed", told))
            self._tell()
        return self._board

    def _all(self) -> bytes:
        assert self._board is not None
        if self._whole[0] != self._number:
            self._whole = (self._number, frame("whole", whole(self._board)))
        return self._whole[1]

    def _tell(self) -> None:
        waiting, self._news = self._news, asyncio.Event()
        waiting.set()


def frame(what: str, told: dict[str, Any]) -> bytes:
    """One message; ``whole`` or ``changed`` says what to do with it."""
    text = json.dumps({what: told}, ensure_ascii=False, default=_plain, separators=(",", ":"))
    return f"data: {text}\n\n".encode()


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds")
    raise TypeError(f"{value!r} cannot stand on a board")
