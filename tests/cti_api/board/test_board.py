"""The board over a real store: what stands on it, what is told of a change, and that it is put together once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from cti_api.board.changes import changes
from cti_api.board.gather import Gatherer
from cti_api.board.shown import Board
from cti_api.board.stream import BoardStream
from cti_api.errors import StoreUnavailable
from cti_api.model.agents import Agent, AgentConnect, AgentState
from cti_api.model.ids import AgentId, CampaignId, InboundId, QueueId
from cti_api.ports import CallerView, CampaignStatus
from cti_api.queue_file import parse_queue
from cti_api.web.handed import Handed
from tests.support.campaigns import CAMPAIGN_FILE
from tests.support.dialer_port import QuietDialer
from tests.support.queue_files import QUEUE_FILE

MANTENIMIENTO = CampaignId("mantenimiento")
SOPORTE = QueueId("soporte")
ANA = AgentId("ana")


@pytest.fixture
async def floor(handed: Handed, dialer: QuietDialer) -> QuietDialer:
    """A campaign, a queue and an agent."""
    now = handed.clock.now()
    await handed.store.campaigns.create(MANTENIMIENTO, "Mantenimiento", CAMPAIGN_FILE, now)
    agent = Agent(id=ANA, name="Ana Díaz", campaigns=(MANTENIMIENTO,), connect=AgentConnect.RUNG)
    await dialer.add_agent(agent)
    await dialer.put_queue(parse_queue(QUEUE_FILE), QUEUE_FILE)
    return dialer


async def look(handed: Handed) -> Board:
    return await Gatherer(handed.store, handed.dialer, handed.clock).look()


def waiting(dialer: QuietDialer, seconds: float, agents: int = 1) -> None:
    since = dialer.clock.now() - timedelta(seconds=seconds)
    caller = CallerView(
        caller_id=InboundId("1764000009.9"), number="+573009876543", state="waiting", waited_seconds=seconds,
        position=1, agent_id=None, arrived_at=since,
    )  # fmt: skip
    dialer.lines[SOPORTE] = replace(dialer.lines[SOPORTE], callers=(caller,), agents_at_work=agents)


async def test_everything_that_stands_on_it_is_there(handed: Handed, floor: QuietDialer) -> None:
    floor.connect("ana")
    waiting(floor, 5.0)
    board = await look(handed)
    assert board.agents["ana"].state is AgentState.BUSY
    assert board.agents["ana"].call is not None
    assert board.queues["soporte"].waiting == 1
    assert board.campaigns["mantenimiento"].abandonment_limit == 0.03
    assert board.campaigns["mantenimiento"].no_end == "stands"
    assert board.trunks["principal"].state == "closed"
    assert board.alerts == {}


async def test_what_only_grows_older_is_no_change(handed: Handed, floor: QuietDialer) -> None:
    waiting(floor, 5.0)
    gatherer = Gatherer(handed.store, floor, handed.clock)
    first, second = await gatherer.look(), await gatherer.look()
    assert second.at > first.at
    assert changes(first, second) is None


async def test_a_change_tells_the_tiles_that_are_another_and_no_others(handed: Handed, floor: QuietDialer) -> None:
    gatherer = Gatherer(handed.store, floor, handed.clock)
    before = await gatherer.look()
    floor.connect("ana")
    floor.lines.clear()
    told = changes(before, await gatherer.look())
    assert told is not None
    assert set(told) == {"at", "agents", "queues"}
    assert told["agents"]["ana"]["state"] == "busy"
    assert told["queues"] == {"soporte": None}


async def test_what_somebody_has_to_see_to_comes_the_grave_first_and_keeps_its_beginning(
    handed: Handed, floor: QuietDialer
) -> None:
    floor.stands(link_up=False, link_trouble="Asterisk hung up", trunks={"principal": "open"})
    floor.connect("ana")
    floor.lose_phone("ana")
    waiting(floor, 5.0, agents=0)
    gatherer = Gatherer(handed.store, floor, handed.clock)
    first = (await gatherer.look()).alerts
    assert list(first) == ["link_down:", "trunk:principal", "nobody_serves:soporte", "phones:"]
    assert [each.grave for each in first.values()] == [True, True, True, False]
    assert first["link_down:"].detail == "Asterisk hung up"
    assert (await gatherer.look()).alerts == first


async def test_a_caller_who_waits_three_times_too_long_is_an_alert(handed: Handed, floor: QuietDialer) -> None:
    waiting(floor, 59.0)
    assert (await look(handed)).alerts == {}
    waiting(floor, 61.0)
    assert list((await look(handed)).alerts) == ["long_wait:soporte"]


async def test_with_a_store_that_is_away_the_agents_are_still_told(handed: Handed, floor: QuietDialer) -> None:
    class Counts(QuietDialer):
        async def campaign_status(self, campaign_id: CampaignId, counted_within: float = 0.0) -> CampaignStatus:
            raise StoreUnavailable("The store is locked by another program.")

    dialer = Counts(handed.store, handed.clock)
    dialer.board = floor.board
    dialer.connect("ana")
    board = await Gatherer(handed.store, dialer, handed.clock).look()
    assert board.agents["ana"].state is AgentState.BUSY
    assert board.campaigns == {}


async def messages(stream: BoardStream) -> AsyncIterator[dict[str, Any]]:
    async with aclosing(stream.read()) as frames:  # type: ignore[type-var]
        async for piece in frames:
            for line in piece.decode().split("\n"):
                if line.startswith("data: "):
                    yield json.loads(line.removeprefix("data: "))


async def test_all_who_look_are_told_the_whole_first_and_then_what_changes(handed: Handed, floor: QuietDialer) -> None:
    stream = BoardStream(Gatherer(handed.store, floor, handed.clock))
    running = asyncio.create_task(stream.run())
    async with aclosing(messages(stream)) as ana, aclosing(messages(stream)) as sara, asyncio.timeout(30):  # type: ignore[type-var]
        for each in (ana, sara):
            assert (await anext(each))["whole"]["agents"]["ana"]["state"] == "logged_off"
        assert stream.clients == 2
        floor.connect("ana")
        told = [await anext(ana), await anext(sara)]
    assert told[0] == told[1]
    assert told[0]["changed"]["agents"]["ana"]["state"] == "busy"
    assert stream.clients == 0
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_who_is_far_behind_gets_the_whole_board_again(handed: Handed, floor: QuietDialer) -> None:
    stream = BoardStream(Gatherer(handed.store, floor, handed.clock))
    async with aclosing(messages(stream)) as slow, asyncio.timeout(30):  # type: ignore[type-var]
        assert "whole" in await anext(slow)
        floor.connect("ana")
        await stream.look()
        await floor.hang_up(ANA)
        await stream.look()
        assert [set(await anext(slow)), set(await anext(slow))] == [{"changed"}, {"changed"}]
        for _ in range(15):
            floor.connect("ana")
            await stream.look()
            await floor.hang_up(ANA)
            await stream.look()
        assert (await anext(slow))["whole"]["agents"]["ana"]["state"] == "wrap_up"


async def test_a_board_is_never_told_without_the_campaigns_that_are_still_being_counted(
    handed: Handed, floor: QuietDialer
) -> None:
    gatherer = Gatherer(handed.store, floor, handed.clock)
    boards = await asyncio.gather(gatherer.look(), gatherer.look())
    assert [list(board.campaigns) for board in boards] == [[MANTENIMIENTO], [MANTENIMIENTO]]


async def test_when_the_process_ends_the_stream_ends(handed: Handed, floor: QuietDialer) -> None:
    stream = BoardStream(Gatherer(handed.store, floor, handed.clock))
    running = asyncio.create_task(stream.run())
    async with aclosing(messages(stream)) as client, asyncio.timeout(30):  # type: ignore[type-var]
        await anext(client)
        running.cancel()
        assert [each async for each in client] == []
    await asyncio.gather(running, return_exceptions=True)
