"""What a console asks for: the stream of its own seat, the agent's campaigns and their last calls."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from cti_api.access.actors import Role
from cti_api.model.agents import Agent
from cti_api.model.calls import CallResult
from cti_api.model.ids import AgentId, CampaignId
from cti_api.web.handed import Handed
from tests.support.campaigns import BOOKING_CAMPAIGN
from tests.support.console import console, console_app
from tests.support.desk import Desk, desk
from tests.support.dialer_port import QuietDialer, a_lead
from tests.support.store import attempt_for, closed, move, new_leads

ANA = AgentId("ana")
CAMPAIGN = CampaignId("mantenimiento")


@pytest.fixture
async def at_desk(handed: Handed, dialer: QuietDialer) -> AsyncIterator[Desk]:
    await dialer.add_agent(Agent(id=ANA, name="Ana", campaigns=()))
    async with desk(handed, beat_seconds=0.05) as opened:
        yield opened


async def test_the_stream_of_ones_own_seat_goes_over_the_wire(at_desk: Desk, dialer: QuietDialer) -> None:
    cookie = await at_desk.cookie("ana", Role.AGENT, "ana")
    async with httpx.AsyncClient(base_url=at_desk.origin, cookies={"vocero": cookie["value"]}) as client:
        url = "/api/v1/agents/ana/stream?console=true"
        async with asyncio.timeout(20), client.stream("GET", url) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            assert answer.headers["cache-control"] == "no-store"
            lines = answer.aiter_lines()
            states, beats = [], 0
            async for line in lines:
                if line == "event: beat":
                    beats += 1
                    if beats == 1:
                        await dialer.login(ANA)
                if line.startswith("data: {"):
                    told = json.loads(line.removeprefix("data: "))
                    assert told["now"] > told["agent"]["since"]
                    states.append(told["agent"]["state"])
                    if len(states) == 2:
                        break
    assert states == ["logged_off", "ready"]


async def test_who_is_not_to_see_numbers_does_not_see_them_on_the_stream(handed: Handed, dialer: QuietDialer) -> None:
    await dialer.add_agent(Agent(id=ANA, name="Ana", campaigns=()))
    dialer.connect("ana", lead=a_lead("Carmen", "+573001234567"), number="+573001234567", script="Llame al 3001234567.")
    async with desk(handed, masked=frozenset({Role.AGENT})) as opened:
        cookie = await opened.cookie("ana", Role.AGENT, "ana")
        client = httpx.AsyncClient(base_url=opened.origin, cookies={"vocero": cookie["value"]})
        url = "/api/v1/agents/ana/stream"
        async with asyncio.timeout(20), client, client.stream("GET", url) as answer:
            async for line in answer.aiter_lines():
                if line.startswith("data: {"):
                    call = json.loads(line.removeprefix("data: "))["agent"]["call"]
                    break
    assert (call["number"], call["script"]) == ("+•••••••••567", "Llame al •••••••567.")


@pytest.mark.parametrize(
    ("name", "role", "seat", "sits"),
    [("ana", Role.AGENT, "ana", True), ("sara", Role.SUPERVISOR, "ana", True), ("saul", Role.SUPERVISOR, None, False)],
)
async def test_only_whose_seat_it_is_can_be_missed_at_it(
    at_desk: Desk, name: str, role: Role, seat: str | None, sits: bool
) -> None:
    cookie = await at_desk.cookie(name, role, seat)
    client = httpx.AsyncClient(base_url=at_desk.origin, cookies={"vocero": cookie["value"]})
    url = "/api/v1/agents/ana/stream?console=true"
    async with asyncio.timeout(20), client, client.stream("GET", url) as answer:
        async for line in answer.aiter_lines():
            if line == "event: agent":
                break
        assert at_desk.presence.is_open(ANA) is sits


async def test_nobody_follows_another_agents_seat(handed: Handed, dialer: QuietDialer) -> None:
    for name in ("ana", "beto"):
        await dialer.add_agent(Agent(id=AgentId(name), name=name, campaigns=()))
    async with console(console_app(), handed) as door:
        beto = await door.person("beto", Role.AGENT, "beto")
        for path in ("stream", "calls", "campaigns"):
            assert (await beto.get(f"/agents/ana/{path}")).status_code == 403
        assert (await beto.get("/agents/beto/stream")).status_code == 409  # nobody looks after streams here


async def test_an_agent_knows_their_campaigns_and_what_may_be_said_of_them(
    api: httpx.AsyncClient, dialer: QuietDialer
) -> None:
    await api.put("/calendars/taller-norte", json={"title": "Taller Norte", "timezone": "America/Bogota"})
    assert (await api.post("/campaigns", content=BOOKING_CAMPAIGN)).status_code == 201
    await api.post("/agents", json={"id": "ana", "name": "Ana", "campaigns": ["mantenimiento"]})
    (found,) = (await api.get("/agents/ana/campaigns")).json()
    assert (found["id"], found["timezone"], found["state"]) == ("mantenimiento", "America/Bogota", "draft")
    assert found["hours"][0]["weekday"] == 0
    assert {each["code"] for each in found["dispositions"] if each["books"]} == {"cita"}
    assert (await api.get("/agents/nadie/campaigns")).status_code == 404


async def test_an_agents_last_talks_are_theirs_alone_the_latest_first(
    api: httpx.AsyncClient, handed: Handed, dialer: QuietDialer
) -> None:
    await api.put("/calendars/taller-norte", json={"title": "Taller Norte", "timezone": "America/Bogota"})
    await api.post("/campaigns", content=BOOKING_CAMPAIGN)
    store, now = handed.store, handed.clock.now()
    await store.leads.add(CAMPAIGN, new_leads(4), now)
    leads = await store.leads.reserve(CAMPAIGN, 4, now, now + timedelta(minutes=5))
    for agent in ("ana", "beto"):
        await api.post("/agents", json={"id": agent, "name": agent, "campaigns": ["mantenimiento"]})
    for lead, agent, minutes in zip(leads, ("ana", "ana", "beto", "ana"), (30, 10, 5, 60 * 20), strict=True):
        began = now - timedelta(minutes=minutes)
        attempt = replace(attempt_for(lead, began), agent_id=AgentId(agent), connected_at=began)
        await store.attempts.open(attempt)
        await store.attempts.close(closed(attempt, CallResult.CONNECTED, now, disposition="sin_cita"), move())
    found = (await api.get("/agents/ana/calls")).json()
    assert [each["name"] for each in found] == ["Cliente 1", "Cliente 0"]
    assert found[0]["disposition"] == "sin_cita"
    assert len((await api.get("/agents/ana/calls?most=1")).json()) == 1
