"""An answer on its way out: what was done is written down, numbers are masked, and it ends with the session."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import Message, Send

from cti_api.access.masking import mask_json, mask_text
from cti_api.errors import StoreUnavailable
from cti_api.store.acting import Act
from cti_api.web.handed import Handed
from cti_api.web.known import ConsoleKeeper, Doorkeeper, Known

LOOK_AGAIN_SECONDS: Final = 1.0
"""How often it is asked during a long answer whether its session still holds; with the next piece that is sent."""
LARGE: Final = 16 * 1024
"""Characters from which on masking is done in a thread."""
JSON_LIKE: Final = frozenset(
    {"application/json", "application/problem+json", "application/x-ndjson", "text/event-stream"}
)
TEXT_LIKE: Final = frozenset({"text/csv", "text/calendar", "text/html", "text/plain", "application/yaml"})
NO_NUMBERS: Final = ("audio/", "font/", "image/", "text/css", "text/javascript")
"""Sound, and what pages are made of."""

log = logging.getLogger(__name__)


class Cut(OSError):
    """The session ended while something was sent."""


class Answer:
    """Sends one answer."""

    def __init__(self, send: Send, act: Act, handed: Handed, headers: Mapping[str, str]) -> None:
        self._send = send
        self._act = act
        self._handed = handed
        self._headers = headers
        self._known: Known | None = None
        self._again: Callable[[], Awaitable[Known]] | None = None
        self._masks = False
        self._mask: Callable[[str], str] | None = None
        self._rest = b""
        self._looked = handed.clock.monotonic()
        self.has_begun = False
        self.was_cut = False

    def of(self, known: Known, again: Callable[[], Awaitable[Known]], keeper: Doorkeeper) -> None:
        """To whom it goes, and how that is asked again."""
        self._known, self._again = known, again
        role = known.actor.role if known.actor is not None else None
        self._masks = isinstance(keeper, ConsoleKeeper) and role is not None and role in keeper.masked

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.has_begun = True
            await self._write_down(message["status"])
            self._begin(message)
        elif message["type"] == "http.response.body":
            if message.get("more_body"):
                await self._look_again()
            message = await self._masked(message)
        await self._send(message)

    async def _write_down(self, status: int) -> None:
        """What was done without writing; what was refused was not done."""
        deed = self._act.due
        self._act.done()
        if deed is None or status >= 400:
            return
        try:
            await self._handed.store.audit.append(deed)
        except StoreUnavailable as error:
            # It is done, and whoever did it has to know. What is not in the store is at least in the log.
            facts = {"who": deed.who, "what": deed.what, "target": deed.target, "reason": str(error)}
            log.error("what was done could not be written into the audit", extra=facts)
            self._handed.observer.store_error()

    def _begin(self, message: Message) -> None:
        headers = MutableHeaders(scope=message)
        for name, value in self._headers.items():
            headers.setdefault(name, value)
        if not self._masks:
            return
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind in JSON_LIKE:
            self._mask = mask_json
        elif kind in TEXT_LIKE:
            self._mask = mask_text
        elif kind and not kind.startswith(NO_NUMBERS):
            self._mask = _nothing
        if self._mask is not None and "content-length" in headers:
            del headers["content-length"]

    async def _masked(self, message: Message) -> Message:
        """Line by line: a number does not go over the end of one, and a string of JSON neither."""
        if self._mask is None:
            return message
        body = self._rest + message.get("body", b"")
        cut = body.rfind(b"\n") + 1 if message.get("more_body") else len(body)
        lines, self._rest = body[:cut], body[cut:]
        text = lines.decode("utf-8", "replace")
        masked = await asyncio.to_thread(self._mask, text) if len(text) > LARGE else self._mask(text)
        return {**message, "body": masked.encode()}

    async def _look_again(self) -> None:
        now = self._handed.clock.monotonic()
        if self._known is None or self._again is None or now - self._looked < LOOK_AGAIN_SECONDS:
            return
        self._looked = now
        try:
            present = await self._again()
        except StoreUnavailable:
            return
        if present.actor != self._known.actor:
            self.was_cut = True
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})
            raise Cut


def _nothing(text: str) -> str:
    """Of a kind in which numbers cannot be found nothing goes to those who are not to see them."""
    del text
    return ""
