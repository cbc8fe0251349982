"""Appointments: booked, changed, looked up, reminded of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from cti_api.appointments.entered import EnteredResult, RowAnswer
from cti_api.errors import Conflict, NotFound
from cti_api.model.appointments import STANDING, Appointment, AppointmentState, Booking
from cti_api.model.events import EventKind
from cti_api.model.ids import AttemptId, CampaignId, LeadId
from cti_api.model.leads import ERASED, NewLead
from cti_api.store import booking as places
from cti_api.store import intake, moves, outbox, results
from cti_api.store.appointment_tables import appointments
from cti_api.store.columns import Instant
from cti_api.store.database import Database
from cti_api.store.number_key import NumberKey
from cti_api.store.schema import contacts, leads, phones

_FIRST_PHONE: Final = (
    sa.select(phones.c.e164)
    .where(phones.c.contact_id == leads.c.contact_id)
    .order_by(phones.c.position)
    .limit(1)
    .scalar_subquery()
)
_ALL: Final = (
    sa.select(appointments, contacts.c.name, contacts.c.external_key, _FIRST_PHONE.label("number"), leads.c.fields)
    .join_from(appointments, leads, leads.c.id == appointments.c.lead_id)
    .join(contacts, contacts.c.id == leads.c.contact_id)
)
_BY_ID: Final = _ALL.where(appointments.c.id == sa.bindparam("appointment"))
OF_LEADS: Final = _ALL.where(appointments.c.lead_id.in_(sa.bindparam("leads", expanding=True))).order_by(
    appointments.c.id
)
_OF_CAMPAIGN: Final = (
    _ALL.where(appointments.c.campaign_id == sa.bindparam("campaign"), appointments.c.id > sa.bindparam("after"))
    .order_by(appointments.c.id)
    .limit(sa.bindparam("most"))
)
_COUNTS: Final = (
    sa.select(appointments.c.state, sa.func.count())
    .where(appointments.c.campaign_id == sa.bindparam("campaign"))
    .group_by(appointments.c.state)
)
_DUE: Final = (
    _ALL.where(appointments.c.remind_at <= sa.bindparam("now", type_=Instant()))
    .order_by(appointments.c.remind_at)
    .limit(sa.bindparam("most"))
)
_REMINDED: Final = (
    sa.update(appointments)
    .where(
        appointments.c.id == sa.bindparam("appointment"),
        appointments.c.remind_at <= sa.bindparam("now", type_=Instant()),
    )
    .values(remind_at=None)
)


class Appointments:
    """Every appointment of the store."""

    def __init__(self, database: Database, key: NumberKey) -> None:
        self._database = database
        self._key = key

    async def book(self, lead_id: LeadId, booking: Booking, at: datetime) -> Appointment:
        """Book outside of a call, by the person's own link or a command; a standing appointment is moved.

        The lead is ``completed`` in the same transaction, also from ``reserved``; one that is being dialled is when its
        call is over. Raises `NotFound`, and `Conflict` with the nearest free slots.
        """
        return await self._database.write(_book, lead_id, booking, at)

    async def move(self, appointment_id: int, starts_at: datetime, at: datetime, source: str) -> Appointment:
        """Give it another hour, in the calendar that it is in. Raises as `book`."""
        return await self._database.write(_move, appointment_id, starts_at, at, source)

    async def enter(self, appointment_id: int, state: AppointmentState, at: datetime, source: str) -> Appointment:
        """Cancelled, kept, not kept; the same again changes nothing. Raises `NotFound`, `Conflict`."""
        return await self._database.write(_enter, appointment_id, state, at, source)

    async def enter_rows(self, rows: Sequence[EnteredResult], at: datetime, source: str) -> list[RowAnswer]:
        """What became of many, found by plate or number and day; each row is answered and none undoes another."""
        zones: dict[str, str] = {}
        return [await self._database.write(results.enter_row, row, at, source, zones) for row in rows]

    async def get(self, appointment_id: int) -> Appointment:
        """Raises `NotFound`."""
        return await self._database.read(_get, appointment_id)

    async def of_lead(self, lead_id: LeadId) -> list[Appointment]:
        """All that the lead ever had, the first one first."""
        rows = await self._database.read(lambda tx: tx.execute(OF_LEADS, {"leads": [lead_id]}).all())
        return [to_appointment(row) for row in rows]

    async def between(
        self,
        first: datetime,
        until: datetime,
        *,
        calendar: str | None = None,
        campaign_id: CampaignId | None = None,
        state: AppointmentState | None = None,
        after: int = 0,
        most: int = 1000,
    ) -> list[Appointment]:
        """Those that begin in this stretch of time, in their order. For the next page `first` is the hour of the last
        one of this, and `after` its id."""
        wanted = _ALL.where(
            appointments.c.starts_at >= first,
            appointments.c.starts_at < until,
            sa.or_(appointments.c.starts_at > first, appointments.c.id > after),
        )
        for column, value in (("calendar", calendar), ("campaign_id", campaign_id), ("state", state)):
            if value is not None:
                wanted = wanted.where(appointments.c[column] == value)
        wanted = wanted.order_by(appointments.c.starts_at, appointments.c.id).limit(most)
        rows = await self._database.read(lambda tx: tx.execute(wanted).all())
        return [to_appointment(row) for row in rows]

    async def page(
        self, campaign_id: CampaignId, after: int = 0, most: int = 500
    ) -> list[tuple[Appointment, dict[str, str]]]:
        """A campaign's appointments with their leads' fields, page by page: `after` is the last id of a page."""
        asked = {"campaign": campaign_id, "after": after, "most": most}
        rows = await self._database.read(lambda tx: tx.execute(_OF_CAMPAIGN, asked).all())
        return [(to_appointment(row), row.fields) for row in rows]

    async def counts(self, campaign_id: CampaignId) -> dict[AppointmentState, int]:
        """How many of the campaign's are in each state; states that none is in are left out."""
        rows = await self._database.read(lambda tx: tx.execute(_COUNTS, {"campaign": campaign_id}).all())
        return {AppointmentState(state): count for state, count in rows}

    # -------------------------------------------------------------- reminders

    async def to_remind(self, now: datetime, most: int = 100) -> list[Appointment]:
        """Those whose reminder is due, the one due for longest first."""
        rows = await self._database.read(lambda tx: tx.execute(_DUE, {"now": now, "most": most}).all())
        return [to_appointment(row) for row in rows]

    async def remind(
        self, appointment_id: int, now: datetime, call: tuple[CampaignId, NewLead] | None = None, **payload: Any
    ) -> bool:
        """Tell that a reminder is due, once, and put `call` into its campaign with it; ``called`` in what is told is
        False for a person who is in that campaign already.

        False, and nothing told, where it was told before, or the appointment does not stand any more, was moved away
        from this reminder, or has begun. Raises `NotFound` without the campaign of `call`, `Conflict` for a person one
        of whose numbers was erased, `SettingsError` where that cannot be known; nothing was told then.
        """
        return await self._database.write(_remind, appointment_id, now, call, payload, self._key)


