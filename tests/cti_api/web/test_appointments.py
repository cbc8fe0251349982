"""Calendars and appointments over the API."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from icalendar import Calendar as ICalendar

from cti_api.model.ids import CampaignId
from cti_api.model.leads import LeadState, NewLead
from cti_api.web.calendars import PAGE
from cti_api.web.handed import Handed
from tests.support.campaigns import BOOKING_CAMPAIGN, CAMPAIGN_FILE
from tests.support.store import number

CAMPAIGN = CampaignId("mantenimiento")


@pytest.fixture
def first(handed: Handed) -> datetime:
    """The first hour of the calendar, in two days."""
    return (handed.clock.now() + timedelta(days=2)).replace(minute=0, second=0, microsecond=0)


@pytest.fixture
async def workshop(api: httpx.AsyncClient, first: datetime) -> None:
    """Three hours with a place each, and a campaign that books them."""
    made = await api.put("/calendars/taller-norte", json={"title": "Taller Norte", "timezone": "America/Bogota"})
    assert made.json() == {"name": "taller-norte", "title": "Taller Norte", "timezone": "America/Bogota"}
    slots = [slot(first + n * timedelta(hours=1)) for n in range(3)]
    assert (await api.post("/calendars/taller-norte/slots", json={"slots": slots})).json() == {"new": 3}
    assert (await api.post("/campaigns", content=BOOKING_CAMPAIGN)).status_code == 201


def slot(starts_at: datetime, capacity: int = 1) -> dict[str, Any]:
    ends_at = starts_at + timedelta(hours=1)
    return {"starts_at": starts_at.isoformat(), "ends_at": ends_at.isoformat(), "capacity": capacity}


async def lead(handed: Handed, n: int = 0) -> int:
    row = NewLead(name=f"Cliente {n}", phones=(number(n),), external_key=f"ABC{n:03d}")
    await handed.store.leads.add(CAMPAIGN, [row], handed.clock.now())
    found = await handed.store.leads.with_number(CAMPAIGN, number(n))
    assert found is not None
    return found.id


async def booked(api: httpx.AsyncClient, lead_id: int, at: datetime) -> dict[str, Any]:
    answer = await api.post("/appointments", json={"lead_id": lead_id, "at": at.isoformat()})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_campaign_that_books_into_no_calendar_of_ours_is_refused_with_its_line(api: httpx.AsyncClient) -> None:
    answer = await api.post("/campaigns", content=BOOKING_CAMPAIGN)
    (fault,) = answer.json()["faults"]
    assert (fault["path"], fault["line"]) == (
        "appointments.calendar",
        BOOKING_CAMPAIGN.split("\n").index("appointments:") + 2,
    )
    assert "vocero appointments import" in fault["message"]


@pytest.mark.parametrize(("zone", "status"), [("America/Lima", 201), ("America/La_Paz", 422)])
async def test_a_calendar_on_another_clock_than_the_campaigns_is_refused(
    api: httpx.AsyncClient, zone: str, status: int
) -> None:
    await api.put("/calendars/taller-norte", json={"title": "Taller Norte", "timezone": zone})
    answer = await api.post("/campaigns", content=BOOKING_CAMPAIGN)
    assert answer.status_code == status
    if status == 422:
        (fault,) = answer.json()["faults"]
        assert fault["path"] == "appointments.calendar"
        assert fault["message"] == "its clock is that of America/La_Paz, the campaign's that of America/Bogota"


@pytest.mark.usefixtures("workshop")
async def test_another_system_books_and_the_lead_is_called_no_more(
    api: httpx.AsyncClient, handed: Handed, first: datetime
) -> None:
    lead_id = await lead(handed)
    found = await booked(api, lead_id, first)
    assert (found["state"], found["source"], found["key"]) == ("booked", "api", "ABC000")
    assert [each["free"] for each in (await api.get("/calendars/taller-norte/slots")).json()] == [0, 1, 1]
    assert len((await api.get("/calendars/taller-norte/slots", params={"free": True})).json()) == 2
    assert (await handed.store.leads.get(found["lead_id"])).state is LeadState.COMPLETED
    full = await api.post("/appointments", json={"lead_id": await lead(handed, 1), "at": first.isoformat()})
    assert (full.status_code, "Free near it" in full.json()["detail"]) == (409, True)


@pytest.mark.usefixtures("workshop")
async def test_an_appointment_is_moved_missed_kept_and_cancelled(
    api: httpx.AsyncClient, handed: Handed, first: datetime
) -> None:
    found = await booked(api, await lead(handed), first)
    local = (first + timedelta(hours=1)).astimezone(ZoneInfo("America/Bogota")).replace(tzinfo=None).isoformat()
    moved = (await api.post(f"/appointments/{found['id']}/move", json={"at": local})).json()
    assert (moved["state"], moved["sequence"]) == ("moved", 1)
    assert datetime.fromisoformat(moved["starts_at"]) == first + timedelta(hours=1)
    for what, state in (("miss", "not_kept"), ("keep", "kept")):
        assert (await api.post(f"/appointments/{found['id']}/{what}")).json()["state"] == state
    assert (await api.post(f"/appointments/{found['id']}/cancel")).status_code == 409
    assert (await api.post("/appointments/99/keep")).status_code == 404
    assert (await api.post(f"/appointments/{found['id']}/move", json={"at": "mañana"})).status_code == 422
    (listed,) = (await api.get("/appointments", params={"campaign": CAMPAIGN, "state": "kept"})).json()
    assert listed["id"] == found["id"]
    assert (await api.get("/appointments", params={"state": "booked"})).json() == []


@pytest.mark.usefixtures("workshop")
async def test_results_are_answered_row_by_row(api: httpx.AsyncClient, handed: Handed, first: datetime) -> None:
    await booked(api, await lead(handed), first)
    rows = [
        {"line": 2, "state": "kept", "key": "abc-000"},
        {"line": 3, "state": "not_kept", "number": "+573009999999"},
    ]
    answers = (await api.post("/appointments/results", json={"rows": rows})).json()
    assert [(each["line"], each["matched"]) for each in answers] == [(2, "done"), (3, "unknown")]
    wrong = await api.post("/appointments/results", json={"rows": [{"state": "moved"}, {"state": "booked"}]})
    assert [each["path"] for each in wrong.json()["faults"]] == ["rows.0.to", "rows.1.state"]


@pytest.mark.usefixtures("workshop")
async def test_a_workshop_subscribes_to_what_is_booked(api: httpx.AsyncClient, handed: Handed, first: datetime) -> None:
    found = await booked(api, await lead(handed), first)
    await api.post(f"/appointments/{found['id']}/cancel")
    answer = await api.get("/calendars/taller-norte.ics")
    assert answer.headers["content-type"].startswith("text/calendar")
    (event,) = ICalendar.from_ical(answer.text).walk("VEVENT")
    assert (str(event["UID"]), str(event["STATUS"]), int(event["SEQUENCE"])) == (
        f"appointment-{found['id']}@vocero", "CANCELLED", 1,
    )  # fmt: skip
    assert "Cliente" not in (await api.get("/calendars/taller-norte.ics", params={"personal": False})).text
    assert (await api.get("/calendars/otro.ics")).status_code == 404


@pytest.mark.usefixtures("workshop")
async def test_a_full_calendar_goes_out_whole_page_by_page(
    api: httpx.AsyncClient, handed: Handed, first: datetime
) -> None:
    many = PAGE + 5
    await api.post("/calendars/taller-norte/slots", json={"slots": [slot(first, capacity=many)]})
    numbers = [await booked(api, await lead(handed, n), first) for n in range(many)]
    found = ICalendar.from_ical((await api.get("/calendars/taller-norte.ics")).text).walk("VEVENT")
    assert [str(event["UID"]) for event in found] == [f"appointment-{each['id']}@vocero" for each in numbers]


@pytest.mark.usefixtures("workshop")
async def test_busy_times_take_what_is_left(api: httpx.AsyncClient, first: datetime) -> None:
    busy = [{"starts_at": first.isoformat(), "ends_at": (first + timedelta(minutes=90)).isoformat()}]
    assert (await api.post("/calendars/taller-norte/busy", json={"times": busy})).json() == {"closed": 2}
    (only,) = (await api.get("/calendars/taller-norte/slots", params={"free": True})).json()
    assert datetime.fromisoformat(only["starts_at"]) == first + timedelta(hours=2)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (
            "/calendars/taller-norte/slots",
            {"slots": [{"starts_at": "2026-01-01T00:00", "ends_at": "2026-01-01T01:00"}]},
        ),
        (
            "/calendars/taller-norte/slots",
            {"slots": [{"starts_at": "2026-01-01T02:00Z", "ends_at": "2026-01-01T01:00Z"}]},
        ),
        ("/calendars/taller-norte/slots", {"slots": [{}] * 1001}),
        ("/appointments", {"lead_id": "x", "at": "2026-01-01"}),
    ],
)
async def test_what_makes_no_sense_is_refused(api: httpx.AsyncClient, path: str, body: Any) -> None:
    assert (await api.post(path, json=body)).status_code == 422


async def test_a_calendar_s_zone_must_exist(api: httpx.AsyncClient) -> None:
    assert (await api.put("/calendars/uno", json={"timezone": "Macondo"})).status_code == 422
    assert (await api.get("/calendars")).json() == []


async def test_a_campaign_that_books_nothing_says_so(api: httpx.AsyncClient, handed: Handed) -> None:
    await api.post("/campaigns", content=CAMPAIGN_FILE)
    answer = await api.post("/appointments", json={"lead_id": await lead(handed), "at": "2031-01-01T08:00"})
    assert (answer.status_code, "books no appointments" in answer.json()["detail"]) == (409, True)
