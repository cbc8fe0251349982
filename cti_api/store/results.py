"""One row of what became of appointments: found by plate or number and day, and entered, in one transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from cti_api.appointments.entered import EnteredResult, Matched, RowAnswer, on_day, spellings
from cti_api.campaign_file.parse import parse_campaign
from cti_api.errors import Conflict
from cti_api.model.appointments import STANDING, AppointmentState, Booking
from cti_api.store import booking as places
from cti_api.store.appointment_tables import appointments, calendars
from cti_api.store.schema import campaign_specs, campaigns, contacts, leads, phones

MOST: Final = 100
"""Appointments of one person that are looked through."""

_FITTING: Final = (
    sa.select(appointments, calendars.c.timezone)
    .join_from(appointments, leads, leads.c.id == appointments.c.lead_id)
    .join(calendars, calendars.c.name == appointments.c.calendar, isouter=True)
    .where(appointments.c.state != AppointmentState.CANCELLED)
    .order_by(appointments.c.starts_at)
    .limit(MOST)
)
_BY_KEY: Final = _FITTING.where(
    leads.c.contact_id.in_(
        sa.select(contacts.c.id).where(
            sa.text("contacts.external_key != ''"), contacts.c.external_key.in_(sa.bindparam("keys", expanding=True))
        )
    )
)
_BY_NUMBER: Final = _FITTING.where(
    leads.c.contact_id.in_(sa.select(phones.c.contact_id).where(phones.c.e164 == sa.bindparam("number")))
)
_SPEC: Final = sa.select(campaign_specs.c.text).join_from(
    campaigns,
    campaign_specs,
    sa.and_(campaign_specs.c.campaign_id == campaigns.c.id, campaign_specs.c.version == campaigns.c.spec_version),
)


def enter_row(tx: sa.Connection, row: EnteredResult, at: datetime, source: str, zones: dict[str, str]) -> RowAnswer:
    """Enter what one row says; what cannot be is the answer, never an error. `zones`: of campaigns, as they are met."""
    found = find(tx, row, zones)
    return found if isinstance(found, RowAnswer) else enter(tx, places.held(tx, found.id), row, at, source)


def find(tx: sa.Connection, row: EnteredResult, zones: dict[str, str]) -> sa.Row[Any] | RowAnswer:
    """The one appointment that a row is about, or what is answered where there is not one."""
    found = _found(tx, row)
    dated = [(each, _zone(tx, each, zones)) for each in found]
    fitting = on_day(dated, row.day)
    if not fitting:
        moved = next((each for each in found if each.state in STANDING and each.starts_at == row.to), None)
        if moved is not None:  # by this very row, which then was not on its day any more
            return RowAnswer(line=row.line, matched=Matched.SAME, appointment_id=moved.id)
        reason = "there is no appointment on that day" if found else "nobody of that plate or number has an appointment"
        return RowAnswer(line=row.line, matched=Matched.UNKNOWN, reason=reason)
    if len(fitting) > 1:
        local = [dated[place][0].starts_at.astimezone(ZoneInfo(dated[place][1])) for place in fitting[:5]]
        days = ", ".join(f"{each.date()}" for each in local)
        reason = f"{len(fitting)} appointments fit ({days}): say the day"
        return RowAnswer(line=row.line, matched=Matched.SEVERAL, reason=reason)
    return found[fitting[0]]


def enter(tx: sa.Connection, held: sa.Row[Any], row: EnteredResult, at: datetime, source: str) -> RowAnswer:
    """Enter what a row says of this appointment, which is held."""
    if held.state == row.state and (row.to is None or row.to == held.starts_at):
        return RowAnswer(line=row.line, matched=Matched.SAME, appointment_id=held.id)
    try:
        with tx.begin_nested():
            places.change(tx, held, row.state, at, source=source, to=_to(row, held, source))
    except Conflict as error:
        return RowAnswer(line=row.line, matched=Matched.REFUSED, appointment_id=held.id, reason=str(error))
    return RowAnswer(line=row.line, matched=Matched.DONE, appointment_id=held.id)


def _found(tx: sa.Connection, row: EnteredResult) -> list[sa.Row[Any]]:
    """By the plate, else by the number; of the same lead one that stands goes before what is over."""
    found: list[sa.Row[Any]] = []
    if row.key:
        found = list(tx.execute(_BY_KEY, {"keys": spellings(row.key)}))
    if not found and row.number is not None:
        found = list(tx.execute(_BY_NUMBER, {"number": row.number.e164}))
    standing = [each for each in found if each.state in STANDING]
    return standing if standing and row.day is None else found


def _zone(tx: sa.Connection, appointment: sa.Row[Any], zones: dict[str, str]) -> str:
    if appointment.timezone:
        return str(appointment.timezone)
    campaign: str = appointment.campaign_id
    if campaign not in zones:
        text = tx.execute(_SPEC.where(campaigns.c.id == campaign)).scalar_one()
        zones[campaign] = parse_campaign(text).hours.timezone
    return zones[campaign]


def _to(row: EnteredResult, held: sa.Row[Any], source: str) -> Booking | None:
    if row.to is None:
        return None
    return Booking(
        starts_at=row.to,
        calendar=held.calendar or "",
        source=source,
        remind_before_seconds=held.remind_before_seconds,
    )
