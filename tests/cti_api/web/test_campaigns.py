"""Campaigns over the API: made from a file, started and stopped."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from tests.support.campaigns import CAMPAIGN_FILE, recording
from tests.support.dialer_port import QuietDialer


async def test_a_campaign_is_made_from_its_file_and_listed(api: httpx.AsyncClient) -> None:
    made = await api.post("/campaigns", content=CAMPAIGN_FILE)
    assert (made.status_code, made.json()["id"], made.json()["state"]) == (201, "mantenimiento", "draft")
    assert [line["title"] for line in (await api.get("/campaigns")).json()] == ["Mantenimiento de noviembre"]
    assert (await api.get("/campaigns/mantenimiento/file")).json() == {"text": CAMPAIGN_FILE}


async def test_a_file_with_faults_is_refused_whole_with_the_line_of_each(api: httpx.AsyncClient) -> None:
    answer = await api.post("/campaigns", content=CAMPAIGN_FILE.replace("mode: progressive", "mode: fast\ncolour: red"))
    problem = answer.json()
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["type"] == "urn:vocero:problem:input"
    assert {(fault["path"], fault["line"]) for fault in problem["faults"]} >= {("mode", 4), ("colour", 5)}
    assert (await api.get("/campaigns")).json() == []


async def test_a_trunk_that_the_settings_do_not_have_is_a_fault_of_the_file(api: httpx.AsyncClient) -> None:
    answer = await api.post("/campaigns", content=CAMPAIGN_FILE.replace("[principal]", "[principal, otra]"))
    assert answer.status_code == 422
    (fault,) = answer.json()["faults"]
    assert (fault["path"], fault["message"]) == ("trunks[1]", "no trunk 'otra' in the settings; they have: principal")


async def test_the_same_campaign_twice_is_a_conflict(api: httpx.AsyncClient) -> None:
    await api.post("/campaigns", content=CAMPAIGN_FILE)
    again = await api.post("/campaigns", content=CAMPAIGN_FILE)
    assert (again.status_code, again.json()["type"]) == (409, "urn:vocero:problem:conflict")


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"- 1", b"a: &x [*x]", b"a: [" * 5000, b"id: \x00", b"? ? ? ?"])
async def test_what_is_no_campaign_file_is_refused(api: httpx.AsyncClient, body: bytes) -> None:
    assert (await api.post("/campaigns", content=body)).status_code == 422


async def test_a_campaign_is_started_paused_and_drained(api: httpx.AsyncClient) -> None:
    await api.post("/campaigns", content=CAMPAIGN_FILE)
    for asked, state in (("start", "running"), ("pause", "paused"), ("start", "running"), ("drain", "completed")):
        answer = await api.post(f"/campaigns/mantenimiento/{asked}")
        assert (answer.status_code, answer.json()["state"]) == (200, state)
    over = await api.post("/campaigns/mantenimiento/start")
    assert over.status_code == 409
    assert "cannot be started again" in over.json()["detail"]


async def test_its_status_has_what_a_board_shows(api: httpx.AsyncClient, dialer: QuietDialer) -> None:
    await api.post("/campaigns", content=CAMPAIGN_FILE)
    dialer.calls_in_flight, dialer.alarm = 3, "no_trunks"
    status = (await api.get("/campaigns/mantenimiento")).json()
    assert (status["calls_in_flight"], status["alarm"], status["leads"]) == (3, "no_trunks", 0)
    assert status["last_decision"] == "1 agent free, 1 call placed"


async def test_a_campaign_gets_a_message_of_its_own(api: httpx.AsyncClient, tmp_path: Path) -> None:
    await api.post("/campaigns", content=CAMPAIGN_FILE)
    kept = await api.put("/campaigns/mantenimiento/messages/abandoned", content=recording(2.0))
    assert kept.json() == {"message": "abandoned", "seconds": 2.0}
    assert (tmp_path / "sounds/mantenimiento/abandoned.wav").exists()
    assert (await api.put("/campaigns/mantenimiento/messages/machine", content=b"mp3")).status_code == 422
    assert (await api.put("/campaigns/mantenimiento/messages/greeting", content=recording())).status_code == 422
    assert (await api.put("/campaigns/nada/messages/machine", content=recording())).status_code == 404


@pytest.mark.parametrize("method", ["GET /campaigns/nada", "POST /campaigns/nada/start", "GET /campaigns/nada/report"])
async def test_an_unknown_campaign_is_not_found(api: httpx.AsyncClient, method: str) -> None:
    verb, path = method.split()
    answer = await api.request(verb, path)
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:vocero:problem:not-found")


async def test_a_name_that_cannot_be_one_is_refused(api: httpx.AsyncClient) -> None:
    assert (await api.get("/campaigns/Nada!")).status_code == 422
