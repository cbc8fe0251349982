"""A calendar's appointments as iCalendar (RFC 5545), for a workshop to subscribe to."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from icalendar import Calendar as ICalendar
from icalendar import Event as IEvent
from icalendar import Timezone

from cti_api.model.appointments import Appointment, AppointmentState, Calendar

UNTOLD_LENGTH: Final = timedelta(hours=1)
"""Of an appointment outside of any calendar, which has to end at some time to be seen."""

_STATUS: Final = {AppointmentState.CANCELLED: "CANCELLED"}


END: Final = b"END:VCALENDAR\r\n"
"""What comes after `beginning` and the events."""


def beginning(calendar: Calendar) -> bytes:
    """The file as far as its first event."""
    file = ICalendar()
    file.add("prodid", "-//Vocero//appointments//ES")
    file.add("version", "2.0")
    file.add("method", "PUBLISH")
    file.add("x-wr-calname", calendar.title or calendar.name)
    file.add("x-wr-timezone", calendar.timezone)
    file.add_component(Timezone.from_tzid(calendar.timezone))
    written: bytes = file.to_ical()
    return written.removesuffix(END)


def events(calendar: Calendar, appointments: Iterable[Appointment], *, personal: bool = True) -> bytes:
    """The appointments as they stand in the file; each takes about a millisecond. `personal`: with name, telephone and
    plate; without, the hour is all that is told.

    An appointment keeps its UID for ever, has a higher SEQUENCE after every change, and is CANCELLED, not left out:
    whoever subscribed takes it away by that.
    """
    zone = ZoneInfo(calendar.timezone)
    return b"".join(_event(each, zone, personal=personal).to_ical() for each in appointments)


def _event(appointment: Appointment, zone: ZoneInfo, *, personal: bool) -> IEvent:
    event = IEvent()
    ends_at: datetime = appointment.ends_at or appointment.starts_at + UNTOLD_LENGTH
    event.add("uid", appointment.uid)
    event.add("dtstamp", appointment.changed_at)
    event.add("last-modified", appointment.changed_at)
    event.add("created", appointment.booked_at)
    event.add("sequence", appointment.sequence)
    event.add("status", _STATUS.get(appointment.state, "CONFIRMED"))
    event.add("dtstart", appointment.starts_at.astimezone(zone))
    event.add("dtend", ends_at.astimezone(zone))
    if personal:
        event.add("summary", " · ".join(part for part in (appointment.name, appointment.key) if part) or "Cita")
        event.add("description", f"Tel. {appointment.number}")
    else:
        event.add("summary", "Cita")
    return event
