"""Serving: sockets that only we may open, one server to a socket, an end without remains."""

from __future__ import annotations

import asyncio
import socket
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from cti_api.errors import Conflict, SettingsError
from cti_api.web.serve import serve_tcp, serve_unix


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
