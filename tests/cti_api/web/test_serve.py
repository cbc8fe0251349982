"""Serving: sockets that only we may open, one server to a socket, an end without remains."""

from __future__ import annotations

import asyncio
import socket
import stat
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from cti_api.errors import Conflict, SettingsError
from cti_api.web.serve import MOST_CLIENTS, serve_tcp, serve_unix


@asynccontextmanager
async def served(app: FastAPI, path: Path) -> AsyncIterator[httpx.AsyncClient]:
    ready = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(serve_unix(app, path, ready.set))
        await ready.wait()
        transport = httpx.AsyncHTTPTransport(uds=str(path))
        async with httpx.AsyncClient(transport=transport, base_url="http://vocero") as client:
            yield client
        task.cancel()


async def test_the_socket_is_ours_alone_and_goes_with_the_server(app: FastAPI, tmp_path: Path) -> None:
    path = tmp_path / "run" / "vocero.sock"
    async with served(app, path) as client:
        assert (await client.get("/healthz")).json() == {"alive": True}
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert not path.exists()


async def test_a_second_server_is_refused_and_the_first_goes_on(app: FastAPI, tmp_path: Path) -> None:
    path = tmp_path / "vocero.sock"
    async with served(app, path) as client:
        with pytest.raises(Conflict, match="already running"):
            await serve_unix(app, path)
        assert (await client.get("/healthz")).status_code == 200


async def test_a_socket_that_a_killed_process_left_is_taken_over(app: FastAPI, tmp_path: Path) -> None:
    path = tmp_path / "vocero.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    async with served(app, path) as client:
        assert (await client.get("/healthz")).status_code == 200


async def test_a_file_in_the_way_is_not_removed(app: FastAPI, tmp_path: Path) -> None:
    path = tmp_path / "vocero.sock"
    path.write_text("precious")
    with pytest.raises(SettingsError, match="Cannot make the control socket"):
        await serve_unix(app, path)
    assert path.read_text() == "precious"


async def test_a_taken_port_is_told_with_the_setting_to_change(app: FastAPI) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Conflict, match=r"Port \d+ of 127\.0\.0\.1 is taken: set api\.metrics_port"):
            await serve_tcp(app, "127.0.0.1", port)


@asynccontextmanager
async def on_tcp(app: FastAPI, **more: int) -> AsyncIterator[int]:
    """The app on a port of this machine."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    ready = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(serve_tcp(app, "127.0.0.1", port, ready.set, **more))
        await ready.wait()
        yield port
        task.cancel()


async def gone(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()


BODY_TO_COME = b"POST /c/x HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhora"


@pytest.mark.parametrize("begun", [b"", b"GET /healthz HT", BODY_TO_COME])
async def test_a_stranger_who_never_ends_a_request_is_cut(app: FastAPI, begun: bytes) -> None:
    async with on_tcp(app, patience_seconds=1) as port, asyncio.timeout(30):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(begun)
        with suppress(ConnectionError):
            await reader.read()
        await gone(writer)
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            assert (await client.get("/healthz")).status_code == 200
            assert (await client.get("/healthz")).status_code == 200, "over the same connection"


async def test_more_strangers_than_can_be_borne_are_turned_away(app: FastAPI) -> None:
    async with on_tcp(app) as port, asyncio.timeout(30), AsyncExitStack() as held:
        for _ in range(MOST_CLIENTS):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            held.push_async_callback(gone, writer)
        reader, late = await asyncio.open_connection("127.0.0.1", port)
        held.push_async_callback(gone, late)
        with suppress(ConnectionError):
            assert await reader.read() == b""


async def test_a_request_under_way_is_answered_before_the_end(app: FastAPI, tmp_path: Path) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    @app.get("/slow")
    async def slow() -> str:
        begun.set()
        await go_on.wait()
        return "done"

    path = tmp_path / "vocero.sock"
    ready = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        server = tasks.create_task(serve_unix(app, path, ready.set))
        await ready.wait()
        transport = httpx.AsyncHTTPTransport(uds=str(path))
        async with httpx.AsyncClient(transport=transport, base_url="http://vocero") as client:
            asked = tasks.create_task(client.get("/slow"))
            await begun.wait()
            server.cancel()
            go_on.set()
            assert (await asked).json() == "done"
