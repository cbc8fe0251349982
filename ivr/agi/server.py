"""Where Asterisk brings the calls that come in: one task for each, and none that takes the others with it.

A connection that says nothing is a port probe: let go in two seconds, and counted. More calls than there is room for
are closed at once, and so is whatever a handler did not finish: the dialplan then plays its fallback, so a caller
hears something in every case.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Protocol

from cti_api.errors import Conflict, SettingsError
from ivr.agi.session import AgiSession, CallLimits, CallOver, End

log = logging.getLogger(__name__)

_BACKLOG: Final = 128
_OUT_OF_FILES_SECONDS: Final = 0.1
"""Before another look at connections that cannot be taken for want of file descriptors."""


_KEEPALIVE: Final = {socket.TCP_KEEPIDLE: 10, socket.TCP_KEEPINTVL: 5, socket.TCP_KEEPCNT: 3}
"""An Asterisk on another machine that vanished without a word is known to be gone after 25 s (tcp(7))."""


class Handler(Protocol):
    """What leads a call."""

    async def answer(self, call: AgiSession) -> None:
        """Lead one call to its end, and `AgiSession.leave` it. `CallOver` may pass."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerLimits:
    """What the server gives, and for how long."""

    calls: int = 100
    """At once. Beyond, Asterisk hears an end at once and falls back."""
    tidy_seconds: float = 3.0
    """For a handler to end by itself once its call is over."""
    drain_seconds: float = 10.0
    """For calls under way when the server stops; then they are cut, and go to the dialplan's fallback."""


class AgiServer:
    """Answers on `host` and `port` while `run` runs."""

    def __init__(
        self,
        handler: Handler,
        host: str,
        port: int,
        limits: ServerLimits | None = None,
        call_limits: CallLimits | None = None,
    ) -> None:
        self._handler = handler
        self._host = host
        self.port = port
        """Where it answers; of 0 a free one is made when it begins."""
        self._limits = limits or ServerLimits()
        self._call_limits = call_limits or CallLimits()
        self._busy: set[asyncio.Task[None]] = set()
        self._accepts = False
        self.ends: Counter[End] = Counter()
        """How connections ended, port probes among them."""
        self.refused = 0
        """Calls for which there was no room."""
        self.failed = 0
        """Calls whose handler raised, or would not end."""

    @property
    def busy(self) -> int:
        """Connections there are now."""
        return len(self._busy)

    @property
    def room(self) -> int:
        """How many more calls could be taken now."""
        return max(self._limits.calls - len(self._busy), 0) if self._accepts else 0

    async def run(self, stop: asyncio.Event, ready: Callable[[], None] | None = None) -> None:
        """Answer calls until `stop` is set, then let those under way come to their end, for a while.

        `ready` is called once Asterisk can connect. Raises `Conflict` when the port is taken, `SettingsError` when the
        address cannot be had.
        """
        with _listener(self._host, self.port) as listener:
            self.port = listener.getsockname()[1]
            async with asyncio.TaskGroup() as calls:
                accepting = calls.create_task(self._accept(listener, calls), name="agi.accept")
                self._accepts = True
                if ready is not None:
                    ready()
                await stop.wait()
                self._accepts = False
                accepting.cancel()
                await asyncio.wait((accepting,))
                listener.close()  # a caller who comes now is refused, and falls back
                if self._busy:
                    await asyncio.wait(self._busy, timeout=self._limits.drain_seconds)
                for task in self._busy:
                    task.cancel()

    async def _accept(self, listener: socket.socket, calls: asyncio.TaskGroup) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                line, _ = await loop.sock_accept(listener)
            except OSError as failure:
                log.warning("a connection for the IVR could not be taken", extra={"reason": failure.strerror})
                await asyncio.sleep(_OUT_OF_FILES_SECONDS)
                continue
            if len(self._busy) >= self._limits.calls:
                self.refused += 1
                log.warning("a call was refused: there are as many as may be", extra={"calls": self._limits.calls})
                line.close()
                continue
            task = calls.create_task(self._serve(line), name="agi.call")
            self._busy.add(task)
            task.add_done_callback(self._busy.discard)

    async def _serve(self, line: socket.socket) -> None:
        """One connection. Whatever goes wrong in it ends here."""
        try:
            with line:
                line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
                for option, value in _KEEPALIVE.items():
                    line.setsockopt(socket.IPPROTO_TCP, option, value)
                reader, writer = await asyncio.open_connection(sock=line)
                session = AgiSession(reader, writer, self._call_limits)
                await self._lead(session)
        except OSError as failure:
            log.warning("a connection for the IVR broke", extra={"reason": failure.strerror})

    async def _lead(self, session: AgiSession) -> None:
        taken = False
        try:
            async with session:
                taken, call = True, session.inbound
                log.info("call taken", extra={"call": call.id, "entry": call.entry, "caller": call.caller})
                await self._hand_over(session)
        except CallOver:
            pass
        except Exception:
            self.failed += 1
            log.exception("a call's handler failed; the dialplan plays the fallback")
        finally:
            end = session.end or End.CUT
            self.ends[end] += 1
            if taken:
                log.info("call left", extra={"call": session.inbound.id, "end": end.value})

    async def _hand_over(self, session: AgiSession) -> None:
        """Run the handler; once the call is over it has a moment to notice."""
        async with asyncio.TaskGroup() as both:
            handling = both.create_task(self._handle(session), name="agi.handler")
            watching = both.create_task(session.over(), name="agi.over")
            await asyncio.wait((handling, watching), return_when=asyncio.FIRST_COMPLETED)
            watching.cancel()
            if not handling.done():
                await asyncio.wait((handling,), timeout=self._limits.tidy_seconds)
            if not handling.done():
                self.failed += 1
                log.error("a call's handler did not end with its call", extra={"call": session.inbound.id})
                handling.cancel()

    async def _handle(self, session: AgiSession) -> None:
        with suppress(CallOver):
            await self._handler.answer(session)


def _listener(host: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise Conflict(f"Port {port} of {host} is taken: set ivr.port to another") from None
        raise SettingsError(f"Cannot listen on {host} port {port}: {error.strerror}") from None
    listener.setblocking(False)
    return listener
