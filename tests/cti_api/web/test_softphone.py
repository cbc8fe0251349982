"""A browser's telephone: who gets one, who comes through to Asterisk's WebSocket, and how that ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from http import HTTPStatus
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from cti_api.access.actors import Role, Scope
from cti_api.model.agents import Agent, AgentPhone
from cti_api.model.ids import AgentId
from cti_api.web.handed import Handed
from cti_api.web.serve import StrangersMay, serve_tcp
from cti_api.web.sip_way import ANOTHER_PAGE, LONGEST_MESSAGE_BYTES, SIGNED_OUT, SipWay
from tests.support.console import ORIGIN, Console, console, console_app
from tests.support.dialer_port import QuietDialer
from tests.support.free_port import free_port

SIP = Subprotocol("sip")


class AsteriskSocket:
    """Asterisk's side of the wire: says back what it hears, with a word before it."""

    def __init__(self) -> None:
        self.port = 0
        self.connections: list[ServerConnection] = []
        self.gone = asyncio.Event()
        """The last one that was here is not any more."""

    async def answer(self, connection: ServerConnection) -> None:
        self.connections.append(connection)
        self.gone.clear()
        async for message in connection:
            await connection.send(f"heard {len(message)} {message[:40]!r}")
        self.gone.set()


class Door:
    """The console over TCP, with that Asterisk behind it."""

    def __init__(self, console: Console, port: int, asterisk: AsteriskSocket) -> None:
        self.console, self.port, self.asterisk = console, port, asterisk

    async def cookie(self, name: str, role: Role = Role.AGENT, seat: str | None = None) -> dict[str, str]:
        """What a browser of this person sends along."""
        return {"Cookie": (await self.console.person(name, role, seat)).headers["Cookie"]}

    @asynccontextmanager
    async def opened(
        self, headers: dict[str, str], origin: str | None = ORIGIN, path: str = "/ws/sip", protocol: str = "sip"
    ) -> AsyncIterator[ClientConnection]:
        async with connect(
            f"ws://127.0.0.1:{self.port}{path}",
            additional_headers=headers,
            origin=origin,  # type: ignore[arg-type]
            subprotocols=[Subprotocol(protocol)],
            max_size=None,
            proxy=None,
        ) as connection:
            yield connection

    async def refused(self, headers: dict[str, str], **how: Any) -> int:
        """The status of the refusal."""
        with pytest.raises(InvalidStatus) as refusal:
            async with self.opened(headers, **how):
                pass
        assert refusal.value.response.headers["content-type"] == "application/problem+json"
        return refusal.value.response.status_code


@pytest.fixture(scope="module")
def shared_console() -> FastAPI:
    return console_app()


@pytest.fixture
async def door(shared_console: FastAPI, handed: Handed) -> AsyncIterator[Door]:
    for name, phone in (("ana", AgentPhone.BROWSER), ("beto", AgentPhone.BROWSER), ("sol", AgentPhone.SIP)):
        await handed.dialer.add_agent(Agent(id=AgentId(name), name=name.title(), campaigns=(), phone=phone))
    asterisk, ready = AsteriskSocket(), asyncio.Event()
    port = free_port()
    async with serve(asterisk.answer, "127.0.0.1", 0, subprotocols=[SIP]) as listening:
        asterisk.port = next(iter(listening.sockets)).getsockname()[1]
        way = SipWay(asterisk.port, "stun.example.com:3478")
        async with console(shared_console, replace(handed, sip=way)) as opened, asyncio.TaskGroup() as tasks:
            may = StrangersMay(seconds=1.0, long_answers=True, websocket_bytes=LONGEST_MESSAGE_BYTES)
            serving = tasks.create_task(serve_tcp(opened.app, "127.0.0.1", port, ready.set, may=may))
            await ready.wait()
            yield Door(opened, port, asterisk)
            serving.cancel()


# ------------------------------------------------------------------ what a page registers with


async def test_each_page_gets_another_password_and_only_of_ones_own_seat(door: Door) -> None:
    ana = await door.console.person("ana", Role.AGENT, "ana")
    first, second = [(await ana.post("/agents/ana/softphone")).json() for _ in range(2)]
    assert (first["user"], first["stun"]) == ("ana", "stun.example.com:3478")
    assert first["password"] != second["password"]
    assert (await ana.post("/agents/beto/softphone")).status_code == HTTPStatus.FORBIDDEN
    assert (await ana.get("/agents/ana/softphone")).status_code == HTTPStatus.METHOD_NOT_ALLOWED
    admin = await door.console.person("ada", Role.ADMIN)
    assert (await admin.post("/agents/ana/softphone")).status_code == HTTPStatus.FORBIDDEN
    key = await door.console.key("crm", *Scope)
    assert (await key.post("/agents/ana/softphone")).status_code == HTTPStatus.FORBIDDEN


async def test_a_supervisor_with_a_seat_has_a_telephone_there_too(door: Door) -> None:
    sara = await door.console.person("sara", Role.SUPERVISOR, "ana")
    assert (await sara.post("/agents/ana/softphone")).is_success
    assert (await sara.post("/agents/beto/softphone")).status_code == HTTPStatus.FORBIDDEN
    async with door.opened({"Cookie": sara.headers["Cookie"]}) as browser:
        await browser.send("hola")
        assert await browser.recv() == "heard 4 'hola'"


async def test_who_has_a_sip_telephone_gets_none_in_the_browser(door: Door) -> None:
    sol = await door.console.person("sol", Role.AGENT, "sol")
    answer = await sol.post("/agents/sol/softphone")
    assert answer.status_code == HTTPStatus.CONFLICT


# ------------------------------------------------------------------ who comes through


