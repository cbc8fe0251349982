"""What other systems tell: each fact counts once, whatever else is in the request."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from cti_api.figures import Figures, Question
from cti_api.kpi.measures import Split
from cti_api.model.appointments import AppointmentState, Booking
from cti_api.model.ids import CampaignId
from cti_api.model.leads import NewLead
from cti_api.web.handed import Handed
from tests.support.campaigns import CAMPAIGN_FILE
from tests.support.store import number

BOGOTA = ZoneInfo("America/Bogota")
OPENED = {"kind": "case.opened", "id": "77", "at": "2024-11-02T08:00:00-05:00", "service": "falla"}
RESOLVED = {"kind": "case.resolved", "id": "77", "at": "2024-11-02T20:00:00-05:00", "owner": "redes"}
RENEWED = {"kind": "contract.decided", "id": "C-9/2024", "at": "2024-11-03T08:00:00-05:00", "renewed": True}


async def tell(api: httpx.AsyncClient, *facts: dict[str, Any], system: str = "mesa") -> list[tuple[str, str]]:
    answer = await api.post("/facts", json={"system": system, "facts": facts})
    assert answer.status_code == 200, answer.text
    assert [each["place"] for each in answer.json()["facts"]] == list(range(len(facts)))
    return [(each["taken"], each["reason"]) for each in answer.json()["facts"]]


async def figures(handed: Handed, *names: str, by: Split | None = None) -> dict[str, dict[str, float | None]]:
    """By indicator and group, of that November."""
    while await handed.store.outbox.number():
        pass
    while await handed.store.kpi.ingest(BOGOTA) is not None:
        pass
    asked = Question(first=date(2024, 11, 1), last=date(2024, 11, 30), by=by)
    answers = await Figures(handed.store.kpi, BOGOTA, {}, handed.clock).ask(names, asked)
    return {name: {each.group: each.value for each in answer.figures} for name, answer in answers.items()}


async def test_a_case_and_a_contract_are_counted_once_however_often_they_are_told(
    api: httpx.AsyncClient, handed: Handed
) -> None:
    told = (OPENED, RESOLVED, RENEWED)
    assert [taken for taken, _ in await tell(api, *told)] == ["new"] * 3
    assert [taken for taken, _ in await tell(api, *told)] == ["same"] * 3
    assert [taken for taken, _ in await tell(api, OPENED, system="otra-mesa")] == ["new"]
    found = await figures(handed, "efficacy", "resolution_time", "timeliness", "retention")
    assert found == {
        "efficacy": {"": 0.5}, "resolution_time": {"": 12 * 3600.0}, "timeliness": {"": 0.5}, "retention": {"": 1.0},
    }  # fmt: skip


async def test_what_is_told_otherwise_replaces_what_was_told(api: httpx.AsyncClient, handed: Handed) -> None:
    await tell(api, OPENED, RESOLVED)
    later = {**RESOLVED, "at": "2024-11-04T08:00:00-05:00"}
    assert await tell(api, later, {**OPENED, "service": "traslado"}) == [("replaced", ""), ("replaced", "")]
    found = await figures(handed, "cases", "timeliness", "resolution_time", by=Split.SERVICE)
    assert found == {
        "cases": {"traslado": 1.0}, "timeliness": {"traslado": 0.0}, "resolution_time": {"traslado": 48 * 3600.0},
    }  # fmt: skip


async def test_a_case_that_nobody_told_of_is_resolved_if_it_says_when_it_was_opened(api: httpx.AsyncClient) -> None:
    ((taken, why),) = await tell(api, RESOLVED)
    assert (taken, "tell that first" in why) == ("unknown", True)
    assert await tell(api, {**RESOLVED, "opened_at": OPENED["at"]}) == [("new", "")]
    # in one request the opening may stand after it
    assert await tell(api, {**OPENED, "id": "78"}, {**RESOLVED, "id": "78"}) == [("new", ""), ("new", "")]


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"kind": "case.closed"}, "kind: "),
        ({"id": ""}, "id: "),
        ({"id": "a\x00b"}, "id: "),
        ({"id": 7}, "id: "),
        ({"id": "x" * 121}, "id: "),
        ({"at": None}, "at: is missing"),
        ({"at": 1764000000}, "at: write a day and an hour with its zone"),
        ({"at": "2024-11-02T08:00:00"}, "at: "),
        ({"at": "1999-12-31T08:00:00Z"}, "at: is not between"),
        ({"at": "2999-12-31T08:00:00Z"}, "at: is not between"),
        ({"service": "x" * 81}, "service: "),
        ({"campaign": "No Es"}, "campaign: "),
        ({"nombre": "María"}, "nombre: there is no such entry"),
        ({"kind": "contract.decided"}, "renewed: is missing"),
        ({"kind": "contract.decided", "renewed": "sí"}, "renewed: "),
        ({"kind": "case.resolved", "opened_at": "2024-11-02T09:00:00-05:00"}, "opened_at: is after"),
        ({"kind": "appointment.kept"}, "appointment: say its number"),
        ({"kind": "appointment.kept", "key": "ABC123", "day": "9999-12-31"}, "day: write a day between"),
    ],
)
async def test_a_fact_that_cannot_be_read_is_named_and_the_others_are_taken(
    api: httpx.AsyncClient, changed: dict[str, Any], why: str
) -> None:
    before, (taken, reason), after = await tell(api, OPENED, {**OPENED, "id": "78", **changed}, RENEWED)
    assert (taken, before[0], after[0]) == ("refused", "new", "new")
    assert reason.startswith(why)


@pytest.mark.parametrize("changed", [{"id": "\ud800x"}, {"\ud800": 1}, {"service": "\udfff"}])
async def test_half_a_character_is_refused_and_the_others_are_answered(
    api: httpx.AsyncClient, changed: dict[str, Any]
) -> None:
    body = json.dumps({"system": "mesa", "facts": [OPENED, {**OPENED, "id": "78", **changed}]})
    answer = await api.post("/facts", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 200, answer.text
    assert [each["taken"] for each in answer.json()["facts"]] == ["new", "refused"]
    assert answer.json()["facts"][1]["id"] == ("?x" if "id" in changed else "78")


async def test_a_campaign_that_there_is_not_is_said(api: httpx.AsyncClient) -> None:
    assert await tell(api, {**OPENED, "campaign": "norte"}) == [("unknown", "there is no campaign norte")]


@pytest.mark.parametrize(
    "body",
    [
        {"system": "vocero", "facts": []},
        {"system": "La Mesa", "facts": []},
        {"system": "mesa", "facts": [OPENED] * 501},
        {"system": "mesa", "facts": ["x"]},
        {"facts": []},
    ],
)
async def test_a_request_that_is_none_is_refused_whole(api: httpx.AsyncClient, body: dict[str, Any]) -> None:
    assert (await api.post("/facts", json=body)).status_code == 422


# ------------------------------------------------------------------ appointments


@pytest.fixture
async def booked(api: httpx.AsyncClient, handed: Handed) -> tuple[int, datetime]:
    """The number and hour of an appointment of the car of plate ABC-123."""
    assert (await api.post("/campaigns", content=CAMPAIGN_FILE)).status_code == 201
    campaign, now = CampaignId("mantenimiento"), handed.clock.now()
    row = NewLead(name="Ana", phones=(number(1),), external_key="ABC123")
    await handed.store.leads.add(campaign, [row], now)
    lead = await handed.store.leads.with_number(campaign, number(1))
    assert lead is not None
    made = await handed.store.appointments.book(lead.id, Booking(starts_at=now + timedelta(days=2)), now)
    return made.id, made.starts_at


async def test_an_appointment_is_found_by_its_number_the_plate_or_a_telephone(
    api: httpx.AsyncClient, handed: Handed, booked: tuple[int, datetime]
) -> None:
    appointment, starts_at = booked
    day = str(starts_at.astimezone(BOGOTA).date())
    kept = {"kind": "appointment.kept", "id": "OT-1"}
    assert await tell(api, {**kept, "appointment": appointment}) == [("new", "")]
    by_plate = {**kept, "key": "abc-123", "day": day}
    by_number = {**kept, "number": number(1).e164, "day": day}
    assert await tell(api, by_plate, by_number) == [("same", ""), ("same", "")]
    missed = {"kind": "appointment.missed", "id": "OT-1", "key": "ABC 123"}
    assert await tell(api, missed) == [("replaced", "")]
    assert (await handed.store.appointments.get(appointment)).state is AppointmentState.NOT_KEPT
    await handed.store.appointments.enter(appointment, AppointmentState.KEPT, handed.clock.now(), "command")
    # what was corrected here stays, though it is told again
    assert await tell(api, missed) == [("same", "")]
    assert (await handed.store.appointments.get(appointment)).state is AppointmentState.KEPT


async def test_of_an_appointment_the_latest_word_holds(
    api: httpx.AsyncClient, handed: Handed, booked: tuple[int, datetime]
) -> None:
    became = (("kept", "new"), ("missed", "replaced"), ("kept", "replaced"), ("kept", "same"))
    for state, taken in became:
        fact = {"kind": f"appointment.{state}", "id": "OT-1", "appointment": booked[0]}
        assert await tell(api, fact) == [(taken, "")]
        assert (await handed.store.appointments.get(booked[0])).state == {"missed": "not_kept"}.get(state, state)


async def test_an_appointment_that_is_not_on_record_or_over_is_said(
    api: httpx.AsyncClient, handed: Handed, booked: tuple[int, datetime]
) -> None:
    appointment, _ = booked
    kept = {"kind": "appointment.kept", "id": "OT-1"}
    other_day = {**kept, "key": "ABC123", "day": "2024-01-01"}
    nobody, no_number, no_day = await tell(
        api, {**kept, "key": "ZZZ999"}, {**kept, "appointment": appointment + 1}, other_day
    )
    assert {nobody[0], no_number[0], no_day[0]} == {"unknown"}
    await handed.store.appointments.enter(appointment, AppointmentState.CANCELLED, handed.clock.now(), "command")
    ((taken, why),) = await tell(api, {**kept, "appointment": appointment})
    assert taken == "refused" and "cancelled" in why
    # nothing of it is remembered: it is taken once it can be
    assert not await handed.store._database.read(lambda tx: tx.exec_driver_sql("SELECT * FROM outside_facts").all())
