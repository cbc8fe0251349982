"""What comes out: reports, exports, events, why a lead is not called, do-not-call."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from cti_api.campaign_file.parse import parse_campaign
from cti_api.model.appointments import AppointmentState, Booking
from cti_api.model.calls import CallResult
from cti_api.model.ids import CampaignId, LeadId
from cti_api.model.leads import LeadState, NewLead
from cti_api.model.phone import PhoneNumber
from cti_api.store.attempt_rows import AttemptRecord
from cti_api.web.export import csv_lines
from cti_api.web.handed import Handed
from tests.support.campaigns import CAMPAIGN_FILE
from tests.support.store import at, attempt_for, closed, event, move, number

CAMPAIGN = CampaignId("mantenimiento")


@pytest.fixture
async def campaign(api: httpx.AsyncClient) -> None:
    await api.post("/campaigns", content=CAMPAIGN_FILE)


async def worked(
    handed: Handed, result: CallResult, n: int = 1, name: str = "María", code: str = "", **answers: str
) -> int:
    """One lead with one closed attempt; gives the lead's id."""
    fields = {"placa": f"ABC{n:03d}"}
    await handed.store.leads.add(CAMPAIGN, [NewLead(name=name, phones=(number(n),), fields=fields)], at(0))
    (lead,) = await handed.store.leads.reserve(CAMPAIGN, 1, at(0), at(120))
    attempt = attempt_for(lead, at(n))
    await handed.store.attempts.open(attempt)
    record = closed(attempt, result, at(n + 60), disposition=code, disposition_fields=answers)
    state = LeadState.COMPLETED if code else LeadState.WAITING
    await handed.store.attempts.close(record, move(state, "retry:busy", not_before=None if code else at(600)), event())
    return lead.id


def rows(text: str, separator: str = ",") -> list[dict[str, str]]:
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), delimiter=separator))


@pytest.mark.usefixtures("campaign")
async def test_a_report_adds_up_the_attempts(api: httpx.AsyncClient, handed: Handed) -> None:
    await worked(handed, CallResult.CONNECTED, 1, code="cita", fecha="2026-11-30")
    await worked(handed, CallResult.CONNECTED, 2, code="sin_cita", motivo="precio")
    await worked(handed, CallResult.BUSY, 3)
    report = (await api.get("/campaigns/mantenimiento/report")).json()
    assert (report["calls_made"], report["effective"], report["successes"]) == (3, 2, 1)
    assert report["effectiveness"] == pytest.approx(2 / 3)
    assert report["reasons"][0]["counts"] == {"precio": 1}


@pytest.mark.usefixtures("campaign")
async def test_an_export_has_every_attempt_with_its_lead_in_order(api: httpx.AsyncClient, handed: Handed) -> None:
    for n in range(1, 4):
        await worked(handed, CallResult.CONNECTED, n, name=f"Cliente {n}", code="cita", fecha="2026-11-30")
    as_json = (await api.get("/campaigns/mantenimiento/attempts")).json()
    as_csv = rows((await api.get("/campaigns/mantenimiento/attempts", params={"format": "csv"})).text)
    for found in (as_json, as_csv):
        assert [row["name"] for row in found] == ["Cliente 1", "Cliente 2", "Cliente 3"]
        assert [row["result"] for row in found] == ["connected"] * 3
    assert as_json[0]["number"] == "+573000000001"
    assert as_json[0]["contact_fields"] == {"placa": "ABC001"}
    assert as_json[0]["created_at"] == "2026-03-02T14:00:01.000+00:00"
    assert (as_csv[2]["contact.placa"], as_csv[2]["disposition.fecha"]) == ("ABC003", "2026-11-30")
    assert (as_csv[0]["created_at"], as_csv[0]["timezone"]) == ("2026-03-02 09:00:01", "America/Bogota")


@pytest.mark.usefixtures("campaign")
@pytest.mark.parametrize("name", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "＝1"])
async def test_text_that_begins_like_a_formula_stays_text(api: httpx.AsyncClient, handed: Handed, name: str) -> None:
    await worked(handed, CallResult.BUSY, name=name)
    text = (await api.get("/campaigns/mantenimiento/attempts", params={"format": "csv"})).text
    (row,) = rows(text)
    assert row["name"] == f"'{name}"
    assert row["number"] == "'+573000000001"


@pytest.mark.usefixtures("campaign")
async def test_a_name_with_quotes_lines_and_separators_stays_one_cell(api: httpx.AsyncClient, handed: Handed) -> None:
    name = 'Ana "la jefa", S.A.;\nBogotá'
    await worked(handed, CallResult.BUSY, name=name)
    for separator, sign in (("comma", ","), ("semicolon", ";")):
        asked = {"format": "csv", "separator": separator}
        (row,) = rows((await api.get("/campaigns/mantenimiento/attempts", params=asked)).text, sign)
        assert row["name"] == name


