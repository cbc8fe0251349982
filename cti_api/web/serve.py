"""Serve an app on a Unix socket or on TCP, as one task among the others of this process."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import pwd
import socket
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from cti_api.errors import Conflict, SettingsError

CLOSE_SECONDS = 3
"""How long requests under way may take when the process ends; then they are cut."""
TAKE_SECONDS = 10.0
"""How long a client may take nothing of an answer while the line to it is full; then it is cut."""
GONE_SECONDS = 15
"""How long a machine at the other end of a connection may acknowledge nothing of what was sent to it; then it is gone
from the network, and the connection with it. Left to itself TCP tries for a quarter of an hour (tcp(7))."""
_BACKLOG = 256
"""Two hundred consoles may come back at the same moment."""
_CREDENTIALS = struct.Struct("iII")
"""``struct ucred`` of Linux: process, user, group (unix(7))."""


async def serve_unix(
    app: ASGIApp, path: Path, ready: Callable[[], None] | None = None, *, take_seconds: float = TAKE_SECONDS
) -> None:
    """Serve `app` on a Unix socket that only this user may open, until cancelled.

    `ready` is called once a client can connect. `take_seconds`: how long one may take nothing of an answer.
    The socket's file is gone afterwards. Raises `Conflict` when another
    process already serves there, `SettingsError` when the socket cannot be made.
    """
    with _unix_socket(path) as listener:
        protocol = type("KnownPeer", (_KnownPeer,), {"take_seconds": take_seconds})
        await _serve(app, listener, ready, protocol)


@dataclass(frozen=True, slots=True, kw_only=True)
class StrangersMay:
    """What somebody who comes over TCP may use up."""

    connections: int = 100
    """At a time, all of them together."""
    seconds: float = 30.0
    """How long a connection lives; one with a request under way then has as long again to end it."""
    head_bytes: int = 64 * 1024
    """Of a request, before its body."""
    long_answers: bool = False
    """Whether an answer may go on for as long as it likes; then it is the app that ends those of strangers."""
    websocket_bytes: int | None = None
    """How long a message of a WebSocket may be, which may stay for as long as it likes; None: there are none."""


async def serve_tcp(
    app: ASGIApp,
    host: str,
    port: int,
    ready: Callable[[], None] | None = None,
    *,
    setting: str = "api.metrics_port",
    may: StrangersMay | None = None,
    proxies: Sequence[str] = ("127.0.0.1",),
) -> None:
    """Serve `app` on TCP until cancelled. Raises `Conflict`, which names the `setting` to change, when the port is
    taken, else as `serve_unix`. `proxies`: whose ``X-Forwarded-For`` says who asks."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise Conflict(f"Port {port} of {host} is taken: set {setting} to another") from None
        raise SettingsError(f"Cannot listen on {host} port {port}: {error.strerror}") from None
    may = may or StrangersMay()
    with listener:
        await _serve(app, listener, ready, _stranger(may), proxies, may.websocket_bytes)


@contextlib.contextmanager
def _unix_socket(path: Path) -> Iterator[socket.socket]:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    with listener:
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            _remove_stale(path)
            # bind obeys the umask: at no instant may others open the socket
            before = os.umask(0o177)
            try:
                listener.bind(os.fspath(path))
            finally:
                os.umask(before)
            listener.listen(_BACKLOG)
        except OSError as error:
            raise SettingsError(f"Cannot make the control socket {path}: {error.strerror or error}") from None
        inode = path.stat().st_ino
        try:
            yield listener
        finally:
            with contextlib.suppress(FileNotFoundError):
                if path.stat().st_ino == inode:
                    path.unlink()


def _remove_stale(path: Path) -> None:
    """Remove a socket's file that a killed process left; one that answers belongs to the living."""
    if not path.is_socket():
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(os.fspath(path))
        except ConnectionRefusedError:
            path.unlink()
            return
    raise Conflict(f"Vocero is already running at {path}")


class _Patient(HttpToolsProtocol):
    """Waits for a client to take what it asked for, but not for ever: until then what was sent is held in memory, and
    whoever sends it is held up. A stream of events is what a client can leave lying for days."""

    take_seconds = TAKE_SECONDS
    _full: asyncio.TimerHandle | None = None

    def pause_writing(self) -> None:
        super().pause_writing()
        self._full = self.loop.call_later(self.take_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._taken()

    def connection_lost(self, exc: Exception | None) -> None:
        self._taken()
        super().connection_lost(exc)

    def handle_websocket_upgrade(self) -> None:
        self._taken()
        super().handle_websocket_upgrade()

    def _taken(self) -> None:
        if self._full is not None:
            self._full.cancel()
            self._full = None


class _KnownPeer(_Patient):
    """On a Unix socket the client's address is nothing; its user and process are told instead (``SO_PEERCRED``)."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        listener = transport.get_extra_info("socket")
        if listener is not None and listener.family == socket.AF_UNIX:
            told = listener.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
            process, user, _group = _CREDENTIALS.unpack(told)
            self.client = (user_name(user), process)


def _stranger(may: StrangersMay) -> type[HttpToolsProtocol]:
    class Stranger(_Patient):
        """The calls are on this loop, too: nobody may hold connections, time or memory of it as they like."""

        _late: asyncio.TimerHandle | None = None
        _head_bytes = 0

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            if len(self.connections) > may.connections:
                transport.abort()
                return
            if (wire := transport.get_extra_info("socket")) is not None:
                wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, GONE_SECONDS * 1000)
            self._late = self.loop.call_later(may.seconds, self._retire)

        def connection_lost(self, exc: Exception | None) -> None:
            if self._late is not None:
                self._late.cancel()
            super().connection_lost(exc)

        def handle_websocket_upgrade(self) -> None:
            """What follows has pings and limits of its own, and whoever is let in may stay."""
            if self._late is not None:
                self._late.cancel()
            super().handle_websocket_upgrade()

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            self._head_bytes = 0 if self._under_way else self._head_bytes + len(data)
            if self._head_bytes > may.head_bytes:
                self.transport.abort()

        @property
        def _under_way(self) -> bool:
            return self.cycle is not None and not self.cycle.response_complete

        def _retire(self) -> None:
            if not self._under_way:
                self.transport.abort()
                return
            self.cycle.keep_alive = False
            if may.long_answers:
                return
            self._late = self.loop.call_later(may.seconds, self.transport.abort)

    return Stranger


def user_name(user_id: int) -> str:
    """What this machine calls the user."""
    try:
        return pwd.getpwuid(user_id).pw_name
    except KeyError:
        return f"user {user_id}"


class _Server(uvicorn.Server):
    """Signals are the front door's affair, not each server's."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _serve(
    app: ASGIApp,
    listener: socket.socket,
    ready: Callable[[], None] | None,
    protocol: type[HttpToolsProtocol],
    proxies: Sequence[str] = (),
    websocket_bytes: int | None = None,
) -> None:
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=CLOSE_SECONDS,
        server_header=False,
        ws="none" if websocket_bytes is None else "websockets-sansio",
        ws_max_size=websocket_bytes or 0,
        ws_per_message_deflate=False,
        http=protocol,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=list(proxies),
    )
    server = _Server(config)
    if ready is not None:
        # the socket listens already: a client's connection waits in the backlog for the first accept
        ready()
    async with asyncio.TaskGroup() as group:
        serving = group.create_task(server.serve(sockets=[listener]), name="uvicorn")
        try:
            await asyncio.shield(serving)
        except asyncio.CancelledError:
            server.should_exit = True
            await serving
            raise
