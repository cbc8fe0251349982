"""Appointments: looked at, booked by another system, moved, cancelled, and what became of them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from cti_api.appointments.agreed import agreed_time, booking_at, policy_of
from cti_api.appointments.entered import EnteredResult, Matched
from cti_api.border import Instant, Line, Number, Slug
from cti_api.campaign_file.parse import parse_campaign
from cti_api.errors import Conflict, Fault, InputError
from cti_api.model.appointments import Appointment, AppointmentState
from cti_api.model.campaigns import CampaignSpec
from cti_api.model.ids import CampaignId, LeadId
from cti_api.web import paging
from cti_api.web.handed import Everything, Handed

router = APIRouter(prefix="/appointments", tags=["appointments"])

MOST_ROWS: Final = 500
"""Results of one request."""
LOOKED_AT_DAYS: Final = timedelta(days=400)
BY: Final = {
    "keep": AppointmentState.KEPT,
    "miss": AppointmentState.NOT_KEPT,
    "cancel": AppointmentState.CANCELLED,
}

Id = Annotated[int, Field(ge=1, le=2**53)]
Source = Literal["api", "command", "file"]


class AppointmentLine(BaseModel):
    """One appointment."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    campaign_id: str
    lead_id: int
    attempt_id: str | None
    calendar: str
    """Empty: an hour that was agreed on outside of any calendar."""
    starts_at: datetime
    ends_at: datetime | None
    state: AppointmentState
    sequence: int
    """How often it was changed."""
    source: str
    """Who booked it: ``agent``, ``link``, ``command``, ``api``."""
    booked_at: datetime
    changed_at: datetime
    name: str
    number: str
    key: str


class NewAppointment(BaseModel):
    model_config = ConfigDict(extra="forbid")

    lead_id: Id
    at: Annotated[Line, Field(min_length=1)]
    """``2026-11-30T15:00``; without a zone of its own on the clock of the campaign."""
    source: Source = "api"


class NewHour(BaseModel):
    model_config = ConfigDict(extra="forbid")

    at: Annotated[Line, Field(min_length=1)]
    """As in `NewAppointment`."""
    source: Source = "api"


class Said(BaseModel):
    model_config = ConfigDict(extra="forbid")

    source: Source = "api"


class ResultRow(BaseModel):
    """What became of one appointment, which is found by the plate (the list's key), else by the number."""

    model_config = ConfigDict(extra="forbid")

    line: Annotated[int, Field(ge=0, le=2**31)] = 0
    state: AppointmentState
    key: Line = ""
    number: Number | None = None
    day: date | None = None
    to: Instant | None = None
    """Of a moved one: where to."""


class Results(BaseModel):
    model_config = ConfigDict(extra="forbid")

    rows: Annotated[tuple[ResultRow, ...], Field(max_length=MOST_ROWS)]
    source: Source = "api"


class Answer(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    line: int
    matched: Matched
    appointment_id: int | None
    reason: str


@router.get("")
async def appointments(
    handed: Everything,
    request: Request,
    response: Response,
    calendar: Slug | None = None,
    campaign: Slug | None = None,
    state: AppointmentState | None = None,
    first: Annotated[Instant | None, Query(alias="from")] = None,
    until: Instant | None = None,
    after: paging.After = None,
    limit: Annotated[int, Query(ge=1, le=5000)] = 1000,
) -> list[AppointmentLine]:
    """Appointments from a day ago on, or from an instant of yours, in the order of their hours."""
    begins = first or handed.clock.now() - timedelta(days=1)
    ends = until or begins + LOOKED_AT_DAYS
    hour, last = paging.mark_of(after, (datetime, int)) or (begins, 0)
    found = await handed.store.appointments.between(
        hour,
        ends,
        calendar=calendar,
        campaign_id=CampaignId(campaign) if campaign else None,
        state=state,
        after=last,
        most=limit + 1,
    )
    shown = paging.with_next(request, response, found, limit, lambda each: (each.starts_at, each.id))
    return [AppointmentLine.model_validate(each) for each in shown]


@router.post("", status_code=201)
async def book(new: NewAppointment, handed: Everything) -> AppointmentLine:
    """Book for a lead outside of a call. An appointment that it has is moved; the lead is not called any more."""
    lead = await handed.store.leads.get(LeadId(new.lead_id))
    spec = await _spec(handed, lead.campaign_id)
    policy = policy_of(spec)
    if policy is None:
        raise Conflict(f"The campaign {spec.id} books no appointments: its file has no `appointments`.")
    booking = booking_at(policy, _hour(new.at, spec.hours.timezone), new.source)
    return _line(await handed.store.appointments.book(lead.id, booking, handed.clock.now()))


@router.post("/results")
async def enter_results(results: Results, handed: Everything) -> list[Answer]:
    """What became of many appointments; every row is answered, and one that fails undoes no other."""
    faults = [
        Fault(f"rows.{place}.to", "is for a moved appointment, which needs it")
        for place, row in enumerate(results.rows)
        if (row.to is None) is (row.state is AppointmentState.MOVED)
    ]
    faults += [
        Fault(f"rows.{place}.state", "must be moved, cancelled, kept or not_kept")
        for place, row in enumerate(results.rows)
        if row.state is AppointmentState.BOOKED
    ]
    if faults:
        raise InputError("The results cannot be taken.", faults)
    rows = [
        EnteredResult(line=row.line, state=row.state, key=row.key, number=row.number, day=row.day, to=row.to)
        for row in results.rows
    ]
    answers = await handed.store.appointments.enter_rows(rows, handed.clock.now(), results.source)
    return [Answer.model_validate(each) for each in answers]


@router.get("/{appointment_id}")
async def appointment(appointment_id: Id, handed: Everything) -> AppointmentLine:
    """One appointment."""
    return _line(await handed.store.appointments.get(appointment_id))


@router.post("/{appointment_id}/move")
async def move(appointment_id: Id, new: NewHour, handed: Everything) -> AppointmentLine:
    """Give it another hour of its calendar."""
    present = await handed.store.appointments.get(appointment_id)
    zone = (await _spec(handed, present.campaign_id)).hours.timezone
    moved = await handed.store.appointments.move(appointment_id, _hour(new.at, zone), handed.clock.now(), new.source)
    return _line(moved)


@router.post("/{appointment_id}/{what}")
async def enter(
    appointment_id: Id, what: Literal["keep", "miss", "cancel"], handed: Everything, said: Said | None = None
) -> AppointmentLine:
    """The person came, did not come, or will not come."""
    source = said.source if said else "api"
    changed = await handed.store.appointments.enter(appointment_id, BY[what], handed.clock.now(), source)
    return _line(changed)


async def _spec(handed: Handed, campaign_id: str) -> CampaignSpec:
    return parse_campaign((await handed.store.campaigns.get(CampaignId(campaign_id))).spec_text)


def _hour(text: str, zone: str) -> datetime:
    found = agreed_time(text, zone)
    if found is None:
        raise InputError("This is no day and hour.", [Fault("at", "write it as 2026-11-30T15:00")])
    return found


def _line(found: Appointment) -> AppointmentLine:
    return AppointmentLine.model_validate(found)
