"""Appointments and the calendars they are in: looked at, booked, moved, and what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from cti_api.appointments.agreed import policy_of
from cti_api.appointments.spanish import day_in_words, hour_in_words
from cti_api.appointments.states import ALLOWED
from cti_api.border import Slug
from cti_api.campaign_file.parse import parse_campaign
from cti_api.console.administration.frame import administration
from cti_api.model.appointments import Appointment, AppointmentState, Calendar, Slot
from cti_api.model.ids import CampaignId, LeadId
from cti_api.web.handed import Everything, Handed

router = APIRouter(prefix="/administracion", include_in_schema=False)

MOST: Final = 200
"""Appointments on a page."""
LOOKED_BACK: Final = timedelta(days=1)
LOOKED_AHEAD: Final = timedelta(days=400)
DAYS_SHOWN: Final = 14
"""Of a calendar."""
MOST_HOURS: Final = 200
"""Free ones to choose from."""
WAYS: Final = (
    ("keep", AppointmentState.KEPT),
    ("miss", AppointmentState.NOT_KEPT),
    ("cancel", AppointmentState.CANCELLED),
)
"""What can be said of an appointment, as the API calls it, and what it is then."""

Id = Annotated[int, Path(ge=1, le=2**53)]


@dataclass(frozen=True, slots=True)
class Hour:
    """A free one: as the API takes it, and as people say it."""

    value: str
    said: str


@router.get("/citas")
async def appointments(
    request: Request, handed: Everything, calendario: Slug | None = None, desde: Annotated[str, Query()] = ""
) -> Response:
    """From yesterday on, or from a day on; and every calendar."""
    calendars = {each.name: each for each in await handed.store.calendars.all()}
    begins = _day(desde) or handed.clock.now() - LOOKED_BACK
    found = await handed.store.appointments.between(begins, begins + LOOKED_AHEAD, calendar=calendario, most=MOST)
    return administration(
        request,
        "appointments",
        appointments=[(each, _said(each.starts_at, await _zone(handed, each, calendars))) for each in found],
        calendars=list(calendars.values()),
        chosen=calendario,
        since=desde if _day(desde) else "",
        most=MOST,
    )


@router.get("/citas/{appointment_id}")
async def appointment(appointment_id: Id, request: Request, handed: Everything) -> Response:
    """One: what can be said of it, and the hours it can be moved to."""
    found = await handed.store.appointments.get(appointment_id)
    calendars = {each.name: each for each in await handed.store.calendars.all()}
    zone = await _zone(handed, found, calendars)
    may_become = ALLOWED[found.state]
    return administration(
        request,
        "appointments",
        "appointment",
        appointment=found,
        said=_said(found.starts_at, zone),
        calendar=calendars.get(found.calendar),
        ways=[way for way, state in WAYS if state in may_become],
        moves=AppointmentState.MOVED in may_become,
        hours=await _free(handed, found.calendar, zone),
        zone=zone.key,
    )


@router.get("/personas/{lead_id}/cita")
async def book(lead_id: Id, request: Request, handed: Everything) -> Response:
    """A form that books for somebody outside of a call; and what they have already."""
    lead = await handed.store.leads.get(LeadId(lead_id))
    spec = parse_campaign((await handed.store.campaigns.get(lead.campaign_id)).spec_text)
    policy, zone = policy_of(spec), ZoneInfo(spec.hours.timezone)
    if policy is not None and policy.calendar:
        zone = ZoneInfo((await handed.store.calendars.get(policy.calendar)).timezone)
    had = await handed.store.appointments.of_lead(lead.id)
    return administration(
        request,
        "people",
        "book",
        lead=lead,
        spec=spec,
        policy=policy,
        had=[(each, _said(each.starts_at, zone)) for each in had],
        hours=await _free(handed, policy.calendar, zone) if policy is not None else [],
        zone=zone.key,
    )


@router.get("/calendarios/{calendar}")
async def one_calendar(calendar: Slug, request: Request, handed: Everything) -> Response:
    """One: how full its next days are."""
    found = await handed.store.calendars.get(calendar)
    now = handed.clock.now()
    slots = await handed.store.calendars.slots(calendar, now, now + timedelta(days=DAYS_SHOWN), most=5000)
    return administration(request, "appointments", "calendar", calendar=found, days=_by_day(slots, found))


async def _free(handed: Handed, calendar: str, zone: ZoneInfo) -> list[Hour]:
    """The next free hours of a calendar; none where there is no calendar."""
    if not calendar:
        return []
    now = handed.clock.now()
    free = await handed.store.calendars.slots(calendar, now, now + LOOKED_AHEAD, only_free=True, most=MOST_HOURS)
    return [Hour(each.starts_at.isoformat(), _said(each.starts_at, zone)) for each in free]


async def _zone(handed: Handed, appointment: Appointment, calendars: dict[str, Calendar]) -> ZoneInfo:
    """Whose clock its hour is on: its calendar's, else its campaign's."""
    if (known := calendars.get(appointment.calendar)) is not None:
        return ZoneInfo(known.timezone)
    stored = await handed.store.campaigns.get(CampaignId(appointment.campaign_id))
    return ZoneInfo(parse_campaign(stored.spec_text).hours.timezone)


def _said(instant: datetime, zone: ZoneInfo) -> str:
    local = instant.astimezone(zone)
    return f"{day_in_words(local.date())}, {hour_in_words(local)}"


def _by_day(slots: Sequence[Slot], calendar: Calendar) -> list[tuple[str, list[tuple[str, Slot]]]]:
    """Each day in words, with its slots by the hour."""
    zone = ZoneInfo(calendar.timezone)
    days = groupby(slots, key=lambda slot: slot.starts_at.astimezone(zone).date())
    return [
        (day_in_words(day), [(hour_in_words(slot.starts_at.astimezone(zone)), slot) for slot in some])
        for day, some in days
    ]


def _day(written: str) -> datetime | None:
    """When that day begins, in UTC: a page begins hours too early rather than too late."""
    try:
        return datetime.fromisoformat(f"{written}T00:00:00+00:00")
    except ValueError:
        return None
