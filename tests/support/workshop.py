"""A workshop with few places, and people who are called and book in it."""

from __future__ import annotations

from cti_api.model.appointments import Appointment, Booking, Calendar, Slot
from cti_api.model.calls import Attempt
from cti_api.model.events import Event
from cti_api.model.leads import Lead
from cti_api.store.store import Store
from tests.support.store import CAMPAIGN, T0, at, attempt_for, event, new_leads

WORKSHOP = "taller-norte"
HOUR = 3600.0


def hour(n: int) -> Booking:
    """The nth hour of the calendar."""
    return Booking(starts_at=at(n * HOUR), calendar=WORKSHOP)


async def with_workshop(store: Store) -> Store:
    """Three hours, with one place each but the last, which has two."""
    await store.calendars.put(Calendar(name=WORKSHOP, title="Taller Norte", timezone="America/Bogota"), T0)
    new = [
        Slot(starts_at=at(n * HOUR), ends_at=at((n + 1) * HOUR), capacity=places)
        for n, places in ((1, 1), (2, 1), (3, 2))
    ]
    assert await store.calendars.put_slots(WORKSHOP, new) == 3
    return store


async def free(store: Store) -> list[int]:
    found = await store.calendars.slots(WORKSHOP, T0, at(1e6))
    return [slot.free for slot in found]


async def dialled(store: Store, n: int = 0) -> tuple[Lead, Attempt]:
    """A lead in a call."""
    await store.leads.add(CAMPAIGN, new_leads(1, n), T0)
    (lead,) = await store.leads.reserve(CAMPAIGN, 1, T0, at(60))
    attempt = attempt_for(lead)
    await store.attempts.open(attempt)
    return lead, attempt


async def books(store: Store, attempt: Attempt, booking: Booking | None, code: str = "cita", seconds: float = 1) -> int:
    fields = {"fecha": booking.starts_at.isoformat()} if booking else {}
    return await store.attempts.dispose(attempt.id, code, fields, at(seconds), event(), booking=booking)


async def told(store: Store) -> list[Event]:
    found: list[Event] = []
    while more := await store.outbox.number():
        found += more
    return [each for each in found if each.kind.startswith("appointment.")]


async def only(store: Store, lead: Lead) -> Appointment:
    (found,) = await store.appointments.of_lead(lead.id)
    return found
