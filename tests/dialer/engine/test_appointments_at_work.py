"""Agents book into a calendar; reminders are told by the engine's own loop."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cti_api.errors import Conflict, InputError
from cti_api.model.agents import AgentState
from cti_api.model.appointments import AppointmentState, Booking, Calendar, Slot
from cti_api.model.events import Event
from cti_api.model.ids import AgentId, CampaignId
from cti_api.model.leads import LeadMove, LeadState, NewLead
from cti_api.sip_accounts import SipAccounts
from dialer.engine.port import EnginePort
from tests.dialer.engine.conftest import TRUNK
from tests.support.house import House
from tests.support.shift import campaign_file, retry
from tests.support.store import new_leads, number

ANA = AgentId("ana")
WORKSHOP = CampaignId("taller")
CITA = {
    "code": "cita",
    "label": "Cita agendada",
    "contact": True,
    "effective": True,
    "success": True,
    "fields": [{"name": "fecha", "label": "Fecha", "kind": "datetime"}],
}
DECLINED = {"code": "no_acepta", "label": "No acepta", "contact": True}
DONE = {"action": "complete"}


def booking_campaign(**appointments: Any) -> dict[str, Any]:
    """Entries of a campaign whose `cita` books."""
    policy = retry(cita=DONE, no_acepta=DONE)
    policy["rules"].pop("hablado")
    return {
        "dispositions": [CITA, DECLINED],
        "retry": policy,
        "appointments": {"on": "cita", "at": "fecha", **appointments},
        "wrap_up": "60 s",
    }


@pytest.fixture
def first(house: House) -> datetime:
    """The first hour of the calendar, tomorrow."""
    tomorrow = house.engine.floor.clock.now() + timedelta(days=1)
    return tomorrow.replace(minute=0, second=0, microsecond=0)


@pytest.fixture
async def port(house: House, tmp_path: Path, first: datetime) -> EnginePort:
    accounts = SipAccounts(tmp_path / "sip.sqlite3")
    accounts.prepare()
    store, now = house.engine.floor.store, house.engine.floor.clock.now()
    await store.calendars.put(Calendar(name="norte", title="Taller Norte", timezone="America/Bogota"), now)
    hour = timedelta(hours=1)
    await store.calendars.put_slots(
        "norte", [Slot(starts_at=first + n * hour, ends_at=first + (n + 1) * hour, capacity=1) for n in range(2)]
    )
    return EnginePort(house.engine, accounts, now)


async def talk(house: House, **appointments: Any) -> str:
    """Ana talks in a campaign that books; the attempt's id."""
    await house.sign_in("ana")
    await house.campaign(WORKSHOP, new_leads(3, 10), **booking_campaign(**appointments))
    return await house.talk("ana")


async def told(house: House, kind: str) -> list[Event]:
    store = house.engine.floor.store
    await store.outbox.number()
    return [each for each in await store.outbox.since(0, 500) if each.kind == kind]


async def take(house: House, hour: datetime) -> None:
    """Somebody else has this hour."""
    store, now = house.engine.floor.store, house.engine.floor.clock.now()
    lead = await store.leads.with_number(CampaignId("turno"), number(0))
    assert lead is not None
    await store.appointments.book(lead.id, Booking(starts_at=hour, calendar="norte", source="link"), now)


async def test_an_agent_books_in_the_talk_and_the_lead_is_complete_with_it(
    house: House, port: EnginePort, first: datetime
) -> None:
    attempt = await talk(house, calendar="norte")
    await port.dispose(ANA, "cita", {"fecha": first.isoformat()})
    found = await house.stored(attempt)
    assert found.disposition == "cita"
    (appointment,) = await house.engine.floor.store.appointments.of_lead(found.lead_id)
    assert (appointment.state, appointment.starts_at) == (AppointmentState.BOOKED, first)
    await house.asterisk.ends(attempt)
    await house.until_closed(attempt)
    assert (await house.engine.floor.store.leads.get(found.lead_id)).state is LeadState.COMPLETED
    assert len(await told(house, "disposition.set")) == 1
    assert len(await told(house, "appointment.booked")) == 1


async def test_a_full_hour_is_refused_with_the_nearest_and_the_agent_chooses_again(
    house: House, port: EnginePort, first: datetime
) -> None:
    attempt = await talk(house, calendar="norte")
    await house.asterisk.ends(attempt)
    await house.is_in("ana", AgentState.WRAP_UP)
    await take(house, first)
    with pytest.raises(Conflict, match=r"is full in norte\. Free near it: "):
        await port.dispose(ANA, "cita", {"fecha": first.isoformat()})
    assert (await house.stored(attempt)).disposition == ""
    assert house.state("ana") is AgentState.WRAP_UP
    with pytest.raises(InputError, match="fecha"):
        await port.dispose(ANA, "cita", {})
    answer = await port.dispose(ANA, "cita", {"fecha": (first + timedelta(hours=1)).isoformat()})
    assert answer["closed"]
    assert (await house.until_closed(attempt)).disposition == "cita"