async def test_what_is_said_goes_through_both_ways(door: Door) -> None:
    async with door.opened(await door.cookie("ana", seat="ana")) as browser:
        assert browser.subprotocol == SIP
        for text in ("REGISTER sip:vocero SIP/2.0", "ñandú", "x" * (LONGEST_MESSAGE_BYTES - 1)):
            await browser.send(text)
            assert str(await browser.recv()).startswith(f"heard {len(text)} ")
        (line,) = door.asterisk.connections
        await line.send("INVITE sip:ana SIP/2.0")
        assert await browser.recv() == "INVITE sip:ana SIP/2.0"
    await asyncio.wait_for(door.asterisk.gone.wait(), 10)


@pytest.mark.parametrize(
    ("name", "role", "seat", "status"),
    [
        ("sol", Role.AGENT, "sol", HTTPStatus.CONFLICT),
        ("nadie", Role.AGENT, None, HTTPStatus.FORBIDDEN),
        ("sara", Role.SUPERVISOR, None, HTTPStatus.FORBIDDEN),
        ("ada", Role.ADMIN, None, HTTPStatus.FORBIDDEN),
        ("aura", Role.AUDITOR, "ana", HTTPStatus.FORBIDDEN),
    ],
)
async def test_only_who_has_a_seat_whose_telephone_is_the_browser_comes_through(
    door: Door, name: str, role: Role, seat: str | None, status: HTTPStatus
) -> None:
    assert await door.refused(await door.cookie(name, role, seat)) == status
    assert door.asterisk.connections == []


async def test_strangers_keys_foreign_pages_and_other_paths_are_refused_before_anything_is_opened(door: Door) -> None:
    ana = await door.cookie("ana", seat="ana")
    key = await door.console.key("crm", *Scope)
    assert await door.refused({}) == HTTPStatus.UNAUTHORIZED
    assert await door.refused({"Cookie": "__Host-vocero=" + "A" * 43}) == HTTPStatus.UNAUTHORIZED
    assert await door.refused({}, path="/ws/nothing") == HTTPStatus.UNAUTHORIZED
    assert await door.refused({"Authorization": key.headers["Authorization"]}) == HTTPStatus.FORBIDDEN
    for origin in (None, "null", "https://evil.example", ORIGIN + ".evil.example", ORIGIN.replace("https", "http")):
        assert await door.refused(ana, origin=origin) == HTTPStatus.FORBIDDEN, origin
    assert await door.refused(ana, protocol="mqtt") == HTTPStatus.CONFLICT
    for path in ("/ws/nothing", "/ws/sip/", "/api/v1/agents/ana", "/"):
        assert await door.refused(ana, path=path) == HTTPStatus.NOT_FOUND
    assert door.asterisk.connections == []


async def test_without_asterisk_the_page_is_told_to_come_again(door: Door, handed: Handed) -> None:
    door.console.app.state.handed = replace(door.console.handed, sip=SipWay(free_port()))
    assert await door.refused(await door.cookie("ana", seat="ana")) == HTTPStatus.SERVICE_UNAVAILABLE


async def test_while_asterisk_starts_the_page_is_told_to_come_again(door: Door, dialer: QuietDialer) -> None:
    """It takes the connection before it answers what is said there."""
    dialer.now = replace(dialer.now, link_up=False)
    assert await door.refused(await door.cookie("ana", seat="ana")) == HTTPStatus.SERVICE_UNAVAILABLE
    assert door.asterisk.connections == []


# ------------------------------------------------------------------ how it ends


async def code_of(connection: ClientConnection) -> int:
    """With which code the other side closed it."""
    with pytest.raises(ConnectionClosed) as closed:
        while True:
            await asyncio.wait_for(connection.recv(), 20)
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code


@pytest.mark.parametrize("hostile", ["x" * (LONGEST_MESSAGE_BYTES + 1), b"\x00\xff"], ids=["too long", "not text"])
async def test_what_is_no_sip_ends_it_on_both_sides(door: Door, hostile: str | bytes) -> None:
    async with door.opened(await door.cookie("ana", seat="ana")) as browser:
        await browser.send(hostile)
        assert await code_of(browser) in (1003, 1009)
        await asyncio.wait_for(door.asterisk.gone.wait(), 10)


async def test_when_asterisk_ends_it_the_page_knows(door: Door) -> None:
    async with door.opened(await door.cookie("ana", seat="ana")) as browser:
        await browser.send("hola")
        await browser.recv()
        await door.asterisk.connections[0].close()
        assert await code_of(browser) == 1001


async def test_the_newest_page_of_an_agent_is_their_telephone(door: Door) -> None:
    ana = await door.cookie("ana", seat="ana")
    async with door.opened(ana) as first, door.opened(await door.cookie("beto", seat="beto")) as other:
        await first.send("hola")
        await first.recv()
        async with door.opened(ana) as second:
            assert await code_of(first) == ANOTHER_PAGE
            for each in (second, other):
                await each.send("hola")
                assert await each.recv() == "heard 4 'hola'"


async def test_it_ends_with_the_session_and_not_when_a_request_would(door: Door) -> None:
    """A connection for requests lives for a second here; the session is asked for every two."""
    ana = await door.console.person("ana", Role.AGENT, "ana")
    async with door.opened({"Cookie": ana.headers["Cookie"]}) as browser:
        await browser.send("hola")
        await browser.recv()
        assert (await ana.request("DELETE", "/session")).is_success
        assert await code_of(browser) == SIGNED_OUT
    await asyncio.wait_for(door.asterisk.gone.wait(), 10)


async def test_a_request_that_only_says_it_wants_a_websocket_is_a_request(door: Door) -> None:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{door.port}") as client:
        plain = await client.get("/ws/sip")
    assert plain.status_code == HTTPStatus.UNAUTHORIZED
