"""The stream of events over a real socket: nothing lost, nothing twice, whoever is cut comes back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from cti_api.model.events import EventKind
from cti_api.relay import Relay
from cti_api.streams.schema import event_schema
from cti_api.streams.sse import EventStream
from cti_api.web.app import create_app
from cti_api.web.handed import Handed
from cti_api.web.serve import TAKE_SECONDS, serve_unix
from tests.cti_api.web.conftest import LIMITS
from tests.support.following import following, running, take, until
from tests.support.store import event


@asynccontextmanager
async def served(
    handed: Handed, folder: Path, *, beat_seconds: float = 15.0, take_seconds: float = TAKE_SECONDS
) -> AsyncIterator[Path]:
    relay = Relay(handed.store.outbox)
    app = create_app(replace(handed, events=EventStream(relay, beat_seconds=beat_seconds)), LIMITS)
    socket, ready = folder / "vocero.sock", asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        serving = tasks.create_task(serve_unix(app, socket, ready.set, take_seconds=take_seconds))
        async with running(relay):
            await ready.wait()
            yield socket
        serving.cancel()


async def test_a_client_gets_what_was_and_what_comes_each_once_and_in_order(handed: Handed, tmp_path: Path) -> None:
    await handed.store.outbox.append(*(event() for _ in range(3)))
    async with served(handed, tmp_path) as socket, following(socket, "?since=0") as client:
        assert "content-type: text/event-stream" in client.head
        assert await take(client, 3) == [1, 2, 3]
        await handed.store.outbox.append(event(), event())
        assert await take(client, 2) == [4, 5]


async def test_a_client_that_was_cut_goes_on_where_it_was(handed: Handed, tmp_path: Path) -> None:
    await handed.store.outbox.append(*(event() for _ in range(5)))
    async with served(handed, tmp_path) as socket:
        async with following(socket, "?since=0") as client:
            assert await take(client, 2) == [1, 2]
            last = client.last
        await handed.store.outbox.append(event())
        async with following(socket, "?since=0", last_event_id=last) as client:
            assert await take(client, 4) == [3, 4, 5, 6]


async def test_without_a_place_it_begins_with_what_happens_from_now_on(handed: Handed, tmp_path: Path) -> None:
    await handed.store.outbox.append(event())
    await handed.store.outbox.number()
    async with served(handed, tmp_path) as socket, following(socket) as client:
        await handed.store.outbox.append(event())
        assert await take(client, 1) == [2]


async def test_who_wants_some_kinds_is_led_past_the_others(handed: Handed, tmp_path: Path) -> None:
    wanted = event(EventKind.CAMPAIGN_STATE)
    await handed.store.outbox.append(event(), wanted, event())
    query = "?since=0&kind=campaign.state&kind=agent.state"
    async with served(handed, tmp_path) as socket, following(socket, query) as client:
        assert await take(client, 1) == [2]
        await until(lambda: client.last == "3", client)


async def test_a_silent_stream_shows_that_it_lives(handed: Handed, tmp_path: Path) -> None:
    async with served(handed, tmp_path, beat_seconds=0.02) as socket, following(socket) as client:
        await until(lambda: client.beats == 3, client)
        await handed.store.outbox.append(event())
        assert await take(client, 1) == [1]


async def test_who_takes_nothing_is_cut_holds_up_nobody_and_has_missed_nothing(handed: Handed, tmp_path: Path) -> None:
    large = {"note": "x" * 4000}
    async with served(handed, tmp_path, take_seconds=2.0) as socket:
        async with following(socket, "?since=0") as lazy, following(socket, "?since=0") as brisk:
            reading = asyncio.create_task(take(brisk, 500))
            for _ in range(10):
                await handed.store.outbox.append(*(event(payload=large) for _ in range(50)))
            assert await reading == list(range(1, 501))
            async with asyncio.timeout(30):
                while connections(socket) > 1:  # noqa: ASYNC110 - the kernel calls nobody
                    await asyncio.sleep(0.02)
            seen = await take(lazy, 500)
            assert len(seen) < 500
            async with following(socket, last_event_id=lazy.last) as again:
                seen += await take(again, 500 - len(seen))
        assert seen == list(range(1, 501))


def connections(socket: Path) -> int:
    """That the server still has, as the kernel counts them (proc(5): state 03 is connected)."""
    lines = [line.split() for line in Path("/proc/net/unix").read_text().splitlines()]
    return sum(1 for line in lines if line[-1] == str(socket) and line[5] == "03")


async def test_a_stream_ends_with_the_relay_and_holds_up_no_stop(handed: Handed, tmp_path: Path) -> None:
    async with AsyncExitStack() as client_s:
        async with served(handed, tmp_path) as socket:
            client = await client_s.enter_async_context(following(socket, "?since=0"))
            await handed.store.outbox.append(event())
            assert await take(client, 1) == [1]
        assert await take(client, 1) == []
        assert client.ended


async def test_a_number_that_was_never_given_is_refused(api: httpx.AsyncClient) -> None:
    for path in ("/events?since=7", "/events/stream?since=7"):
        answer = await api.get(path)
        assert answer.status_code in (409, 503), path
    assert "another store" in (await api.get("/events?since=7")).json()["detail"]


@pytest.mark.parametrize("written", ["x", "-1", "9" * 30, "1.5"])
async def test_what_is_no_number_is_refused(api: httpx.AsyncClient, written: str) -> None:
    answer = await api.get("/events/stream", headers={"Last-Event-ID": written})
    assert answer.status_code == 422


async def test_the_schema_can_be_asked_for(api: httpx.AsyncClient) -> None:
    assert (await api.get("/events/schema")).json() == event_schema()
