"""A calendar's file: weekly hours, how long a slot takes and for how many, minus days off, as slots.

calendar: taller-norte
title: Taller Norte
timezone: America/Bogota
from: 2026-11-23
until: 2027-02-27          # this day too
slot: 30 min
capacity: 2
hours:
  mon-fri: [08:00-12:00, 14:00-17:00]
  sat: 08:00-12:00
holidays: CO               # its public holidays are days off
days_off: [2026-12-24, 2026-12-31]
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import holidays

from cti_api.campaign_file import values
from cti_api.campaign_file.section import Notes, Section
from cti_api.campaign_file.weekly import weekly_windows
from cti_api.errors import InputError
from cti_api.model.appointments import Calendar, Slot
from cti_api.yaml_tree import FileKind, read_tree

CALENDAR_FILE: Final = FileKind(noun="calendar file", largest_bytes=64 * 1024, looks_like="calendar: taller-norte")
LONGEST: Final = timedelta(days=2 * 366)
"""From the first day to the last."""
MOST_SLOTS: Final = 50_000
LARGEST_CAPACITY: Final = 1000

_STAND_IN: Final = date(2026, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class WeeklyPlan:
    """When a workshop takes people."""

    calendar: Calendar
    first: date
    last: date
    slot_seconds: float
    capacity: int
    hours: tuple[tuple[int, time, time], ...]
    """Weekday (0 Monday), start, end; local time, 00:00 as an end is midnight."""
    days_off: frozenset[date]


def read_weekly(text: str) -> WeeklyPlan:
    """The plan in a calendar's file. Raises `InputError` with every fault, its line and path."""
    notes = Notes()
    top = Section(read_tree(text, CALENDAR_FILE, notes.faults), "", notes)
    calendar = Calendar(
        name=top.required("calendar", values.slug, "x"),
        title=top.optional("title", values.line_of_text, ""),
        timezone=top.required("timezone", values.timezone, "UTC"),
    )
    first = top.required("from", _day, _STAND_IN)
    last = top.required("until", _day, _STAND_IN)
    country = top.optional("holidays", _holiday_country, "")
    plan = WeeklyPlan(
        calendar=calendar,
        first=first,
        last=last,
        slot_seconds=top.required("slot", values.duration(300.0, 86_400.0), 86_400.0),
        capacity=top.required("capacity", values.integer(1, LARGEST_CAPACITY), 1),
        hours=tuple(weekly_windows(top.section("hours", required=True), values.window_of_minutes)),
        days_off=frozenset(top.texts("days_off", _day)) | _holidays(country, first, last),
    )
    top.finish()
    if not notes.faults and last < first:
        top.note("until", "must not be before `from`")
    elif not notes.faults and last - first > LONGEST:
        top.note("until", f"must be at most {LONGEST.days} days after `from`")
    elif not notes.faults and next(slots_of(plan), None) is None:
        top.note("hours", "leave no slot at all: they are shorter than `slot`, or every day is off")
    if notes.faults:
        faults = sorted(notes.faults, key=lambda fault: (fault.line or 0, fault.path))
        raise InputError("The calendar file has faults; nothing was changed.", faults)
    return plan


def slots_of(plan: WeeklyPlan) -> Iterator[Slot]:
    """Every slot of the plan, in order. An hour that the clock skips has none; of one that comes twice, the first."""
    zone, day = ZoneInfo(plan.calendar.timezone), plan.first
    step = timedelta(seconds=plan.slot_seconds)
    while day <= plan.last:
        for weekday, start, end in plan.hours:
            if weekday != day.weekday() or day in plan.days_off:
                continue
            begins = datetime.combine(day, start)
            ends = datetime.combine(day + timedelta(days=end == time(0)), end)
            while begins + step <= ends:
                made = _slot(begins, step, zone, plan.capacity)
                if made is not None:
                    yield made
                begins += step
        day += timedelta(days=1)


def _slot(begins: datetime, step: timedelta, zone: ZoneInfo, capacity: int) -> Slot | None:
    starts_at = begins.replace(tzinfo=zone).astimezone(UTC)
    if starts_at.astimezone(zone).replace(tzinfo=None) != begins:
        return None
    return Slot(starts_at=starts_at, ends_at=starts_at + step, capacity=capacity)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError("must be a day such as 2026-12-24") from None


def _holiday_country(text: str) -> str:
    if text not in holidays.list_supported_countries(include_aliases=False):
        raise ValueError("must be a country whose holidays are known, such as CO")
    return text


def _holidays(country: str, first: date, last: date) -> frozenset[date]:
    if not country or last < first or last - first > LONGEST:
        return frozenset()
    return frozenset(holidays.country_holidays(country, years=range(first.year, last.year + 1)))
