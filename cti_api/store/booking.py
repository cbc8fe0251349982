"""Appointments within a transaction: a place is taken, changed or given back together with whatever else happens.

Whoever calls holds the lead (a row that is locked, or the one writer of SQLite), then comes the appointment, then its
slots by their number: everybody locks in this order, so nobody waits for each other.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from cti_api.appointments.states import EVENT_OF, may_become
from cti_api.campaign_file.parse import parse_campaign
from cti_api.errors import Conflict, InputError, NotFound
from cti_api.kpi.told import brand_of
from cti_api.model.appointments import STANDING, AppointmentState, Booking
from cti_api.model.campaigns import CampaignSpec
from cti_api.model.events import Event, EventKind
from cti_api.model.ids import AgentId, AttemptId, new_event_id
from cti_api.model.leads import LeadMove, LeadState
from cti_api.store import moves, outbox
from cti_api.store.appointment_tables import STANDS, appointments, calendars, slots
from cti_api.store.columns import Instant
from cti_api.store.lists import shown
from cti_api.store.schema import attempts, campaign_specs, campaigns, leads, lists
from cti_api.store.suppression import lead_moved

BY_APPOINTMENT: Final = "completed:appointment"
"""Reason of a lead that is not called any more because the person has an appointment."""

NEAREST: Final = 3
"""Free slots that are named where the one asked for is not to be had."""

_STANDING: Final = (
    sa.select(appointments)
    .where(appointments.c.lead_id == sa.bindparam("lead"), sa.text(f"appointments.{STANDS}"))
    .with_for_update()
)
_OF_ATTEMPT: Final = (
    sa.select(appointments)
    .where(appointments.c.attempt_id == sa.bindparam("attempt"), sa.text(f"appointments.{STANDS}"))
    .with_for_update()
)
_BY_ID: Final = sa.select(appointments).where(appointments.c.id == sa.bindparam("appointment")).with_for_update()
_WHOSE: Final = (
    sa.select(
        leads.c.fields,
        leads.c.list_id,
        lists.c.name.label("list_name"),
        campaign_specs.c.text.label("spec"),
        attempts.c.agent_id,
    )
    .join_from(leads, campaigns, campaigns.c.id == leads.c.campaign_id)
    .join(
        campaign_specs,
        sa.and_(campaign_specs.c.campaign_id == campaigns.c.id, campaign_specs.c.version == campaigns.c.spec_version),
    )
    .join(lists, lists.c.id == leads.c.list_id, isouter=True)
    .join(attempts, attempts.c.id == sa.bindparam("attempt", type_=sa.String), isouter=True)
    .where(leads.c.id == sa.bindparam("lead"))
)
"""What figures tell an appointment apart by."""
_INSERT: Final = sa.insert(appointments).returning(appointments.c.id)
_CHANGE: Final = (
    sa.update(appointments)
    .where(appointments.c.id == sa.bindparam("appointment"))
    .values(
        {
            column: sa.bindparam(f"new_{column.name}", type_=column.type)
            for column in (
                appointments.c.attempt_id,
                appointments.c.calendar,
                appointments.c.slot_id,
                appointments.c.starts_at,
                appointments.c.ends_at,
                appointments.c.state,
                appointments.c.changed_at,
                appointments.c.remind_before_seconds,
                appointments.c.remind_at,
            )
        }
    )
    .values(sequence=appointments.c.sequence + 1)
)
_CALENDAR: Final = sa.select(calendars).where(calendars.c.name == sa.bindparam("calendar"))
_SLOT: Final = sa.select(slots).where(
    slots.c.calendar == sa.bindparam("calendar"), slots.c.starts_at == sa.bindparam("at", type_=Instant())
)
_LOCK_SLOTS: Final = (
    sa.select(slots.c.id).where(slots.c.id.in_(sa.bindparam("ids", expanding=True))).order_by(slots.c.id)
).with_for_update()
_TAKE: Final = (
    sa.update(slots)
    .where(slots.c.id == sa.bindparam("slot"), slots.c.taken < slots.c.capacity)
    .values(taken=slots.c.taken + 1)
)
_GIVE_BACK: Final = (
    sa.update(slots).where(slots.c.id == sa.bindparam("slot"), slots.c.taken > 0).values(taken=slots.c.taken - 1)
)
_FREE: Final = sa.select(slots.c.starts_at).where(
    slots.c.calendar == sa.bindparam("calendar"),
    slots.c.taken < slots.c.capacity,
    slots.c.starts_at > sa.bindparam("now", type_=Instant()),
)
_FREE_AFTER: Final = (
    _FREE.where(slots.c.starts_at >= sa.bindparam("at", type_=Instant())).order_by(slots.c.starts_at).limit(NEAREST)
)
_FREE_BEFORE: Final = (
    _FREE.where(slots.c.starts_at < sa.bindparam("at", type_=Instant()))
    .order_by(slots.c.starts_at.desc())
    .limit(NEAREST)
)


def stands(tx: sa.Connection, lead_id: int) -> bool:
    """Whether somebody expects this lead."""
    return tx.execute(_STANDING, {"lead": lead_id}).first() is not None


def cancel_coming(tx: sa.Connection, lead_id: int, at: datetime, source: str) -> None:
    """Give the place of a lead that is not expected any more back to others."""
    standing = tx.execute(_STANDING, {"lead": lead_id}).one_or_none()
    if standing is not None and standing.starts_at > at:
        change(tx, standing, AppointmentState.CANCELLED, at, source=source)


def of_disposition(
    tx: sa.Connection,
    lead: sa.Row[Any],
    attempt_id: AttemptId,
    booking: Booking | None,
    at: datetime,
    agent_id: AgentId | None,
) -> None:
    """What a new word of the agent makes of the appointment: made, moved, or taken back where it books no more.
    `agent_id`: of the call, which may not be on its row yet."""
    if booking is not None:
        book(tx, lead, booking, at, attempt_id, agent_id)
        return
    own = tx.execute(_OF_ATTEMPT, {"attempt": attempt_id}).one_or_none()
    if own is not None:
        change(tx, own, AppointmentState.CANCELLED, at, source="agent")


def book(
    tx: sa.Connection,
    lead: sa.Row[Any],
    booking: Booking,
    at: datetime,
    attempt_id: AttemptId | None = None,
    agent_id: AgentId | None = None,
) -> int:
    """Book for a lead (`id`, `campaign_id`), or move the appointment that it has; returns the appointment's id.

    Raises `Conflict` with the nearest free slots where the one asked for is not to be had, `NotFound` for a calendar.
    """
    standing = tx.execute(_STANDING, {"lead": lead.id}).one_or_none()
    if standing is not None:
        if (standing.starts_at, standing.calendar or "") != (booking.starts_at, booking.calendar):
            change(tx, standing, AppointmentState.MOVED, at, source=booking.source, to=booking, attempt_id=attempt_id)
        return int(standing.id)
    slot = _take(tx, booking, at) if booking.calendar else None
    row: dict[str, Any] = {
        "campaign_id": lead.campaign_id,
        "lead_id": lead.id,
        "attempt_id": attempt_id,
        "calendar": booking.calendar or None,
        "slot_id": slot.id if slot is not None else None,
        "starts_at": booking.starts_at,
        "ends_at": slot.ends_at if slot is not None else None,
        "state": AppointmentState.BOOKED,
        "sequence": 0,
        "source": booking.source,
        "booked_at": at,
        "changed_at": at,
        "remind_before_seconds": booking.remind_before_seconds,
        "remind_at": _remind_at(booking, at),
    }
    appointment_id = int(tx.execute(_INSERT, row).scalar_one())
    outbox.append(tx, [told(tx, EVENT_OF[AppointmentState.BOOKED], row | {"id": appointment_id}, at, agent_id)])
    return appointment_id


def change(
    tx: sa.Connection,
    appointment: sa.Row[Any],
    state: AppointmentState,
    at: datetime,
    *,
    source: str,
    to: Booking | None = None,
    attempt_id: AttemptId | None = None,
) -> None:
    """Bring an appointment (a row that is held) to a state; `to` says where a moved one goes.

    Raises `Conflict` where its present state does not allow it, or as `book` does.
    """
    present = AppointmentState(appointment.state)
    if present is state and state is not AppointmentState.MOVED:
        return
    if not may_become(present, state):
        raise Conflict(f"Appointment {appointment.id} is {present.value}: it cannot become {state.value}.")
    row = dict(appointment._mapping)
    former = row["starts_at"]
    row |= {
        "state": state,
        "changed_at": at,
        "sequence": row["sequence"] + 1,
        "attempt_id": attempt_id or row["attempt_id"],
    }
    if to is not None:
        slot = _take_other(tx, appointment, to, at) if to.calendar else None
        row |= {
            "calendar": to.calendar or None,
            "slot_id": slot.id if slot is not None else None,
            "starts_at": to.starts_at,
            "ends_at": slot.ends_at if slot is not None else None,
            "remind_before_seconds": to.remind_before_seconds,
            "remind_at": _remind_at(to, at),
        }
        if slot is None:
            _give_back(tx, appointment)
    elif state not in STANDING:
        row["remind_at"] = None
        if state is AppointmentState.CANCELLED:
            _give_back(tx, appointment)
    tx.execute(_CHANGE, {"appointment": appointment.id} | {f"new_{name}": value for name, value in row.items()})
    more = {"moved_from": former.isoformat()} if to is not None else {}
    outbox.append(tx, [told(tx, EVENT_OF[state], row | {"source": source}, at, **more)])


def held(tx: sa.Connection, appointment_id: int) -> sa.Row[Any]:
    """The appointment, locked after its lead. Raises `NotFound`."""
    lead_id = tx.execute(
        sa.select(appointments.c.lead_id).where(appointments.c.id == appointment_id)
    ).scalar_one_or_none()
    if lead_id is None:
        raise NotFound(f"There is no appointment {appointment_id}.")
    moves.hold(tx, lead_id)
    return tx.execute(_BY_ID, {"appointment": appointment_id}).one()


def close_lead(tx: sa.Connection, lead: sa.Row[Any], at: datetime) -> None:
    """A person who has an appointment is called no more, unless they are being called at this very moment: then the
    end of the call sees to it (`cti_api.store.attempt_life.close`). Whoever was never reached, and then booked by the
    link in their message, is no failure any more."""
    if lead.state not in moves.FREE_TO_MOVE | {LeadState.EXHAUSTED}:
        return
    move = LeadMove(state=LeadState.COMPLETED, reason=BY_APPOINTMENT, counts_as_attempt=False)
    moves.apply(tx, lead, move, at, attempts_made=lead.attempts_made, counts=lead.counts)
    outbox.append(tx, [lead_moved(lead.campaign_id, lead.id, move.state, move.reason, at)])


def told(
    tx: sa.Connection,
    kind: EventKind,
    row: dict[str, Any],
    at: datetime,
    agent_id: AgentId | None = None,
    **more: Any,
) -> Event:
    """What happened to an appointment, for whoever reads the outbox. `agent_id`: who made it, where the call that it
    was agreed on in does not say so yet."""
    ends_at = row["ends_at"]
    whose = tx.execute(_WHOSE, {"lead": row["lead_id"], "attempt": row["attempt_id"]}).one()
    return Event(
        event_id=new_event_id(),
        kind=kind,
        occurred_at=at,
        campaign_id=row["campaign_id"],
        lead_id=row["lead_id"],
        attempt_id=row["attempt_id"],
        agent_id=agent_id or whose.agent_id,
        payload={
            "list": shown(whose.list_id, whose.list_name),
            "brand": _brand(whose.spec, whose.fields),
            "appointment_id": row["id"],
            "calendar": row["calendar"] or "",
            "starts_at": row["starts_at"].isoformat(),
            "ends_at": ends_at.isoformat() if ends_at is not None else None,
            "sequence": row["sequence"],
            "source": row["source"],
            **more,
        },
    )


def _brand(spec_text: str, fields: dict[str, str]) -> str:
    spec = _spec(spec_text)
    return brand_of(spec, fields) if spec is not None else ""


@lru_cache(maxsize=64)
def _spec(text: str) -> CampaignSpec | None:
    """Read once: it takes longer than all else that is done here. None for a file that is not understood any more."""
    try:
        return parse_campaign(text)
    except InputError:
        return None


def _remind_at(booking: Booking, now: datetime) -> datetime | None:
    """None where there is no reminder, or where its time is over: who books for tomorrow needs none a day before."""
    if booking.remind_before_seconds is None:
        return None
    at = booking.starts_at - timedelta(seconds=booking.remind_before_seconds)
    return at if at > now else None


def _take(tx: sa.Connection, booking: Booking, now: datetime) -> sa.Row[Any]:
    """The slot, with one place more taken in it."""
    slot = _slot(tx, booking, now)
    if not tx.execute(_TAKE, {"slot": slot.id}).rowcount:
        raise _not_to_be_had(tx, booking, now, "is full")
    return slot


def _take_other(tx: sa.Connection, appointment: sa.Row[Any], to: Booking, now: datetime) -> sa.Row[Any]:
    slot = _slot(tx, to, now)
    if slot.id == appointment.slot_id and appointment.state in STANDING:
        return slot
    tx.execute(_LOCK_SLOTS, {"ids": [each for each in (slot.id, appointment.slot_id) if each is not None]}).all()
    _give_back(tx, appointment)
    if not tx.execute(_TAKE, {"slot": slot.id}).rowcount:
        raise _not_to_be_had(tx, to, now, "is full")
    return slot


def _give_back(tx: sa.Connection, appointment: sa.Row[Any]) -> None:
    """The place of an appointment that stood; one that nobody came for is gone all the same."""
    if appointment.slot_id is not None and appointment.state in STANDING:
        tx.execute(_GIVE_BACK, {"slot": appointment.slot_id})


def _slot(tx: sa.Connection, booking: Booking, now: datetime) -> sa.Row[Any]:
    slot = tx.execute(_SLOT, {"calendar": booking.calendar, "at": booking.starts_at}).one_or_none()
    if slot is None:
        raise _not_to_be_had(tx, booking, now, "is no hour of the calendar")
    if booking.starts_at <= now:
        raise _not_to_be_had(tx, booking, now, "is over")
    return slot


def _not_to_be_had(tx: sa.Connection, booking: Booking, now: datetime, why: str) -> NotFound | Conflict:
    calendar = tx.execute(_CALENDAR, {"calendar": booking.calendar}).one_or_none()
    if calendar is None:
        return NotFound(
            f"There is no calendar {booking.calendar}: bring its hours in with `vocero appointments import`."
        )
    asked = {"calendar": booking.calendar, "at": booking.starts_at, "now": now}
    near = [at for each in (_FREE_BEFORE, _FREE_AFTER) for at in tx.execute(each, asked).scalars()]
    nearest = sorted(sorted(near, key=lambda at: abs(at - booking.starts_at))[:NEAREST])
    zone = ZoneInfo(calendar.timezone)
    free = ", ".join(f"{at.astimezone(zone):%Y-%m-%d %H:%M}" for at in nearest)
    asked_for = f"{booking.starts_at.astimezone(zone):%Y-%m-%d %H:%M}"
    said = f"Free near it: {free}." if free else "Nothing is free from now on."
    return Conflict(f"{asked_for} {why} in {booking.calendar}. {said} Nothing was booked.", rule="hour_taken")
