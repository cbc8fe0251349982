"""Calls in flight over the API: who may see them, hand them on and listen to them, and what the audit says of it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from cti_api.access.actors import Role, Scope
from cti_api.live_ports import TransferKind, TransferTo
from cti_api.model.agents import Agent
from cti_api.model.ids import AgentId
from cti_api.web.handed import Handed
from tests.support.console import Console, console, console_app
from tests.support.dialer_port import QuietDialer
from tests.support.ids import new_attempt_id
from tests.support.quiet_calls import QuietCalls

CALLER = "1764000000.42.2"


@pytest.fixture(scope="session")
def calls_console() -> FastAPI:
    return console_app()


@pytest.fixture
async def door(calls_console: FastAPI, handed: Handed) -> AsyncIterator[Console]:
    async with console(calls_console, handed) as opened:
        yield opened


@pytest.fixture
async def live(dialer: QuietDialer) -> QuietCalls:
    for name in ("ana", "luis", "sara"):
        await dialer.add_agent(Agent(id=AgentId(name), name=name.title(), campaigns=()))
    dialer.live.targets = [
        TransferTo(to="queue:soporte", kind=TransferKind.QUEUE, title="Soporte técnico"),
        TransferTo(
            to="agent:luis", kind=TransferKind.AGENT, title="Luis", available=False, why_not="Luis is in a call."
        ),
    ]
    return dialer.live


async def test_every_call_in_flight_is_listed_the_earliest_first(
    api: httpx.AsyncClient, live: QuietCalls, handed: Handed
) -> None:
    now = handed.clock.now()
    attempt = new_attempt_id()
    live.talk(attempt, now, lead_name="María", held_since=now)
    live.talk(CALLER, now.replace(year=2025), agent="luis", queue="soporte")
    first, second = (await api.get("/calls")).json()
    assert (first["id"], first["queue"], first["campaign_id"]) == (CALLER, "soporte", None)
    assert (second["id"], second["lead_name"], second["state"]) == (attempt, "María", "connected")
    assert second["held_since"] is not None


async def test_whom_the_agent_talks_with_is_handed_on_to_what_there_is(
    api: httpx.AsyncClient, live: QuietCalls, handed: Handed
) -> None:
    assert [each["to"] for each in (await api.get("/transfers")).json()] == ["queue:soporte", "agent:luis"]
    assert (await api.post("/agents/ana/transfer", json={"to": "queue:soporte"})).status_code == 409
    live.talk(CALLER, handed.clock.now())
    for to, status in (("queue:otra", 404), ("agent:luis", 409), ("soporte", 422), ("queue:So porte", 422)):
        assert (await api.post("/agents/ana/transfer", json={"to": to})).status_code == status
    assert (await api.post("/agents/ana/transfer", json={"to": "queue:soporte"})).json()["id"] == "ana"
    assert live.handed_on == [(CALLER, "queue:soporte")]


async def test_somebody_is_asked_before_they_have_the_person_and_either_side_is_shown(
    api: httpx.AsyncClient, live: QuietCalls, handed: Handed
) -> None:
    for ends in ("complete", "back"):
        assert (await api.post(f"/agents/ana/consult/{ends}")).status_code == 409
    for to, status in (("agent:luis", 409), ("soporte", 422)):
        assert (await api.post("/agents/ana/consult", json={"to": to})).status_code == status
    live.talk(CALLER, handed.clock.now())
    assert (await api.post("/agents/ana/consult", json={"to": "queue:soporte"})).json()["consulting"] is None
    assert (await api.post("/agents/ana/consult/back")).json()["id"] == "ana"
    assert (await api.post("/agents/ana/consult", json={"to": "queue:soporte"})).status_code == 200
    assert (await api.post("/agents/ana/consult/complete")).json()["id"] == "ana"
    assert live.handed_on == [(CALLER, "queue:soporte")]


async def test_a_supervisor_ends_and_hands_on_calls_and_it_is_on_record(door: Console, live: QuietCalls) -> None:
    sara, now = await door.person("sara", Role.SUPERVISOR), door.handed.clock.now()
    attempt = new_attempt_id()
    live.talk(attempt, now)
    live.talk(CALLER, now)
    assert (await sara.post(f"/calls/{attempt}/hangup")).status_code == 204
    assert (await sara.post(f"/calls/{attempt}/hangup")).status_code == 404
    assert (await sara.post(f"/calls/{CALLER}/transfer", json={"to": "queue:soporte"})).status_code == 204
    assert (await sara.post("/calls/nobody/hangup")).status_code == 422
    said = [link.deed.said for link in await door.store.audit.newest(100)]
    assert "to=queue:soporte" in said


async def test_a_supervisor_listens_by_the_telephone_of_their_seat_or_one_they_name(
    door: Console, live: QuietCalls
) -> None:
    sara, rosa = await door.person("sara", Role.SUPERVISOR, "sara"), await door.person("rosa", Role.ADMIN)
    live.talk(CALLER, door.handed.clock.now())
    assert (await sara.post(f"/calls/{CALLER}/listen", json={})).status_code == 204
    assert (await rosa.post(f"/calls/{CALLER}/listen", json={})).status_code == 422
    assert (await rosa.post(f"/calls/{CALLER}/barge", json={"telephone": "extension:2134"})).status_code == 204
    assert (await sara.post(f"/calls/{CALLER}/whisper", json={})).status_code == 204
    (call,) = (await sara.get("/calls")).json()
    assert {(each["by"], each["mode"], each["telephone"]) for each in call["supervised"]} == {
        ("person:sara", "whisper", "agent:sara"),
        ("person:rosa", "barge", "extension:2134"),
    }
    assert (await sara.post(f"/calls/{CALLER}/leave")).status_code == 204
    assert (await sara.post(f"/calls/{CALLER}/leave")).status_code == 409
    whats = [link.deed.what for link in await door.store.audit.newest(100)]
    assert sum("/calls/{call_id}/listen" in what for what in whats) == 1
    assert sum("/calls/{call_id}/whisper" in what for what in whats) == 1


@pytest.mark.parametrize("what", ["listen", "whisper", "barge", "hangup"])
async def test_no_agent_and_no_machine_listens_to_anybody(door: Console, live: QuietCalls, what: str) -> None:
    live.talk(CALLER, door.handed.clock.now())
    for client in (await door.person("ana", Role.AGENT, "ana"), await door.key("crm", *(set(Scope) - {Scope.AGENTS}))):
        assert (await client.post(f"/calls/{CALLER}/{what}", json={"telephone": "agent:ana"})).status_code == 403
    assert live.there[CALLER].supervised == ()


async def test_an_agent_hands_on_their_own_call_alone(door: Console, live: QuietCalls) -> None:
    live.talk(CALLER, door.handed.clock.now())
    luis, ana = await door.person("luis", Role.AGENT, "luis"), await door.person("ana", Role.AGENT, "ana")
    for asked in ("transfer", "consult", "consult/complete", "consult/back"):
        assert (await luis.post(f"/agents/ana/{asked}", json={"to": "queue:soporte"})).status_code == 403
    assert (await luis.get("/calls")).status_code == 403
    assert len((await ana.get("/transfers")).json()) == 2
    assert (await ana.post("/agents/ana/transfer", json={"to": "queue:soporte"})).status_code == 200
