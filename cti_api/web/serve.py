"""Serve an app on a Unix socket or on TCP, as one task among the others of this process."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import pwd
import socket
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from cti_api.errors import Conflict, SettingsError

CLOSE_SECONDS = 3
"""How long requests under way may take when the process ends; then they are cut."""
PATIENCE_SECONDS = 20
"""How long a client on TCP may take for its request, and for the next one: uvicorn itself waits for ever for the first.
A telephone on a bad line needs two or three for a form."""
MOST_CLIENTS = 256
"""Connections on TCP at once. Each is a file of the process that dials, which may have 1,024 by Linux's usual limit."""
_BACKLOG = 128
_CREDENTIALS = struct.Struct("iII")
"""``struct ucred`` of Linux: process, user, group (unix(7))."""


async def serve_unix(app: ASGIApp, path: Path, ready: Callable[[], None] | None = None) -> None:
    """Serve `app` on a Unix socket that only this user may open, until cancelled.

    `ready` is called once a client can connect. The socket's file is gone afterwards. Raises `Conflict` when another
    process already serves there, `SettingsError` when the socket cannot be made.
    """
    with _unix_socket(path) as listener:
        await _serve(app, listener, ready)


async def serve_tcp(
    app: ASGIApp,
    host: str,
    port: int,
    ready: Callable[[], None] | None = None,
    *,
    setting: str = "api.metrics_port",
    patience_seconds: int = PATIENCE_SECONDS,
) -> None:
    """Serve `app` on TCP until cancelled; who is slower than `patience_seconds` is cut, and so is who comes when there
    are `MOST_CLIENTS` already. Raises `Conflict`, which names the `setting` to change, when the port is
    taken, else as `serve_unix`."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise Conflict(f"Port {port} of {host} is taken: set {setting} to another") from None
        raise SettingsError(f"Cannot listen on {host} port {port}: {error.strerror}") from None
    with listener:
        await _serve(app, listener, ready, _ShortOfTime, patience_seconds)


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


class _KnownPeer(HttpToolsProtocol):
    """On a Unix socket the client's address is nothing; its user and process are told instead (``SO_PEERCRED``)."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        listener = transport.get_extra_info("socket")
        if listener is not None and listener.family == socket.AF_UNIX:
            told = listener.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
            process, user, _group = _CREDENTIALS.unpack(told)
            self.client = (user_name(user), process)


class _ShortOfTime(HttpToolsProtocol):
    """Strangers: a connection that brings no whole request in time is closed, and more than we bear are not taken."""

    _cut: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > MOST_CLIENTS:
            transport.abort()
            return
        self._cut = self.loop.call_later(self.timeout_keep_alive, transport.abort)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self._cut is None:
            self._cut = self.loop.call_later(self.timeout_keep_alive, self.transport.abort)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._in_time()

    def connection_lost(self, exc: Exception | None) -> None:
        self._in_time()
        super().connection_lost(exc)

    def _in_time(self) -> None:
        if self._cut is not None:
            self._cut.cancel()
            self._cut = None


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
    protocol: type[HttpToolsProtocol] = _KnownPeer,
    patience_seconds: int = 5,
) -> None:
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=CLOSE_SECONDS,
        server_header=False,
        ws="none",
        http=protocol,
        timeout_keep_alive=patience_seconds,
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