def _book(tx: sa.Connection, lead_id: LeadId, booking: Booking, at: datetime) -> Appointment:
    lead = moves.hold(tx, lead_id)
    if lead.reason == ERASED:
        raise Conflict(f"The person of lead {lead_id} was erased: nothing is booked for them any more.")
    appointment_id = places.book(tx, lead, booking, at)
    places.close_lead(tx, lead, at)
    return _get(tx, appointment_id)


def _move(tx: sa.Connection, appointment_id: int, starts_at: datetime, at: datetime, source: str) -> Appointment:
    row = places.held(tx, appointment_id)
    to = Booking(
        starts_at=starts_at,
        calendar=row.calendar or "",
        source=source,
        remind_before_seconds=row.remind_before_seconds,
    )
    if row.starts_at != starts_at or row.state not in STANDING:
        places.change(tx, row, AppointmentState.MOVED, at, source=source, to=to)
    return _get(tx, appointment_id)


def _enter(tx: sa.Connection, appointment_id: int, state: AppointmentState, at: datetime, source: str) -> Appointment:
    places.change(tx, places.held(tx, appointment_id), state, at, source=source)
    return _get(tx, appointment_id)


def _remind(
    tx: sa.Connection,
    appointment_id: int,
    now: datetime,
    call: tuple[CampaignId, NewLead] | None,
    payload: dict[str, Any],
    key: NumberKey,
) -> bool:
    row = places.held(tx, appointment_id)
    due = row.state in STANDING and now < row.starts_at
    if not tx.execute(_REMINDED, {"appointment": appointment_id, "now": now}).rowcount or not due:
        return False
    if call is not None:
        added = intake.add(tx, call[0], [call[1]], set(), 0, now, key)
        if added.erased:
            raise Conflict("One of the person's numbers is of somebody who was erased: no list brings it in again.")
        payload["called"] = bool(added.added)
    outbox.append(tx, [places.told(tx, EventKind.APPOINTMENT_REMINDER_DUE, dict(row._mapping), now, **payload)])
    return True


def _get(tx: sa.Connection, appointment_id: int) -> Appointment:
    row = tx.execute(_BY_ID, {"appointment": appointment_id}).one_or_none()
    if row is None:
        raise NotFound(f"There is no appointment {appointment_id}.")
    return to_appointment(row)


def to_appointment(row: sa.Row[Any]) -> Appointment:
    """Of a row that has the lead's name, key and number beside it."""
    return Appointment(
        id=row.id,
        campaign_id=CampaignId(row.campaign_id),
        lead_id=LeadId(row.lead_id),
        attempt_id=AttemptId(row.attempt_id) if row.attempt_id else None,
        calendar=row.calendar or "",
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        state=AppointmentState(row.state),
        sequence=row.sequence,
        source=row.source,
        booked_at=row.booked_at,
        changed_at=row.changed_at,
        name=row.name,
        number=row.number or "",
        key=row.external_key,
    )
