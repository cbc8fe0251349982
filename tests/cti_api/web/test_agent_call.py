"""The call at hand on an agent's screen, and the pauses they may choose."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI

from cti_api.campaign_file.parse import parse_campaign
from cti_api.model.agents import AgentState
from cti_api.model.calls import CallResult
from cti_api.model.ids import AgentId, CampaignId, InboundId, QueueId
from cti_api.ports import QueueView
from cti_api.queue_file import parse_queue
from cti_api.web.handed import Handed
from tests.support.campaigns import BOOKING_CAMPAIGN
from tests.support.dialer_port import QuietDialer, a_lead
from tests.support.queue_files import QUEUE_FILE
from tests.support.store import attempt_for, closed, move, new_leads

ANA = AgentId("ana")
CAMPAIGN = CampaignId("mantenimiento")
FILE = (
    BOOKING_CAMPAIGN.replace("min_gap: 5 min", "min_gap: 1 s")
    .replace(
        "    sin_cita: {action: close}\n",
        "    sin_cita: {action: close}\n    luego: {action: callback, personal: true}\n",
    )
    .replace(
        "columns:\n",
        "  - code: luego\n    label: Llamar después\n    fields:\n"
        "      - {name: cuando, label: Cuándo, kind: datetime}\n"
        "brief: Le toca el mantenimiento.\nscript: Buenos días {nombre}.\ncolumns:\n",
    )
)


@pytest.fixture
async def ana(api: httpx.AsyncClient, dialer: QuietDialer) -> None:
    """Made, and in no call."""
    await api.put("/calendars/taller-norte", json={"title": "Taller Norte", "timezone": "America/Bogota"})
    assert (await api.post("/campaigns", content=FILE)).status_code == 201
    await api.post("/agents", json={"id": "ana", "name": "Ana", "campaigns": ["mantenimiento"]})


async def test_whoever_has_no_call_has_nothing_on_screen(api: httpx.AsyncClient, ana: None) -> None:
    assert (await api.get("/agents/ana/call")).status_code == 404
    assert (await api.get("/agents/nadie/call")).status_code == 404


async def test_the_call_comes_with_why_we_call_what_was_before_and_what_may_be_said(
    api: httpx.AsyncClient, ana: None, handed: Handed, dialer: QuietDialer
) -> None:
    store, now = handed.store, handed.clock.now()
    await store.leads.add(CAMPAIGN, new_leads(1), now)
    (lead,) = await store.leads.reserve(CAMPAIGN, 1, now, now + timedelta(minutes=5))
    before = replace(attempt_for(lead, now - timedelta(hours=1)), agent_id=ANA)
    await store.attempts.open(before)
    said = {"cuando": "2026-11-30T15:00", "nada": ""}
    done = replace(closed(before, CallResult.CONNECTED, now), disposition="luego", disposition_fields=said)
    await store.attempts.close(done, move())
    dialer.connect("ana")
    view = dialer.board[ANA]
    shown = replace(lead, promised=True, not_before=now, callback_agent=ANA, attempts_made=1)
    dialer.board[ANA] = replace(
        view, lead=shown, spec=parse_campaign(FILE), wrap_up_until=now, screen_pop="https://x.example/"
    )
    found = (await api.get("/agents/ana/call")).json()
    assert found["campaign"] == {
        "id": "mantenimiento", "title": "Mantenimiento de noviembre", "purpose": "commercial",
        "brief": "Le toca el mantenimiento.",
    }  # fmt: skip
    (earlier,) = found["earlier"]
    assert (earlier["result"], earlier["label"], earlier["agent_id"]) == ("connected", "Llamar después", "ana")
    assert earlier["notes"] == [{"label": "Cuándo", "value": "2026-11-30T15:00"}]
    assert found["call_back"]["agent_id"] == "ana"
    assert (found["attempts_made"], found["wrap_up_until"] is None, found["queue"]) == (1, False, None)
    assert (found["call"]["lead_id"], found["call"]["screen_pop"]) == (lead.id, "https://x.example/")
    cita, sin_cita, luego = found["dispositions"]
    assert (cita["books"], cita["calls_back"]) == ({"field": "fecha", "calendar": "taller-norte"}, None)
    assert sin_cita["fields"][0] == {
        "name": "motivo", "label": "Motivo", "kind": "choice", "required": True, "choices": ["precio", "ya lo hizo"],
    }  # fmt: skip
    assert (luego["books"], luego["calls_back"]) == (None, {"field": "cuando", "personal": True})


async def test_of_a_stranger_who_called_there_is_the_queue_and_its_words(
    api: httpx.AsyncClient, ana: None, dialer: QuietDialer
) -> None:
    spec = parse_queue(f"{QUEUE_FILE}dispositions: [resuelto, pendiente]\n")
    dialer.lines[spec.id] = QueueView(spec=spec, agents_at_work=1, agents_ready=0, callers=())
    dialer.connect("ana")
    view = dialer.board[ANA]
    caller = InboundId("1764000000.1")
    dialer.board[ANA] = replace(
        view, attempt_id=None, caller_id=caller, queue_id=QueueId(spec.id), number="+573001234567"
    )
    found = (await api.get("/agents/ana/call")).json()
    assert (found["campaign"], found["queue"], found["earlier"]) == (None, {"id": spec.id, "title": spec.title}, [])
    assert [each["code"] for each in found["dispositions"]] == list(spec.dispositions)


async def test_how_long_a_preview_is_still_shown_is_told(
    api: httpx.AsyncClient, ana: None, dialer: QuietDialer
) -> None:
    dialer.show("ana", "María", "+573001234567")
    until = dialer.clock.now() + timedelta(seconds=30)
    dialer.board[ANA] = replace(dialer.board[ANA], preview_until=until, lead=a_lead("María", "+573001234567"))
    for path in ("/agents/ana", "/agents/ana/call"):
        assert (await api.get(path)).json()["preview_until"] == until.isoformat().replace("+00:00", "Z")


async def test_a_pause_is_for_one_of_the_reasons_of_the_settings(
    api: httpx.AsyncClient, ana: None, handed: Handed, dialer: QuietDialer, shared_app: FastAPI
) -> None:
    assert (await api.get("/pause-reasons")).json() == []
    shared_app.state.handed = replace(handed, pause_reasons=("baño", "almuerzo"))
    assert (await api.get("/pause-reasons")).json() == ["baño", "almuerzo"]
    await api.post("/agents/ana/login")
    refused = await api.post("/agents/ana/pause", json={"reason": "technical"})
    assert (refused.status_code, refused.json()["faults"][0]["message"]) == (422, "one of: baño, almuerzo")
    assert dialer.board[ANA].status.state is AgentState.READY
    dialer.connect("ana")
    asked = (await api.post("/agents/ana/pause", json={"reason": "baño"})).json()
    assert (asked["state"], asked["pending"], asked["pending_reason"]) == ("busy", "not_ready", "baño")
