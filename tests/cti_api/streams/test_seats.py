"""Consoles follow their own agent, and are missed: over a dialer that calls nobody, on a clock that is set."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from cti_api.clock import SystemClock
from cti_api.model.agents import Agent, AgentState
from cti_api.model.ids import AgentId
from cti_api.ports import AgentView
from cti_api.streams.presence import CONSOLE, GRACE_SECONDS
from cti_api.streams.seats import Seats
from cti_api.web.handed import Handed
from tests.support.dialer_port import QuietDialer

ANA = AgentId("ana")
LONG = 60.0


class SetClock(SystemClock):
    """Only the clock that does not jump is set."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
async def ana(dialer: QuietDialer) -> None:
    """Ready for calls."""
    await dialer.add_agent(Agent(id=ANA, name="Ana", campaigns=()))
    await dialer.login(ANA)


@asynccontextmanager
async def at_work(handed: Handed, *, beat_seconds: float = LONG) -> AsyncIterator[tuple[Seats, SetClock]]:
    clock = SetClock()
    seats = Seats(handed.dialer, clock, beat_seconds=beat_seconds, look_seconds=0.01)
    task = asyncio.create_task(seats.run())
    try:
        yield seats, clock
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def following(stream: AsyncGenerator[AgentView | None, None], wanted: AgentState) -> AgentView:
    """Read until the agent is so."""
    async with asyncio.timeout(30):
        async for view in stream:
            if view is not None and view.status.state is wanted:
                return view
    raise AssertionError(f"the stream ended before the agent was {wanted}")


async def until(dialer: QuietDialer, wanted: AgentState, reason: str = "") -> None:
    async with asyncio.timeout(30):
        while (status := dialer.board[ANA].status).state is not wanted or status.reason != reason:  # noqa: ASYNC110
            await asyncio.sleep(0.005)


async def test_a_console_is_told_at_once_and_after_each_change(handed: Handed, dialer: QuietDialer, ana: None) -> None:
    async with at_work(handed) as (seats, _):
        stream = seats.read(ANA, is_console=True)
        await following(stream, AgentState.READY)
        dialer.connect("ana")
        assert (await following(stream, AgentState.BUSY)).calls == 1
        await dialer.pause(ANA, "almuerzo")
        view = await following(stream, AgentState.BUSY)
        assert (view.status.pending, view.status.pending_reason) == (AgentState.NOT_READY, "almuerzo")
        await stream.aclose()


async def test_what_the_engine_tells_nobody_of_is_seen_all_the_same(
    handed: Handed, dialer: QuietDialer, ana: None
) -> None:
    async with at_work(handed) as (seats, _):
        stream = seats.read(ANA, is_console=False)
        await following(stream, AgentState.READY)
        dialer.lose_phone("ana")
        assert not (await following(stream, AgentState.READY)).phone_reachable
        await stream.aclose()


async def test_another_agents_change_is_nobody_elses(handed: Handed, dialer: QuietDialer, ana: None) -> None:
    await dialer.add_agent(Agent(id=AgentId("beto"), name="Beto", campaigns=()))
    async with at_work(handed, beat_seconds=0.05) as (seats, _):
        stream = seats.read(ANA, is_console=False)
        await following(stream, AgentState.READY)
        await dialer.login(AgentId("beto"))
        assert await anext(stream) is None
        await stream.aclose()


async def test_a_caller_who_waits_a_little_longer_is_no_change(handed: Handed, dialer: QuietDialer, ana: None) -> None:
    async with at_work(handed, beat_seconds=0.05) as (seats, _):
        stream = seats.read(ANA, is_console=False)
        await following(stream, AgentState.READY)
        dialer.board[ANA] = replace(dialer.board[ANA], waited_seconds=3.0)
        assert await anext(stream) is None
        await stream.aclose()


async def test_a_console_that_is_closed_frees_its_agent(handed: Handed, dialer: QuietDialer, ana: None) -> None:
    async with at_work(handed) as (seats, clock):
        stream = seats.read(ANA, is_console=True)
        await following(stream, AgentState.READY)
        await stream.aclose()
        clock.seconds += GRACE_SECONDS
        await until(dialer, AgentState.NOT_READY, CONSOLE)
        assert dialer.board[ANA].status.source == "system"


async def test_a_reload_within_the_time_changes_nothing(handed: Handed, dialer: QuietDialer, ana: None) -> None:
    async with at_work(handed) as (seats, clock):
        stream = seats.read(ANA, is_console=True)
        await following(stream, AgentState.READY)
        await stream.aclose()
        clock.seconds += GRACE_SECONDS - 1
        again = seats.read(ANA, is_console=True)
        await following(again, AgentState.READY)
        clock.seconds += 100
        dialer.connect("ana")  # by then it was looked whether anybody is missed
        assert (await following(again, AgentState.BUSY)).status.pending is None
        await again.aclose()


async def test_in_a_call_the_pause_waits_for_its_end_and_is_taken_back_by_a_console_that_returns(
    handed: Handed, dialer: QuietDialer, ana: None
) -> None:
    async with at_work(handed) as (seats, clock):
        stream = seats.read(ANA, is_console=True)
        dialer.connect("ana")
        await following(stream, AgentState.BUSY)
        await stream.aclose()
        clock.seconds += GRACE_SECONDS
        async with asyncio.timeout(30):
            while dialer.board[ANA].status.pending_reason != CONSOLE:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        assert dialer.board[ANA].status.state is AgentState.BUSY
        again = seats.read(ANA, is_console=True)
        await following(again, AgentState.BUSY)
        assert dialer.board[ANA].status.pending is None
        await again.aclose()


async def test_who_only_looks_on_is_not_missed(handed: Handed, dialer: QuietDialer, ana: None) -> None:
    async with at_work(handed) as (seats, clock):
        looker = seats.read(ANA, is_console=False)
        await following(looker, AgentState.READY)
        await looker.aclose()
        clock.seconds += 10 * GRACE_SECONDS
        again = seats.read(ANA, is_console=False)
        dialer.connect("ana")
        assert (await following(again, AgentState.BUSY)).status.pending is None
        await again.aclose()


async def test_a_stream_ends_with_the_process_and_holds_up_no_stop(
    handed: Handed, dialer: QuietDialer, ana: None
) -> None:
    async with at_work(handed) as (seats, _):
        stream = seats.read(ANA, is_console=True)
        await following(stream, AgentState.READY)
        dialer.connect("ana")
        await following(stream, AgentState.BUSY)
    async with asyncio.timeout(30):
        assert [view async for view in stream] == []
    assert seats.clients == 0
