"""Evidence and erasure over the API: what is asked wrongly, and the recordings."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from pathlib import Path

import httpx
import pytest

from cti_api.evidence.page import page
from cti_api.messages.machine import Step
from cti_api.model.appointments import Booking
from cti_api.model.calls import CallResult
from cti_api.model.follow_ups import Via
from cti_api.model.ids import CampaignId
from cti_api.model.leads import NewLead
from cti_api.model.messages import Reply
from cti_api.store.follow_ups import NewTask
from cti_api.web.handed import Handed
from tests.support.campaigns import CAMPAIGN_FILE, recording
from tests.support.messages import allowed, message_for, planned
from tests.support.store import T0, at, attempt_for, closed, move, number

CAMPAIGN = CampaignId("mantenimiento")


@pytest.fixture
async def recorded(api: httpx.AsyncClient, handed: Handed) -> str:
    """A call of María's with a recording; its id."""
    await api.post("/campaigns", content=CAMPAIGN_FILE)
    await handed.store.leads.add(CAMPAIGN, [NewLead(name="María", phones=(number(1),), external_key="K-1")], T0)
    [lead] = await handed.store.leads.reserve(CAMPAIGN, 1, T0, at(60))
    attempt = attempt_for(lead)
    attempt = replace(attempt, recording=f"{attempt.id}.wav")
    await handed.store.attempts.open(attempt)
    await handed.store.attempts.close(closed(attempt, CallResult.BUSY, at(5)), move())
    put(handed.recordings / attempt.recording, recording())
    return attempt.id


def put(file: Path, content: bytes) -> None:
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(content)


async def test_a_recording_is_served_as_it_is_and_measured(api: httpx.AsyncClient, recorded: str) -> None:
    [told] = (await api.post("/evidence", json={"who": "K-1"})).json()["recordings"]
    served = await api.get(f"/attempts/{recorded}/recording")
    assert served.content == recording()
    assert (told["attempt_id"], told["bytes"]) == (recorded, len(recording()))
    assert (await api.get(f"/attempts/{'0' * 32}/recording")).status_code == 404


async def test_an_erased_call_has_no_recording(api: httpx.AsyncClient, recorded: str, handed: Handed) -> None:
    done = await api.post("/privacy/erasures", json={"who": "K-1", "by": "mesa", "reason": "solicitud 118"})
    assert (done.json()["recordings"], done.json()["finished"]) == (1, True)
    assert (await api.get(f"/attempts/{recorded}/recording")).status_code == 404


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"who": "1", "region": "ZZ"}, "region: write two capitals"),
        ({"who": ""}, "who"),
        ({"who": "x" * 300}, "who"),
        ({"who": "a\x00b"}, "control character"),
        ({"who": "1", "name": "x"}, "there is no such entry"),
    ],
)
async def test_what_is_asked_wrongly_is_refused(api: httpx.AsyncClient, wrong: dict[str, str], said: str) -> None:
    refused = await api.post("/evidence", json=wrong)
    assert refused.status_code == 422
    assert said in str([f"{fault['path']}: {fault['message']}" for fault in refused.json()["faults"]])


@pytest.mark.parametrize("missing", ["by", "reason"])
async def test_an_erasure_has_somebody_who_answers_for_it_and_a_reason(
    api: httpx.AsyncClient, recorded: str, missing: str
) -> None:
    asked = {"who": "K-1", "by": "mesa", "reason": "solicitud 118"}
    for without in ({**asked, missing: ""}, {name: each for name, each in asked.items() if name != missing}):
        assert (await api.post("/privacy/erasures", json=without)).status_code == 422
    assert (await api.get("/privacy/erasures")).json() == []


async def test_what_was_written_answered_and_agreed_is_told_in_spanish(
    api: httpx.AsyncClient, recorded: str, handed: Handed
) -> None:
    store = handed.store
    lead = await store.leads.with_number(CAMPAIGN, number(1))
    assert lead is not None
    message = message_for(lead)
    await store.follow_ups.plan([planned(lead, message), planned(lead, NewTask("Llamar", "ana"), action="t")], T0)
    await store.messages.begin(message.id, at(1), allowed)
    await store.messages.step(message.id, Step.TAKEN, at(2), provider_id="wamid.1")
    await store.messages.report(message.id, "wamid.1", Step.READ, at(3))
    await store.replies.take(
        Reply(via=Via.WHATSAPP, provider_id="wamid.r", sender=number(1), text="Allá estaré", at=at(4)), "wamid.1"
    )
    await store.appointments.book(lead.id, Booking(starts_at=at(9000)), at(5))
    written = page((await api.post("/evidence", json={"who": "K-1"})).json(), UTC)
    for cells in (
        ("WhatsApp", number(1).e164, "comercial", "hola · María", "leído"),
        ("WhatsApp", number(1).e164, "Allá estaré", "no"),
        ("Llamar", "ana"),
        ("acordada", "2026-03-02 14:00:05"),
    ):
        assert "".join(f"<td>{cell}</td>" for cell in cells) in written, cells
    for title in ("Mensajes", "Respuestas", "Tareas", "Citas", "Seguimientos"):
        assert f"<h2>{title} (" in written


async def test_a_list_of_people_who_said_no_brings_nobody_back_who_was_erased(
    api: httpx.AsyncClient, recorded: str, handed: Handed
) -> None:
    await api.post("/privacy/erasures", json={"who": "K-1", "by": "mesa", "reason": "solicitud 118"})
    told = {"numbers": [number(1).e164, number(7).e164], "source": "bajas.csv", "person": True}
    assert (await api.post("/suppressions/numbers", json=told)).json() == {"new": 1}
    assert (await api.post("/suppressions", json={"number": number(1).e164, "source": "María"})).status_code == 204
    found = (await api.post("/evidence", json={"who": number(1).e164})).json()
    assert [held["table"] for held in found["held"] if held["rows"]] == []
    assert found["person"]["erased_at"] is not None
    assert not await handed.store.suppression.contains(number(1))
