"""Events as server-sent events (WHATWG HTML, 9.2): for consoles, boards, and whoever can only speak HTTP.

Nothing is queued for a client. Each reads from the outbox at its own pace, from the number it had last: what it does
not take it reads later, or when it comes again. A client that takes nothing at all is cut by the server
(`cti_api.web.serve`).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncGenerator, AsyncIterator, Collection
from contextlib import aclosing, asynccontextmanager
from typing import Final

from cti_api.errors import StoreUnavailable
from cti_api.model.events import Event, EventKind
from cti_api.relay import RECENT, Relay
from cti_api.streams.wire import as_json

BEAT_SECONDS: Final = 15.0
"""After so long without an event something is sent all the same: proxies cut what is silent for 60 s, as a rule."""

AGAIN_MILLISECONDS: Final = 2000
"""How long a client that was cut waits before it comes again."""

MOST_CLIENTS: Final = 500
"""At a time; each holds one of the process's 1,024 open files."""


class EventStream:
    """The relay's events, made into frames once for all clients."""

    def __init__(self, relay: Relay, *, beat_seconds: float = BEAT_SECONDS) -> None:
        self._relay = relay
        self._beat_seconds = beat_seconds
        self._frames: OrderedDict[int, bytes] = OrderedDict()
        self.clients = 0

    @property
    def is_full(self) -> bool:
        return self.clients >= MOST_CLIENTS

    async def read(self, after: int, kinds: Collection[EventKind] = ()) -> AsyncIterator[bytes]:
        """What goes to one client, from the event after number `after` on, without end; of these kinds only, where
        there are any. Ends with the relay, and where the store cannot be read: the client comes again.
        """
        async with self._counted(), aclosing(self._read(after, frozenset(kinds))) as frames:
            async for each in frames:
                yield each

    async def _read(self, after: int, kinds: frozenset[EventKind]) -> AsyncGenerator[bytes, None]:
        # Its place first, so that whoever is cut before the first event comes back to it.
        yield b"retry: %d\n" % AGAIN_MILLISECONDS + place(after)
        while not self._relay.ended:
            try:
                batch = await self._relay.next(after, self._beat_seconds)
            except StoreUnavailable:
                return
            if not batch:
                yield b":\n\n"
                continue
            after = batch[-1].seq or after
            wanted = [event for event in batch if not kinds or event.kind in kinds]
            told = b"".join(map(self._frame, wanted))
            # Past what it does not want, too: it is not read again when the client comes back.
            yield told if wanted and wanted[-1] is batch[-1] else told + place(after)

    @asynccontextmanager
    async def _counted(self) -> AsyncIterator[None]:
        self.clients += 1
        try:
            yield
        finally:
            self.clients -= 1

    def _frame(self, event: Event) -> bytes:
        seq = event.seq or 0
        known = self._frames.get(seq)
        if known is None:
            known = self._frames[seq] = frame(event)
            if len(self._frames) > RECENT:
                self._frames.popitem(last=False)
        return known


def frame(event: Event) -> bytes:
    """One event; its kind is in the JSON, so that a client needs one listener (``onmessage``) for all."""
    return b"id: %d\ndata: %b\n\n" % (event.seq or 0, as_json(event))


def place(after: int) -> bytes:
    """No event: only up to which number the client has everything."""
    return b"id: %d\n\n" % after
