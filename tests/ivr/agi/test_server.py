"""Many calls at once: none takes the others with it, none is left, and who calls nobody is let go."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import resource
import socket
from pathlib import Path

import pytest

from cti_api.errors import Conflict
from ivr.agi.server import AgiServer, ServerLimits
from ivr.agi.session import AgiSession, CallLimits, End
from ivr.agi.verbs import Next
from tests.support.agi_fake import WAIT_SECONDS, FakeAsterisk
from tests.support.agi_handlers import FrontDesk, Leads, serving
from tests.support.shift import until
from vocero.lab.ports import LOOPBACK

SOON = CallLimits(begin_seconds=0.5)


async def greets(call: AgiSession) -> None:
    await call.answer()
    await call.leave(Next.HANG_UP)


async def waits(call: AgiSession) -> None:
    await call.over()


async def probe(port: int, said: bytes = b"") -> None:
    """Connect, say this, and stay until let go."""
    reader, writer = await asyncio.open_connection(LOOPBACK, port)
    writer.write(said)
    async with asyncio.timeout(WAIT_SECONDS):
        with contextlib.suppress(ConnectionError):
            assert await reader.read() == b""
    writer.close()


async def test_a_port_that_is_only_looked_at_is_let_go_and_counted() -> None:
    async with serving(Leads(greets), call_limits=SOON) as server:
        for _ in range(3):
            socket.create_connection((LOOPBACK, server.port)).close()
        await asyncio.gather(*(probe(server.port) for _ in range(3)))
        await until(lambda: server.ends[End.PROBE] == 6 and not server.busy, WAIT_SECONDS, "all are let go")
        async with FakeAsterisk(server.port) as fake:
            await fake.until_gone()
        assert server.ends == {End.PROBE: 6, End.DONE: 1}


async def test_who_begins_and_does_not_go_on_is_let_go() -> None:
    async with serving(Leads(greets), call_limits=SOON) as server:
        await probe(server.port, b"agi_network: yes\nagi_req")
        await until(lambda: not server.busy, WAIT_SECONDS, "it is let go")
        assert server.ends == {End.TIMED_OUT: 1}


async def test_more_calls_than_there_is_room_for_are_refused_at_once_and_the_others_go_on() -> None:
    async with serving(Leads(waits), limits=ServerLimits(calls=2)) as server, contextlib.AsyncExitStack() as stack:
        held = [await stack.enter_async_context(FakeAsterisk(server.port)) for _ in range(2)]
        for fake in held:
            await fake.until_asked("SET", "VARIABLE", "VOCERO_TAKEN")
        async with FakeAsterisk(server.port) as third:
            await third.until_gone()
        assert server.refused == 1
        assert third.commands == []
        await held[0].hang_up()
        await until(lambda: server.busy == 1, WAIT_SECONDS, "there is room again")
        async with FakeAsterisk(server.port) as fourth:
            await fourth.until_asked("SET", "VARIABLE", "VOCERO_TAKEN")
            for fake in (held[1], fourth):
                await fake.hang_up()
                await fake.until_gone()


async def test_a_handler_that_fails_takes_nothing_with_it(caplog: pytest.LogCaptureFixture) -> None:
    async def fails_for_some(call: AgiSession) -> None:
        await call.answer()
        if call.inbound.caller == "1":
            raise ZeroDivisionError
        await call.leave(Next.HANG_UP)

    async with serving(Leads(fails_for_some)) as server:
        async with FakeAsterisk(server.port, caller="1") as unlucky, FakeAsterisk(server.port, caller="2") as lucky:
            await unlucky.until_gone()
            await lucky.until_gone()
        assert "VOCERO_NEXT" not in unlucky.variables, "the dialplan plays its fallback"
        assert lucky.variables["VOCERO_NEXT"] == "hang-up"
        assert (server.failed, server.ends) == (1, {End.CUT: 1, End.DONE: 1})
    assert "ZeroDivisionError" in caplog.text


async def test_a_handler_that_does_not_notice_the_end_of_its_call_is_ended() -> None:
    async def sleeps(call: AgiSession) -> None:
        await asyncio.Event().wait()

    async with serving(Leads(sleeps), limits=ServerLimits(tidy_seconds=0.05)) as server:
        async with FakeAsterisk(server.port) as fake:
            await fake.until_asked("SET", "VARIABLE", "VOCERO_TAKEN")
            await fake.hang_up()
            await fake.until_gone()
        await until(lambda: not server.busy, WAIT_SECONDS, "no task is left")
        assert (server.failed, server.ends) == (1, {End.HUNG_UP: 1})


async def test_an_asterisk_that_vanished_is_looked_for_while_nothing_is_said() -> None:
    async with serving(Leads(waits)) as server, FakeAsterisk(server.port) as fake:
        await fake.until_asked("SET", "VARIABLE", "VOCERO_TAKEN")

        def probed() -> bool:
            """State 01 is an open connection, timer 02 a keepalive (proc(5), ``/proc/net/tcp``)."""
            rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
            return any(row[1].endswith(f":{server.port:04X}") and (row[3], row[5][:2]) == ("01", "02") for row in rows)

        await until(probed, WAIT_SECONDS, "the kernel asks whether it is still there")
        await fake.hang_up()
        await fake.until_gone()


async def test_a_server_that_stops_lets_calls_come_to_their_end() -> None:
    goodbye = asyncio.Event()

    async def until_told(call: AgiSession) -> None:
        await goodbye.wait()
        await greets(call)

    server = AgiServer(Leads(until_told), LOOPBACK, 0)
    stop, ready = asyncio.Event(), asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(server.run(stop, ready.set))
        await ready.wait()
        async with FakeAsterisk(server.port) as fake:
            await fake.until_asked("SET", "VARIABLE", "VOCERO_TAKEN")
            port = server.port
            stop.set()
            await until(lambda: _refuses(port), WAIT_SECONDS, "nobody new is taken")
            assert not running.done()
            goodbye.set()
            await fake.until_gone()
    assert fake.variables["VOCERO_NEXT"] == "hang-up"


async def test_a_server_that_stops_cuts_calls_that_do_not_end_and_no_task_is_left() -> None:
    async with (
        contextlib.AsyncExitStack() as stack,
        serving(Leads(waits), limits=ServerLimits(drain_seconds=0.05)) as server,
    ):
        for _ in range(5):
            fake = await stack.enter_async_context(FakeAsterisk(server.port))
            await fake.until_asked("SET", "VARIABLE", "VOCERO_TAKEN")
    assert (server.busy, server.ends) == (0, {End.CUT: 5})
    assert not [task for task in asyncio.all_tasks() if task.get_name().startswith("agi")]


async def test_a_flood_of_keys_is_a_call_like_any_other_until_it_has_had_enough() -> None:
    async with serving(FrontDesk()) as server, FakeAsterisk(server.port, keys="9" * 10_000) as fake:
        await fake.until_gone()
        assert len(fake.commands) < 600
        assert fake.variables["VOCERO_NEXT"] == "hang-up"


async def test_a_port_that_is_taken_is_told_with_what_to_change() -> None:
    with socket.create_server((LOOPBACK, 0)) as taken, pytest.raises(Conflict, match=r"ivr\.port"):
        await AgiServer(Leads(greets), LOOPBACK, taken.getsockname()[1]).run(asyncio.Event())


async def test_a_machine_without_file_descriptors_refuses_for_a_while_and_then_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING)
    async with serving(Leads(greets)) as server:
        line = socket.socket()
        line.setblocking(False)
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (line.fileno() + 1, hard))
        try:
            assert line.connect_ex((LOOPBACK, server.port)) in (0, errno.EINPROGRESS)
            await until(lambda: "could not be taken" in caplog.text, WAIT_SECONDS, "it is told")
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
            line.close()
        async with FakeAsterisk(server.port) as fake:
            await fake.until_gone()
        assert fake.variables["VOCERO_NEXT"] == "hang-up"


def _refuses(port: int) -> bool:
    with socket.socket() as line:
        return line.connect_ex((LOOPBACK, port)) == errno.ECONNREFUSED