async def test_a_corrected_disposition_takes_the_appointment_back(
    house: House, port: EnginePort, first: datetime
) -> None:
    attempt = await talk(house, calendar="norte")
    await house.asterisk.ends(attempt)
    await house.is_in("ana", AgentState.WRAP_UP)
    await port.dispose(ANA, "cita", {"fecha": first.isoformat()})
    closed = await house.until_closed(attempt)
    await port.dispose(ANA, "no_acepta", {}, closed.id)
    (appointment,) = await house.engine.floor.store.appointments.of_lead(closed.lead_id)
    assert appointment.state is AppointmentState.CANCELLED


async def test_a_corrected_note_leaves_the_hour_that_the_person_has_moved_to(
    house: House, port: EnginePort, first: datetime
) -> None:
    noted = CITA | {"fields": [*CITA["fields"], {"name": "nota", "label": "Nota", "kind": "text", "required": False}]}
    await house.sign_in("ana")
    await house.campaign(
        WORKSHOP, new_leads(1, 10), **booking_campaign(calendar="norte") | {"dispositions": [noted, DECLINED]}
    )
    attempt = await house.talk("ana")
    await house.asterisk.ends(attempt)
    await house.is_in("ana", AgentState.WRAP_UP)
    await port.dispose(ANA, "cita", {"fecha": first.isoformat()})
    closed = await house.until_closed(attempt)
    store, now = house.engine.floor.store, house.engine.floor.clock.now()
    later = first + timedelta(hours=1)
    await store.appointments.book(closed.lead_id, Booking(starts_at=later, calendar="norte", source="link"), now)
    await port.dispose(ANA, "cita", {"fecha": first.isoformat(), "nota": "trae la llave"}, closed.id)
    (appointment,) = await store.appointments.of_lead(closed.lead_id)
    assert appointment.starts_at == later
    assert (await store.attempts.get(closed.id)).disposition_fields["nota"] == "trae la llave"


async def test_a_correction_uses_up_no_attempt_once_more(house: House, port: EnginePort) -> None:
    await house.sign_in("ana")
    entries = booking_campaign()
    entries["dispositions"] = [*entries["dispositions"], {"code": "buzon", "label": "Buzón"}]
    entries["retry"] |= {"max_attempts": 2}
    entries["retry"]["rules"] |= {"buzon": {"action": "retry"}, "no_acepta": {"action": "retry"}}
    await house.campaign(WORKSHOP, new_leads(1, 10), **entries)
    attempt = await house.talk("ana")
    await house.asterisk.ends(attempt)
    await house.is_in("ana", AgentState.WRAP_UP)
    await port.dispose(ANA, "no_acepta", {})
    closed = await house.until_closed(attempt)
    await port.dispose(ANA, "buzon", {}, closed.id)
    lead = await house.engine.floor.store.leads.get(closed.lead_id)
    assert (lead.state, lead.waiting_reason, lead.attempts_made) == (LeadState.WAITING, "retry:buzon", 1)


async def test_from_a_corrected_note_nothing_follows_anew(house: House, port: EnginePort) -> None:
    await house.sign_in("ana")
    noted = DECLINED | {"fields": [{"name": "nota", "label": "Nota", "kind": "text", "required": False}]}
    entries = booking_campaign() | {"dispositions": [CITA, noted]}
    entries["retry"] |= {"max_attempts": 3}
    entries["retry"]["rules"] |= {"no_acepta": {"action": "retry"}}
    await house.campaign(WORKSHOP, new_leads(1, 10), **entries)
    attempt = await house.talk("ana")
    await house.asterisk.ends(attempt)
    await house.is_in("ana", AgentState.WRAP_UP)
    await port.dispose(ANA, "no_acepta", {})
    closed = await house.until_closed(attempt)
    store, now = house.engine.floor.store, house.engine.floor.clock.now()
    since = LeadMove(state=LeadState.CALLBACK, reason="callback:otra", not_before=now + timedelta(days=3))
    await store.leads.move(closed.lead_id, since, now)
    await port.dispose(ANA, "no_acepta", {"nota": "vive lejos"}, closed.id)
    lead = await store.leads.get(closed.lead_id)
    assert (lead.state, lead.not_before, lead.attempts_made) == (LeadState.CALLBACK, since.not_before, 1)
    assert lead.counts["no_acepta"] == 1


