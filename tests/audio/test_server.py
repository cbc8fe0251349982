"""Who connects to the AudioSocket server, and what becomes of those that nobody expects."""

import asyncio
from uuid import uuid4

import pytest

from audio import server as server_module
from audio.server import AudioServer
from cti_api.clock import SystemClock
from cti_api.errors import Conflict, LinkDown, Unreachable
from tests.support.audiosocket_peer import calling, framed
from tests.support.shift import until

SOON = 30.0
CLOCK = SystemClock()


async def test_each_call_is_handed_to_whoever_expects_it():
    one, other = uuid4(), uuid4()
    async with AudioServer("127.0.0.1", 0, CLOCK) as server:
        with server.expecting(one) as first, server.expecting(other) as second:
            async with (
                calling(server.port, other),
                calling(server.port, one),
                await first.session(SOON) as here,
                await second.session(SOON) as there,
            ):
                assert (here.call_id, there.call_id) == (one, other)


async def test_a_call_that_nobody_expects_is_closed_and_counted():
    async with AudioServer("127.0.0.1", 0, CLOCK) as server, calling(server.port, uuid4()) as peer:
        async with asyncio.timeout(SOON):
            await peer.until_closed()
        assert server.turned.unexpected == 1


async def test_a_call_that_comes_too_late_is_closed_and_counted():
    call_id = uuid4()
    async with AudioServer("127.0.0.1", 0, CLOCK) as server:
        with server.expecting(call_id) as arrival, pytest.raises(LinkDown, match="did not arrive in 0\\.01 s"):
            await arrival.session(0.01)
        async with calling(server.port, call_id) as peer, asyncio.timeout(SOON):
            await peer.until_closed()
        assert server.turned.unexpected == 1


async def test_a_call_that_came_and_was_not_taken_is_closed():
    call_id = uuid4()
    async with AudioServer("127.0.0.1", 0, CLOCK) as server, calling(server.port) as peer:
        with server.expecting(call_id) as arrival:
            peer.tell(call_id)
            async with asyncio.timeout(SOON):
                await asyncio.shield(arrival._came)
        async with asyncio.timeout(SOON):
            await peer.until_closed()


async def test_the_second_connection_of_a_call_is_closed_and_the_first_lives():
    call_id = uuid4()
    async with AudioServer("127.0.0.1", 0, CLOCK) as server:
        with server.expecting(call_id) as arrival:
            async with calling(server.port, call_id) as peer, await arrival.session(SOON) as session:
                async with calling(server.port, call_id) as second, asyncio.timeout(SOON):
                    await second.until_closed()
                assert server.turned.unexpected == 1
                assert session.ending is None
                assert await peer.frames(1)


async def test_a_call_is_expected_once():
    call_id = uuid4()
    async with AudioServer("127.0.0.1", 0, CLOCK) as server:
        with server.expecting(call_id), pytest.raises(Conflict), server.expecting(call_id):
            pass


async def test_port_probes_are_freed_by_a_deadline_and_counted():
    async with AudioServer("127.0.0.1", 0, CLOCK, id_seconds=0.05) as server:
        async with calling(server.port) as silent, calling(server.port) as half, calling(server.port) as gone:
            half.writer.write(framed(0x01, uuid4().bytes)[:9])
            gone.writer.close()
            async with asyncio.timeout(SOON):
                await silent.until_closed()
                await half.until_closed()
                await gone.writer.wait_closed()
            await until(lambda: server.turned.silent == 3, SOON, "all three are freed")
        assert server.turned.nonsense == 0


@pytest.mark.parametrize("first", [b"GET / HTTP/1.1\r\n\r\n", framed(0x10, bytes(320)), b"\xff\xff\xff\xff"])
async def test_whoever_does_not_begin_with_a_calls_id_is_closed_at_once(first):
    async with AudioServer("127.0.0.1", 0, CLOCK) as server, calling(server.port) as peer:
        peer.writer.write(first)
        async with asyncio.timeout(SOON):
            await peer.until_closed()
        assert server.turned.nonsense == 1


async def test_too_many_connections_without_a_call_are_closed(monkeypatch):
    monkeypatch.setattr(server_module, "MOST_NAMELESS", 1)
    async with AudioServer("127.0.0.1", 0, CLOCK) as server, calling(server.port):
        async with calling(server.port) as second, asyncio.timeout(SOON):
            await second.until_closed()
        assert server.turned.too_many == 1


async def test_a_port_that_is_taken_is_said_in_a_sentence():
    async with AudioServer("127.0.0.1", 0, CLOCK) as server:
        with pytest.raises(Unreachable, match=f"cannot listen on 127.0.0.1:{server.port} .*choose another port"):
            async with AudioServer("127.0.0.1", server.port, CLOCK):
                pass


async def test_closing_leaves_no_connection_and_no_task():
    before = asyncio.all_tasks()
    async with AudioServer("127.0.0.1", 0, CLOCK) as server:
        peer = await calling(server.port).__aenter__()
    async with asyncio.timeout(SOON):
        await peer.until_closed()
    peer.writer.transport.abort()
    assert asyncio.all_tasks() == before