@pytest.mark.usefixtures("campaign")
async def test_what_only_later_rows_have_is_not_dropped(handed: Handed) -> None:
    await worked(handed, CallResult.BUSY, 1)
    await worked(handed, CallResult.BUSY, 2)
    first, second = await handed.store.attempts.records(CAMPAIGN)

    async def pages() -> AsyncIterator[list[AttemptRecord]]:
        yield [first]
        yield [replace(second, contact_fields={"placa": "ABC002", "ciudad": "Cali"})]

    text = "".join([part async for part in csv_lines(parse_campaign(CAMPAIGN_FILE), pages(), ",")])
    assert [row["more"] for row in rows(text)] == ["", '{"contact.ciudad": "Cali"}']


@pytest.mark.usefixtures("campaign")
async def test_an_empty_campaign_exports_a_header_and_an_empty_array(api: httpx.AsyncClient) -> None:
    assert (await api.get("/campaigns/mantenimiento/attempts")).json() == []
    assert rows((await api.get("/campaigns/mantenimiento/attempts", params={"format": "csv"})).text) == []


@pytest.mark.usefixtures("campaign")
async def test_events_come_in_order_after_the_reader_s_place(api: httpx.AsyncClient, handed: Handed) -> None:
    await worked(handed, CallResult.BUSY)
    await handed.store.outbox.number()
    everything = (await api.get("/events")).json()
    assert [happened["seq"] for happened in everything] == list(range(1, len(everything) + 1))
    assert everything[0]["kind"] == "campaign.imported"
    assert [e["seq"] for e in (await api.get("/events", params={"since": 1, "most": 1})).json()] == [2]
    assert (await api.get("/events", params={"since": len(everything)})).json() == []
    assert (await api.get("/events", params={"since": -1})).status_code == 422
    assert (await api.get("/events", params={"since": 2**63})).status_code == 422


@pytest.mark.usefixtures("campaign")
async def test_why_a_lead_waits_is_told_with_its_attempts(api: httpx.AsyncClient, handed: Handed) -> None:
    lead_id = await worked(handed, CallResult.BUSY)
    for words in (str(lead_id), "+573000000001", "0000001", "marí"):
        (story,) = (await api.post("/leads/why", json={"words": words})).json()
        assert story["lead_id"] == lead_id
    assert story["why"] == (
        "Tried once; again not before 2026-03-02 09:10:00 (retry:busy). The campaign was never started."
    )
    (tried,) = story["attempts"]
    assert (tried["result"], tried["allowed_by"], tried["then_state"]) == ("busy", "all", "waiting")


@pytest.mark.usefixtures("campaign")
async def test_the_rule_that_stands_in_the_way_is_named(api: httpx.AsyncClient, handed: Handed) -> None:
    two = (PhoneNumber("+573009999999"), PhoneNumber("+573008888888"))
    await handed.store.leads.add(CAMPAIGN, [NewLead(name="Eva", phones=two)], at(0))
    for each in two:
        await api.post("/suppressions", json={"number": each.e164, "source": "carta"})
    (story,) = (await api.post("/leads/why", json={"words": "Eva"})).json()
    assert (story["state"], "do-not-call" in story["why"]) == ("suppressed", True)


async def test_nobody_of_that_name_is_not_found(api: httpx.AsyncClient) -> None:
    assert (await api.post("/leads/why", json={"words": "nadie"})).status_code == 404


async def test_a_suppressed_number_is_kept_once(api: httpx.AsyncClient, handed: Handed) -> None:
    for _ in range(2):
        answer = await api.post("/suppressions", json={"number": "+573001234567", "source": "carta"})
        assert (answer.status_code, answer.content) == (204, b"")
    assert await handed.store.suppression.count() == 1
    assert await handed.store.suppression.contains(PhoneNumber("+573001234567"))


@pytest.mark.parametrize("wrong", [{}, {"number": "300"}, {"number": 573001234567}, {"number": "+57300 1234567"}, []])
async def test_a_number_that_is_none_is_refused(api: httpx.AsyncClient, wrong: Any) -> None:
    assert (await api.post("/suppressions", json=wrong)).status_code == 422


@pytest.mark.usefixtures("campaign")
async def test_the_control_form_ends_with_the_campaign_s_own_report(api: httpx.AsyncClient, handed: Handed) -> None:
    for n, code in enumerate(("cita", "sin_cita", "", "cita")):
        result = CallResult.CONNECTED if code else CallResult.BUSY
        lead_id = await worked(handed, result, n, name=f"=Cliente {n}", code=code)
        if code == "cita":
            booked = await handed.store.appointments.book(LeadId(lead_id), Booking(starts_at=at(90_000)), at(5))
            await handed.store.appointments.enter(booked.id, AppointmentState.KEPT, at(6), "command")
    answer = await api.get("/campaigns/mantenimiento/control-form")
    first, *rows, last = [json.loads(line) for line in answer.text.splitlines()]
    headings = [column["heading"] for column in first["columns"]]
    assert [row[headings.index("Cliente")] for row in rows] == [f"=Cliente {n}" for n in range(4)]
    assert rows[0][headings.index("Intento 1")] == "2026-03-02 09:00:00"
    assert [row[headings.index("Cita cumplida")] for row in rows] == ["Sí", "", "", "Sí"]
    assert last["report"] == (await api.get("/campaigns/mantenimiento/report")).json()
    assert (last["report"]["appointments"]["kept_rate"], last["report"]["effective"]) == (1.0, 3)
    assert (await api.get("/campaigns/otra/control-form")).status_code == 404