async def test_without_a_calendar_any_hour_is_an_appointment(house: House, port: EnginePort) -> None:
    attempt = await talk(house)
    await house.asterisk.ends(attempt)
    await house.is_in("ana", AgentState.WRAP_UP)
    await port.dispose(ANA, "cita", {"fecha": "2031-03-03T07:15"})
    closed = await house.until_closed(attempt)
    (appointment,) = await house.engine.floor.store.appointments.of_lead(closed.lead_id)
    assert (appointment.calendar, appointment.starts_at.isoformat()) == ("", "2031-03-03T12:15:00+00:00")


async def test_a_reminder_whose_time_has_come_is_told_once(house: House, port: EnginePort, first: datetime) -> None:
    floor = house.engine.floor
    lead = await floor.store.leads.with_number(CampaignId("turno"), number(1))
    assert lead is not None
    long_before = (first - floor.clock.now()).total_seconds() - 1
    booking = Booking(starts_at=first, calendar="norte", source="link", remind_before_seconds=long_before)
    await floor.store.appointments.book(lead.id, booking, floor.clock.now())

    async def reminded() -> bool:
        await house.engine.reminders.tell_due()
        return bool(await told(house, "appointment.reminder_due"))

    await house.until_so(reminded, "the reminder is told")
    await asyncio.gather(*(house.engine.reminders.tell_due() for _ in range(5)))
    (reminder,) = await told(house, "appointment.reminder_due")
    assert (reminder.lead_id, reminder.payload["by"]) == (lead.id, "message")
    assert reminder.payload["starts_at"] == first.isoformat()
    assert reminder.payload["cita"].endswith((":00 a. m.", ":00 p. m."))


@pytest.mark.parametrize(("purpose", "called"), [("service", True), ("commercial", False)])
async def test_a_reminding_call_is_a_lead_of_a_service_campaign_and_of_no_other(
    house: House, port: EnginePort, first: datetime, purpose: str, called: bool
) -> None:
    floor, calling = house.engine.floor, CampaignId("recordatorios")
    now = floor.clock.now()
    text = campaign_file(calling, [TRUNK], purpose=purpose).decode()
    await floor.store.campaigns.create(calling, "Recordatorios", text, now)
    reminder = {"before": "1 d", "by": "call", "campaign": calling}
    await house.prepare(WORKSHOP, new_leads(1, 20), **booking_campaign(calendar="norte", reminder=reminder))
    lead = await floor.store.leads.with_number(WORKSHOP, number(20))
    assert lead is not None
    booking = Booking(starts_at=first, calendar="norte", remind_before_seconds=(first - now).total_seconds() - 0.2)
    await floor.store.appointments.book(lead.id, booking, now)

    async def reminded() -> bool:
        await house.engine.reminders.tell_due()
        return bool(await told(house, "appointment.reminder_due"))

    await house.until_so(reminded, "the reminder is told")
    made = await floor.store.leads.with_number(calling, number(20))
    assert (made is not None) is called
    if made is not None:
        assert made.valid_until == first
        assert " de " in made.fields["cita"]
        assert made.fields["cita"].endswith((":00 a. m.", ":00 p. m."))


async def test_who_has_a_number_of_an_erased_person_is_reminded_without_a_call_and_the_log_says_why(
    house: House, port: EnginePort, first: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    floor, calling = house.engine.floor, CampaignId("recordatorios")
    store, now = floor.store, floor.clock.now()
    await store.campaigns.create(calling, "R", campaign_file(calling, [TRUNK], purpose="service").decode(), now)
    gone = NewLead(name="Otra persona", phones=(number(21),), external_key="K-1")
    await store.leads.add(CampaignId("turno"), [gone], now)
    reminder = {"before": "1 d", "by": "call", "campaign": calling}
    theirs = NewLead(name="Ana Ríos", phones=(number(20), number(21)))
    await house.prepare(WORKSHOP, [theirs], **booking_campaign(calendar="norte", reminder=reminder))
    await store.erasures.erase("K-1", [], "mesa", "pedido", now)
    lead = await store.leads.with_number(WORKSHOP, number(20))
    assert lead is not None
    booking = Booking(starts_at=first, calendar="norte", remind_before_seconds=(first - now).total_seconds() - 0.2)
    await store.appointments.book(lead.id, booking, now)

    async def reminded() -> bool:
        await house.engine.reminders.tell_due()
        return bool(await told(house, "appointment.reminder_due"))

    await house.until_so(reminded, "the reminder is told")
    assert await store.leads.with_number(calling, number(20)) is None
    assert [each.payload.get("called") for each in await told(house, "appointment.reminder_due")] == [None]
    [said] = [each for each in caplog.records if each.getMessage() == "a reminder could not be made"]
    assert "somebody who was erased" in said.__dict__["reason"]
