"""Campaigns over the API: made from a file, started and stopped."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from tests.support.campaigns import CAMPAIGN_FILE, recording
from tests.support.dialer_port import QuietDialer, pacing_decision


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
    assert (fault["path"], fault["line"]) == ("trunks[1]", 5)
    assert fault["message"] == "no trunk 'otra' in the settings; they have: principal"


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


async def test_a_completed_campaign_goes_on_with_a_new_list(api: httpx.AsyncClient) -> None:
    await api.post("/campaigns", content=CAMPAIGN_FILE)
    for asked in ("start", "drain"):
        await api.post(f"/campaigns/mantenimiento/{asked}")
    await api.post("/campaigns/mantenimiento/leads", content="nombre,telefono\nAna,3001234567\n")
    assert (await api.post("/campaigns/mantenimiento/start")).json()["state"] == "running"


async def test_a_cancelled_campaign_is_over_for_good_and_a_running_one_is_paused_first(api: httpx.AsyncClient) -> None:
    await api.post("/campaigns", content=CAMPAIGN_FILE)
    await api.post("/campaigns/mantenimiento/leads", content="nombre,telefono\nAna,3001234567\n")
    await api.post("/campaigns/mantenimiento/start")
    assert (await api.post("/campaigns/mantenimiento/cancel")).status_code == 409
    await api.post("/campaigns/mantenimiento/pause")
    assert (await api.post("/campaigns/mantenimiento/cancel")).json()["state"] == "cancelled"
    for asked in ("start", "cancel"):
        assert (await api.post(f"/campaigns/mantenimiento/{asked}")).status_code == 409
    assert (await api.put("/campaigns/mantenimiento/file", content=CAMPAIGN_FILE)).status_code == 409


async def test_the_file_is_replaced_while_the_campaign_is_not_running(api: httpx.AsyncClient) -> None:
    await api.post("/campaigns", content=CAMPAIGN_FILE)
    newer = CAMPAIGN_FILE.replace("de noviembre", "de diciembre")
    await api.post("/campaigns/mantenimiento/start")
    running = await api.put("/campaigns/mantenimiento/file", content=newer)
    assert (running.status_code, "its file cannot be replaced now" in running.json()["detail"]) == (409, True)
    await api.post("/campaigns/mantenimiento/pause")
    kept = (await api.put("/campaigns/mantenimiento/file", content=newer)).json()
    assert (kept["spec_version"], kept["title"], kept["state"]) == (2, "Mantenimiento de diciembre", "paused")
    assert (await api.get("/campaigns/mantenimiento/file")).json() == {"text": newer}


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("id: mantenimiento", "id: otra", "id"),
        ("[principal]", "[nadie]", "trunks[0]"),
        ("mode: progr", "mode: x", "mode"),
    ],
)
async def test_a_file_that_cannot_serve_replaces_nothing(api: httpx.AsyncClient, old: str, new: str, path: str) -> None:
    await api.post("/campaigns", content=CAMPAIGN_FILE)
    refused = await api.put("/campaigns/mantenimiento/file", content=CAMPAIGN_FILE.replace(old, new))
    assert (refused.status_code, refused.json()["faults"][0]["path"]) == (422, path)
    assert (await api.get("/campaigns/mantenimiento/file")).json() == {"text": CAMPAIGN_FILE}
    assert (
        await api.put("/campaigns/nada/file", content=CAMPAIGN_FILE.replace("id: mantenimiento", "id: nada"))
    ).status_code == 404


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


async def test_its_decisions_of_the_last_minutes_say_why(api: httpx.AsyncClient, dialer: QuietDialer) -> None:
    await api.post("/campaigns", content=CAMPAIGN_FILE)
    now = dialer.clock.now()
    dialer.decisions = [
        pacing_decision(now - timedelta(minutes=ago), reason) for ago, reason in ((50, "risk"), (1, "lines"))
    ]
    path = "/campaigns/mantenimiento/decisions"
    assert [one["reason"] for one in (await api.get(path)).json()] == ["risk", "lines"]
    (latest,) = (await api.get(path, params={"minutes": 5})).json()
    assert (latest["place"], latest["times"], latest["budget_left"]) == (2, 7, 0.5)
    for wrong in ("0", "-1", "61", "nan", "x"):
        assert (await api.get(path, params={"minutes": wrong})).status_code == 422


@pytest.mark.parametrize(
    "method",
    [
        "GET /campaigns/nada/decisions",
        "GET /campaigns/nada",
        "POST /campaigns/nada/start",
        "GET /campaigns/nada/report",
    ],
)
async def test_an_unknown_campaign_is_not_found(api: httpx.AsyncClient, method: str) -> None:
    verb, path = method.split()
    answer = await api.request(verb, path)
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:vocero:problem:not-found")


async def test_a_name_that_cannot_be_one_is_refused(api: httpx.AsyncClient) -> None:
    assert (await api.get("/campaigns/Nada!")).status_code == 422


async def test_counts_may_be_a_little_old_for_whoever_watches(api: httpx.AsyncClient, dialer: QuietDialer) -> None:
    await api.post("/campaigns", content=CAMPAIGN_FILE)
    path = "/campaigns/mantenimiento"
    assert ((await api.get(path)).status_code, dialer.counted_within) == (200, 0.0)
    assert ((await api.get(path, params={"counted_within": 4.6})).status_code, dialer.counted_within) == (200, 4.6)
    for wrong in ("-1", "61", "nan", "x"):
        assert (await api.get(path, params={"counted_within": wrong})).status_code == 422
