"""Agents over the API: accounts, states, dispositions."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.support.campaigns import CAMPAIGN_FILE
from tests.support.dialer_port import QuietDialer

ANA = {"id": "ana", "name": "Ana Díaz", "campaigns": ["mantenimiento"]}


@pytest.fixture
async def ana(api: httpx.AsyncClient) -> dict[str, Any]:
    await api.post("/campaigns", content=CAMPAIGN_FILE)
    answer = await api.post("/agents", json=ANA)
    assert answer.status_code == 201
    made: dict[str, Any] = answer.json()
    return made


async def test_an_agent_gets_a_sip_account_and_later_another_password(
    api: httpx.AsyncClient, ana: dict[str, Any]
) -> None:
    assert (ana["sip"]["user"], len(ana["sip"]["password"])) == ("ana", 24)
    again = (await api.post("/agents/ana/password")).json()
    assert (again["user"], again["password"] != ana["sip"]["password"]) == ("ana", True)
    assert (await api.post("/agents/nadie/password")).status_code == 404


async def test_who_talks_in_the_browser_is_told_no_password(api: httpx.AsyncClient, ana: dict[str, Any]) -> None:
    assert (await api.get("/agents/ana")).json()["phone"] == "sip"
    changed = await api.patch("/agents/ana", json={"phone": "browser"})
    assert changed.json()["phone"] == "browser"
    assert (await api.post("/agents/ana/password")).status_code == 409
    eva = (await api.post("/agents", json={"id": "eva", "name": "Eva", "phone": "browser"})).json()
    assert (eva["phone"], eva["sip"]) == ("browser", None)


async def test_an_agent_can_work_for_several_campaigns_or_none(api: httpx.AsyncClient, ana: dict[str, Any]) -> None:
    await api.post("/campaigns", content=CAMPAIGN_FILE.replace("id: mantenimiento", "id: segunda"))
    both = await api.post("/agents", json={"id": "eva", "name": "Eva", "campaigns": ["segunda", "mantenimiento"]})
    none = await api.post("/agents", json={"id": "luis", "name": "Luis", "connect": "rung"})
    assert (both.json()["campaigns"], none.json()["campaigns"]) == (["segunda", "mantenimiento"], [])
    assert [agent["id"] for agent in (await api.get("/agents")).json()] == ["ana", "eva", "luis"]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({}, 409),
        ({"id": "eva", "campaigns": ["nada"]}, 404),
        ({"id": "Eva"}, 422),
        ({"id": "eva", "name": ""}, 422),
        ({"id": "eva", "name": "E\nva"}, 422),
        ({"id": "eva", "colour": "red"}, 422),
        ({"id": "eva", "connect": "telepathy"}, 422),
        ({"id": "eva", "phone": "tin can"}, 422),
    ],
)
async def test_an_account_that_cannot_be_is_refused(
    api: httpx.AsyncClient, ana: dict[str, Any], change: dict[str, Any], status: int
) -> None:
    assert (await api.post("/agents", json=ANA | change)).status_code == status
    assert len((await api.get("/agents")).json()) == 1


async def test_an_agent_is_moved_to_another_campaign_while_at_work(
    api: httpx.AsyncClient, ana: dict[str, Any], dialer: QuietDialer
) -> None:
    await api.post("/campaigns", content=CAMPAIGN_FILE.replace("id: mantenimiento", "id: segunda"))
    dialer.connect("ana")
    moved = (await api.patch("/agents/ana", json={"campaigns": ["segunda"]})).json()
    assert (moved["campaigns"], moved["name"], moved["state"]) == (["segunda"], "Ana Díaz", "busy")
    assert (await api.get("/agents/ana")).json()["campaigns"] == ["segunda"]
    named = (await api.patch("/agents/ana", json={"name": "Ana D."})).json()
    assert (named["campaigns"], named["name"]) == (["segunda"], "Ana D.")
    assert (await api.patch("/agents/ana", json={"campaigns": []})).json()["campaigns"] == []


async def test_how_calls_reach_an_agent_changes_only_while_they_are_signed_out(
    api: httpx.AsyncClient, ana: dict[str, Any]
) -> None:
    await api.post("/agents/ana/login")
    assert (await api.patch("/agents/ana", json={"connect": "rung"})).status_code == 409
    await api.post("/agents/ana/logout")
    assert (await api.patch("/agents/ana", json={"connect": "rung"})).json()["connect"] == "rung"


@pytest.mark.parametrize(
    ("path", "change", "status"),
    [
        ("nadie", {"name": "Eva"}, 404),
        ("ana", {"campaigns": ["nada"]}, 404),
        ("ana", {"name": ""}, 422),
        ("ana", {"id": "eva"}, 422),
    ],
)
async def test_a_change_that_cannot_be_changes_nothing(
    api: httpx.AsyncClient, ana: dict[str, Any], path: str, change: dict[str, Any], status: int
) -> None:
    before = (await api.get("/agents/ana")).json()
    assert (await api.patch(f"/agents/{path}", json=change)).status_code == status
    assert (await api.get("/agents/ana")).json() == before


async def test_a_shift_from_login_to_logout(api: httpx.AsyncClient, ana: dict[str, Any]) -> None:
    for asked, body, state in (
        ("login", None, "ready"),
        ("pause", {"reason": "almuerzo"}, "not_ready"),
        ("ready", None, "ready"),
        ("logout", None, "logged_off"),
    ):
        answer = await api.post(f"/agents/ana/{asked}", json=body)
        assert (answer.status_code, answer.json()["state"]) == (200, state)


async def test_a_pause_asked_for_in_a_call_is_shown_as_pending(
    api: httpx.AsyncClient, ana: dict[str, Any], dialer: QuietDialer
) -> None:
    dialer.connect("ana")
    answer = (await api.post("/agents/ana/pause", json={"reason": "almuerzo"})).json()
    assert (answer["state"], answer["pending"], answer["call"]["attempt_id"] is None) == ("busy", "not_ready", False)
    assert (await api.post("/agents/ana/hangup")).json()["state"] == "wrap_up"


async def test_a_login_says_why_it_cannot_be(api: httpx.AsyncClient, ana: dict[str, Any], dialer: QuietDialer) -> None:
    dialer.lose_phone("ana")
    refused = await api.post("/agents/ana/login")
    assert (refused.status_code, "not registered" in refused.json()["detail"]) == (409, True)
    dialer.stands(link_up=False)
    away = await api.post("/agents/ana/login")
    assert (away.status_code, away.headers["retry-after"]) == (503, "5")


async def test_a_disposition_is_kept_and_names_every_missing_field(
    api: httpx.AsyncClient, ana: dict[str, Any], dialer: QuietDialer
) -> None:
    dialer.connect("ana")
    missing = await api.post("/agents/ana/disposition", json={"code": "cita"})
    assert (missing.status_code, missing.json()["faults"][0]["path"]) == (422, "fields.fecha")
    kept = await api.post("/agents/ana/disposition", json={"code": "cita", "fields": {"fecha": "2026-11-30"}})
    assert (kept.status_code, kept.json()["disposition"]) == (200, "cita")
    earlier = {"code": "sin_cita", "attempt_id": "0" * 32}
    assert (await api.post("/agents/ana/disposition", json=earlier)).status_code == 200
    assert [(code, attempt) for _, code, _, attempt in dialer.kept] == [("cita", None), ("sin_cita", "0" * 32)]


async def test_a_disposition_of_a_caller_names_who_called_and_no_attempt(
    api: httpx.AsyncClient, ana: dict[str, Any], dialer: QuietDialer
) -> None:
    said = {"code": "resuelto", "caller_id": "1764000000.7"}
    assert (await api.post("/agents/ana/disposition", json=said)).json()["caller_id"] == "1764000000.7"
    both = await api.post("/agents/ana/disposition", json=said | {"attempt_id": "0" * 32})
    assert (both.status_code, both.json()["faults"][0]["path"]) == (422, "caller_id")
    assert [each[3] for each in dialer.kept] == ["1764000000.7"]


async def test_a_preview_is_shown_then_accepted_or_skipped(
    api: httpx.AsyncClient, ana: dict[str, Any], dialer: QuietDialer
) -> None:
    dialer.show("ana", "María", "+573001234567")
    shown = (await api.get("/agents/ana")).json()["call"]
    assert (shown["attempt_id"], shown["lead_name"], shown["number"]) == (None, "María", "+573001234567")
    assert (await api.post("/agents/ana/preview/skip")).json()["call"] is None
    assert (await api.post("/agents/ana/preview/accept")).status_code == 409
    dialer.show("ana", "María", "+573001234567")
    assert (await api.post("/agents/ana/preview/accept")).json()["state"] == "busy"


async def test_a_number_is_dialed_by_hand(api: httpx.AsyncClient, ana: dict[str, Any]) -> None:
    asked = {"campaign_id": "mantenimiento", "number": "+573001234567"}
    assert (await api.post("/agents/ana/dial", json=asked)).status_code == 409
    await api.post("/agents/ana/login")
    dialed = await api.post("/agents/ana/dial", json=asked)
    assert (dialed.status_code, len(dialed.json()["attempt_id"])) == (201, 32)
    local = await api.post("/agents/ana/dial", json=asked | {"number": "3001234567"})
    assert "write the number with its country" in local.json()["faults"][0]["message"]


async def test_an_unknown_agent_is_not_found(api: httpx.AsyncClient) -> None:
    for verb, path in (("GET", "/agents/nadie"), ("POST", "/agents/nadie/login"), ("POST", "/agents/nadie/ready")):
        assert (await api.request(verb, path)).status_code == 404
