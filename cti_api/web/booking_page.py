"""The page behind the link in a message: free hours to choose from, on any telephone, without a script.

Whoever holds the link acts for the person it was sent to (`cti_api.links`). Nothing of the request is believed but its
token; what it changes, it changes by POST, so that what looks at links in messages books nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from http import HTTPStatus
from itertools import groupby
from typing import Any, Final
from zoneinfo import ZoneInfo

import phonenumbers
from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from cti_api.appointments.agreed import booking_at, policy_of
from cti_api.appointments.spanish import day_in_words, hour_in_words
from cti_api.campaign_file.parse import parse_campaign
from cti_api.errors import Conflict, NotFound, StoreUnavailable
from cti_api.links import BookingLinks
from cti_api.model.appointments import STANDING, Appointment, AppointmentPolicy, AppointmentState, Calendar, Slot
from cti_api.model.campaigns import CampaignSpec, CampaignState
from cti_api.model.ids import CampaignId
from cti_api.model.leads import ERASED, Lead
from cti_api.web.handed import Everything, Handed
from cti_api.web.pages import form_of, headers, rendered
from cti_api.web.rate import Rate

DAYS_SHOWN: Final = 7
"""With free hours; more are a page further."""
LOOKED_AHEAD: Final = timedelta(days=90)
MOST_SLOTS: Final = 500
"""That are read for a page: a day of them each three minutes, or a week each ten."""
LARGEST_FORM: Final = 1024
"""Bytes; ours has fifty."""

_TAKEN: Final = "Esa hora se acaba de ocupar. Por favor elija otra."
_NOT_SHOWN: Final = "No podemos mostrar las citas. Intente en unos minutos."
_NOT_NOW: Final = "No pudimos guardar el cambio. Por favor intente de nuevo en unos minutos."
_DONE: Final = {"reservada": "Su cita quedó reservada.", "cancelada": "Su cita quedó cancelada."}


@dataclass(frozen=True, slots=True)
class Visit:
    """Whose link was opened, and what it is for."""

    lead: Lead
    spec: CampaignSpec
    policy: AppointmentPolicy | None
    cancelled: bool
    """The campaign was given up."""

    @property
    def calendar(self) -> str:
        """In which the person books; empty where nobody can."""
        return self.policy.calendar if self.policy is not None and not self.cancelled else ""


class BookingPage:
    """The routes of one door, with what they may bear."""

    def __init__(self, links: BookingLinks) -> None:
        self._links = links
        self._all = Rate(per_minute=1200, burst=100)
        self._wrong = Rate(per_minute=10, burst=20)
        self._of_lead = Rate(per_minute=30, burst=30)
        self._specs: dict[CampaignId, tuple[int, CampaignSpec]] = {}
        """With the version of the file: reading it takes longer than everything else."""
        self.router = APIRouter(prefix="/c", include_in_schema=False)
        self.router.add_api_route("/{token}", self.show, methods=["GET"])
        self.router.add_api_route("/{token}", self.change, methods=["POST"])

    async def show(self, token: str, request: Request, handed: Everything) -> Response:
        """What is booked, and what is free."""
        try:
            visit = await self._visit(token, request, handed)
            if isinstance(visit, Response):
                return visit
            told = _DONE.get(request.query_params.get("hecho", ""), "")
            return await _page(handed, visit, told=told, first=_day(request.query_params.get("desde", "")))
        except StoreUnavailable:
            handed.observer.store_error()
            return _apology(_NOT_SHOWN, HTTPStatus.SERVICE_UNAVAILABLE)

    async def change(self, token: str, request: Request, handed: Everything) -> Response:
        """Book, move or cancel; then the page again."""
        try:
            visit = await self._visit(token, request, handed)
            if isinstance(visit, Response):
                return visit
            form = await form_of(request, LARGEST_FORM)
            try:
                if form.get("accion") == "cancelar":
                    done = await _cancel(handed, visit.lead)
                else:
                    done = await _book(handed, visit, form.get("hora", ""))
            except Conflict:
                return await _page(handed, visit, problem=_TAKEN, status=HTTPStatus.CONFLICT)
        except StoreUnavailable:
            handed.observer.store_error()
            return _apology(_NOT_NOW, HTTPStatus.SERVICE_UNAVAILABLE)
        return RedirectResponse(f"/c/{token}?hecho={done}", HTTPStatus.SEE_OTHER, headers("no-referrer"))

    async def _visit(self, token: str, request: Request, handed: Handed) -> Visit | Response:
        """Whose link it is, or the page that refuses it; the same one whatever is wrong with it."""
        clock, address = handed.clock, request.client.host if request.client else ""
        if not self._all.allows("", clock.monotonic()):
            return _apology("Hay muchas visitas en este momento. Intente en un minuto.", HTTPStatus.TOO_MANY_REQUESTS)
        lead_id = self._links.lead_of(token, clock.now())
        if lead_id is None:
            patient = self._wrong.allows(address, clock.monotonic())
            return _no_link(HTTPStatus.NOT_FOUND if patient else HTTPStatus.TOO_MANY_REQUESTS)
        if not self._of_lead.allows(str(lead_id), clock.monotonic()):
            return _apology("Demasiados intentos. Intente de nuevo en un minuto.", HTTPStatus.TOO_MANY_REQUESTS)
        try:
            lead = await handed.store.leads.get(lead_id)
            campaign = await handed.store.campaigns.get(lead.campaign_id)
        except NotFound:
            return _no_link(HTTPStatus.NOT_FOUND)
        if lead.waiting_reason == ERASED:
            return _no_link(HTTPStatus.NOT_FOUND)
        known = self._specs.get(campaign.id)
        if known is None or known[0] != campaign.spec_version:
            known = self._specs[campaign.id] = (campaign.spec_version, parse_campaign(campaign.spec_text))
        return Visit(lead, known[1], policy_of(known[1]), campaign.state is CampaignState.CANCELLED)


async def _book(handed: Handed, visit: Visit, hour: str) -> str:
    if visit.policy is None or not visit.calendar:
        raise Conflict(f"The campaign {visit.spec.id} has no calendar to book in.")
    try:
        starts_at = datetime.fromisoformat(hour)
    except ValueError:
        starts_at = None
    if starts_at is None or starts_at.tzinfo is None:
        raise Conflict("This is no hour.")
    present = await _standing(handed, visit.lead)
    if present is not None and present.starts_at <= handed.clock.now():
        raise Conflict("The appointment has begun: nobody moves it from here.")
    booking = booking_at(visit.policy, starts_at, "link")
    await handed.store.appointments.book(visit.lead.id, booking, handed.clock.now())
    return "reservada"


async def _cancel(handed: Handed, lead: Lead) -> str:
    present = await _standing(handed, lead)
    if present is not None and present.starts_at > handed.clock.now():
        await handed.store.appointments.enter(present.id, AppointmentState.CANCELLED, handed.clock.now(), "link")
    return "cancelada"


async def _page(
    handed: Handed,
    visit: Visit,
    *,
    told: str = "",
    problem: str = "",
    first: date | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    spec, now = visit.spec, handed.clock.now()
    zone, title = ZoneInfo(spec.hours.timezone), spec.title
    days: list[dict[str, Any]] = []
    more = ""
    if visit.calendar:
        calendar = await handed.store.calendars.get(visit.calendar)
        zone, title = ZoneInfo(calendar.timezone), calendar.title or spec.title
        days, more = await _free(handed, calendar, _from(first, zone, now))
    present = await _standing(handed, visit.lead)
    return rendered(
        "booking.html",
        status,
        title=title,
        name=visit.lead.contact.name,
        telephone=phonenumbers.format_number(
            phonenumbers.parse(spec.caller_id.e164), phonenumbers.PhoneNumberFormat.INTERNATIONAL
        ),
        tel=spec.caller_id.e164,
        told=told,
        problem=problem,
        present=_in_words(present.starts_at, zone) if present is not None else "",
        may_change=present is None or present.starts_at > now,
        open=bool(visit.calendar),
        days=days,
        more=more,
    )


async def _free(handed: Handed, calendar: Calendar, first: datetime) -> tuple[list[dict[str, Any]], str]:
    """Days with their free hours, and the day from which on there are more; empty where there are none."""
    zone = ZoneInfo(calendar.timezone)
    found = await handed.store.calendars.slots(
        calendar.name, first, first + LOOKED_AHEAD, only_free=True, most=MOST_SLOTS
    )

    def day_of(slot: Slot) -> date:
        return slot.starts_at.astimezone(zone).date()

    days = [(day, list(slots)) for day, slots in groupby(found, day_of)]
    # Of the last day perhaps not every hour was read.
    whole = len(days) - 1 if len(found) == MOST_SLOTS and len(days) > 1 else len(days)
    count = min(whole, DAYS_SHOWN)
    shown = [
        {
            "name": day_in_words(day),
            "hours": [
                {"value": each.starts_at.isoformat(), "name": hour_in_words(each.starts_at.astimezone(zone))}
                for each in slots
            ],
        }
        for day, slots in days[:count]
    ]
    return shown, days[count][0].isoformat() if len(days) > count else ""


async def _standing(handed: Handed, lead: Lead) -> Appointment | None:
    found = await handed.store.appointments.of_lead(lead.id)
    return next((each for each in found if each.state in STANDING), None)


def _in_words(instant: datetime, zone: ZoneInfo) -> str:
    local = instant.astimezone(zone)
    return f"{day_in_words(local.date())}, {hour_in_words(local)}"


def _from(day: date | None, zone: ZoneInfo, now: datetime) -> datetime:
    """That day's midnight; never an hour that has begun."""
    soonest = now + timedelta(seconds=1)
    return soonest if day is None else max(soonest, datetime.combine(day, time(0), zone))


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text[:10])
    except ValueError:
        return None
    return found if 2000 < found.year < 2200 else None


def _no_link(status: HTTPStatus) -> Response:
    return _apology(
        "Este enlace no es válido o ya venció. Si quiere una cita, llámenos al número desde el que le escribimos.",
        status,
    )


def _apology(sentence: str, status: HTTPStatus) -> Response:
    return rendered("apology.html", status, title="Citas", sentence=sentence)
