"""Calendars: their hours brought in, what is free looked at, and what is booked as iCalendar."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Annotated, Final, Self

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field, model_validator

from cti_api.appointments.ical_out import END, beginning, events
from cti_api.border import Instant, Line, Slug
from cti_api.model.appointments import Calendar, Slot
from cti_api.setting_values import Timezone
from cti_api.store.calendars import BATCH
from cti_api.web.handed import Everything, Handed
from cti_api.web.media import ICALENDAR, gives

router = APIRouter(prefix="/calendars", tags=["appointments"])

CALENDAR_DAYS: Final = timedelta(days=400)
"""How far ahead a calendar is looked at where nobody says."""
PAST_DAYS: Final = timedelta(days=90)
"""How far back an iCalendar file goes: a subscriber keeps what it has seen."""
PAGE: Final = 200
"""Appointments read at a time."""


class CalendarLine(BaseModel):
    """A calendar in a list."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    title: str
    timezone: str


class NewCalendar(BaseModel):
    model_config = ConfigDict(extra="forbid")

    title: Line = ""
    timezone: Timezone


class Time(BaseModel):
    """From when to when."""

    model_config = ConfigDict(extra="forbid")

    starts_at: Instant
    ends_at: Instant

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.ends_at <= self.starts_at:
            raise ValueError("must end after it begins")
        return self


class NewSlot(Time):
    capacity: Annotated[int, Field(ge=0, le=1000)] = 1


class NewSlots(BaseModel):
    model_config = ConfigDict(extra="forbid")

    slots: Annotated[tuple[NewSlot, ...], Field(max_length=BATCH)]


class BusyTimes(BaseModel):
    model_config = ConfigDict(extra="forbid")

    times: Annotated[tuple[Time, ...], Field(max_length=BATCH)]


class BroughtIn(BaseModel):
    new: int
    """Slots that were not there yet; the others have the end and capacity that were sent."""


class Closed(BaseModel):
    closed: int
    """Slots that had places left and have none any more."""


class SlotLine(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    starts_at: datetime
    ends_at: datetime
    capacity: int
    taken: int
    free: int


@router.get("")
async def all_calendars(handed: Everything) -> list[CalendarLine]:
    """Every calendar, by name."""
    return [CalendarLine.model_validate(each) for each in await handed.store.calendars.all()]


@router.put("/{name}")
async def put_calendar(name: Slug, new: NewCalendar, handed: Everything) -> CalendarLine:
    """Make a calendar, or change its title and zone; its slots stay as they are."""
    made = Calendar(name=name, title=new.title, timezone=new.timezone)
    await handed.store.calendars.put(made, handed.clock.now())
    return CalendarLine.model_validate(made)


@router.post("/{name}/slots")
async def put_slots(name: Slug, new: NewSlots, handed: Everything) -> BroughtIn:
    """Bring slots in; one that is there already changes, but never to fewer places than are taken."""
    slots = [Slot(starts_at=s.starts_at, ends_at=s.ends_at, capacity=s.capacity) for s in new.slots]
    return BroughtIn(new=await handed.store.calendars.put_slots(name, slots))


@router.post("/{name}/busy")
async def close_times(name: Slug, busy: BusyTimes, handed: Everything) -> Closed:
    """Take nobody more within these times; who is booked stays booked."""
    times = [(each.starts_at, each.ends_at) for each in busy.times]
    return Closed(closed=await handed.store.calendars.close_times(name, times))


@router.get("/{name}/slots")
async def slots(
    name: Slug,
    handed: Everything,
    first: Annotated[Instant | None, Query(alias="from")] = None,
    until: Instant | None = None,
    free: bool = False,
    most: Annotated[int, Query(ge=1, le=5000)] = 1000,
) -> list[SlotLine]:
    """A calendar's slots from now on, or from a day of yours; `free`: only those with places left."""
    begins = first or handed.clock.now()
    found = await handed.store.calendars.slots(name, begins, until or begins + CALENDAR_DAYS, only_free=free, most=most)
    return [SlotLine.model_validate(each) for each in found]


@router.get("/{name}.ics", response_class=StreamingResponse, responses=gives(ICALENDAR, words="RFC 5545"))
async def as_icalendar(name: Slug, handed: Everything, personal: bool = True) -> StreamingResponse:
    """What is booked, for a workshop to subscribe to; without `personal` there are only hours in it."""
    calendar = await handed.store.calendars.get(name)
    return StreamingResponse(_icalendar(handed, calendar, personal), media_type="text/calendar; charset=utf-8")


async def _icalendar(handed: Handed, calendar: Calendar, personal: bool) -> AsyncIterator[bytes]:
    """In threads: a thousand appointments take a second, in which calls are placed."""
    now = handed.clock.now()
    yield await asyncio.to_thread(beginning, calendar)
    first, after = now - PAST_DAYS, 0
    while booked := await handed.store.appointments.between(
        first, now + CALENDAR_DAYS, calendar=calendar.name, after=after, most=PAGE
    ):
        yield await asyncio.to_thread(events, calendar, booked, personal=personal)
        first, after = booked[-1].starts_at, booked[-1].id
    yield END
