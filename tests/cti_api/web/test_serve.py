"""Serving: sockets that only we may open, one server to a socket, an end without remains."""

from __future__ import annotations

import asyncio
import socket
import stat
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from pathlib import Path
from types import FrameType

import httpx
import pytest
from fastapi import FastAPI, Request

from cti_api.errors import Conflict, SettingsError
from cti_api.settings import LimitSettings
from cti_api.web.app import create_app, put_together
from cti_api.web.handed import Handed
from cti_api.web.serve import GONE_SECONDS, StrangersMay, serve_tcp, serve_unix
from tests.support.free_port import free_port


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


@asynccontextmanager
async def for_strangers(app: FastAPI, **may: float) -> AsyncIterator[int]:
    port = free_port()
    ready = asyncio.Event()
    limits = StrangersMay(**may)
    async with asyncio.TaskGroup() as tasks:
        serving = tasks.create_task(serve_tcp(app, "127.0.0.1", port, ready.set, may=limits))
        await ready.wait()
        yield port
        serving.cancel()


async def until_it_is_cut(port: int, first: bytes) -> bytes:
    """What comes back before the server ends the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    told = b""
    try:
        async with asyncio.timeout(20):
            writer.write(first)
            while more := await reader.read(1000):
                told += more
    except ConnectionError:
        pass
    finally:
        writer.close()
    return told


async def test_a_machine_that_vanished_from_the_network_is_given_up_soon(app: FastAPI) -> None:
    """The kernel keeps that promise: it needs no beat of ours, and a test has no network to pull out."""
    async with for_strangers(app) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
        ours = writer.get_extra_info("sockname")
        told = [
            wire.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
            for wire in connections_of_this_process()
            if wire.getpeername() == ours
        ]
        writer.close()
    assert told == [GONE_SECONDS * 1000]


def connections_of_this_process() -> Iterator[socket.socket]:
    for link in Path("/proc/self/fd").iterdir():
        with suppress(OSError):  # closed meanwhile, or no connection
            if str(link.readlink()).startswith("socket:"):
                with socket.fromfd(int(link.name), socket.AF_INET, socket.SOCK_STREAM) as wire:
                    wire.getpeername()
                    yield wire


@pytest.mark.parametrize(
    "begun",
    [b"", b"GET /healthz HTTP/1.1\r\nHost: ", b"POST /taken HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nx"],
)
async def test_a_stranger_who_does_not_come_to_an_end_is_cut_and_is_no_fault_of_ours(
    app: FastAPI, begun: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    @app.post("/taken")
    async def taken(request: Request) -> int:
        return len(await request.body())

    async with for_strangers(app, seconds=0.1) as port:
        assert await until_it_is_cut(port, begun) == b""
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


async def test_a_stranger_cannot_send_a_head_without_an_end(app: FastAPI) -> None:
    async with for_strangers(app, head_bytes=1000) as port:
        assert await until_it_is_cut(port, b"GET /healthz HTTP/1.1\r\nX: " + b"y" * 100_000) == b""
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            for _ in range(20):
                assert (await client.get("/healthz", headers={"X": "y" * 500})).status_code == 200


async def test_so_many_strangers_come_in_and_no_more(app: FastAPI) -> None:
    async with for_strangers(app, connections=2) as port:
        held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
        assert await until_it_is_cut(port, b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n") == b""
        for reader, writer in held:
            writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            assert (await reader.read()).startswith(b"HTTP/1.1 200")
            writer.close()


async def made_by_the_first_request(app: FastAPI) -> int:
    """How many routes' parameters are looked through while it is answered."""
    made: list[str] = []

    def note(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code.co_name == "get_dependant":
            made.append(frame.f_code.co_filename)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://vocero") as client:
        sys.setprofile(note)
        try:
            assert (await client.get("/api/v1/nothing")).status_code == HTTPStatus.NOT_FOUND
        finally:
            sys.setprofile(None)
    return len(made)


async def test_what_is_put_together_need_not_be_by_the_first_request(handed: Handed) -> None:
    assert await made_by_the_first_request(create_app(handed, LimitSettings())) > 100
    app = create_app(handed, LimitSettings())
    put_together(app)
    assert await made_by_the_first_request(app) == 0
