"""An iCalendar feed or file (RFC 5545) as stretches of time: of free slots, or of hours that are busy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from icalendar import Calendar as ICalendar

from cti_api.appointments.recurrence import Budget, NotUnderstood, days_of
from cti_api.errors import InputError

LARGEST_BYTES: Final = 2 * 1024 * 1024
MOST_EVENTS: Final = 5_000
MOST_TIMES: Final = 50_000
"""Events with all their repetitions."""
LONGEST_LINE: Final = 64 * 1024

# Its rules of summer time would be expanded; a zone's name says the same, and names are all that is understood.
_ZONES = re.compile(r"^BEGIN:VTIMEZONE\s*$.*?^END:VTIMEZONE\s*$\n?", re.MULTILINE | re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Stretch:
    """From when to when. Instants aware, UTC."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class RefusedEvent:
    """An event that is not understood."""

    place: int
    """Which of the feed's events, from 1."""
    reason: str


def read_feed(raw: bytes, timezone: str, first: date, last: date) -> list[Stretch | RefusedEvent]:
    """What a feed's events take of these days (both included), in order of time; refused ones come first.

    `timezone` is the clock of events that name none. Cancelled and transparent events take nothing. Raises `InputError`
    for what is no calendar, or more of one than is read.
    """
    calendar = _parsed(raw)
    events = calendar.walk("VEVENT")
    if len(events) > MOST_EVENTS:
        raise InputError(f"The calendar has more than {MOST_EVENTS} events: bring in a part of it.")
    reader = _Reader(ZoneInfo(timezone), (first, last), Budget(), _overridden(events))
    refused: list[RefusedEvent] = []
    found: list[Stretch] = []
    for place, event in enumerate(events, start=1):
        try:
            found += reader.stretches(event)
        except (NotUnderstood, ValueError, TypeError, OverflowError, KeyError, AttributeError, IndexError) as error:
            # icalendar gives what a stranger wrote there: any of its parts may be of another type than it should be.
            said = str(error) if isinstance(error, NotUnderstood) else "it cannot be read"
            refused.append(RefusedEvent(place, said))
        if len(found) > MOST_TIMES:
            raise InputError(f"The calendar's events are more than {MOST_TIMES} with their repetitions.")
    return [*refused, *sorted(set(found), key=lambda each: (each.starts_at, each.ends_at))]


def _parsed(raw: bytes) -> Any:
    if len(raw) > LARGEST_BYTES:
        raise InputError(f"The calendar is larger than {LARGEST_BYTES // 1024**2} MB: bring in a part of it.")
    text = raw.decode("utf-8-sig", "replace").replace("\r\n", "\n")
    if not text.lstrip().upper().startswith("BEGIN:VCALENDAR"):
        raise InputError("This is no iCalendar file: it does not begin with BEGIN:VCALENDAR.")
    if any(len(line) > LONGEST_LINE for line in text.split("\n")):
        raise InputError("The calendar has a line that is too long to be one.")
    if text.upper().count("BEGIN:") > 4 * MOST_EVENTS:
        raise InputError(f"The calendar has more than {MOST_EVENTS} events: bring in a part of it.")
    try:
        return ICalendar.from_ical(_ZONES.sub("", text))
    except (ValueError, IndexError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(f"The calendar cannot be read ({str(error)[:100]}).") from None


def _overridden(events: list[Any]) -> dict[str, set[datetime | date]]:
    """Repetitions that an event of their own stands for (RECURRENCE-ID), by UID."""
    moved: dict[str, set[datetime | date]] = {}
    for event in events:
        instead = event.get("RECURRENCE-ID")
        if instead is not None and hasattr(instead, "dt"):
            moved.setdefault(str(event.get("UID", "")), set()).add(instead.dt)
    return moved


@dataclass(frozen=True, slots=True)
class _Reader:
    zone: ZoneInfo
    window: tuple[date, date]
    budget: Budget
    overridden: dict[str, set[datetime | date]]

    def stretches(self, event: Any) -> Iterator[Stretch]:
        if str(event.get("STATUS", "")).upper() == "CANCELLED" or str(event.get("TRANSP", "")).upper() == "TRANSPARENT":
            return
        begins = self._local(event["DTSTART"])
        length = self._length(event, begins)
        if length <= timedelta(0) or length > timedelta(days=366):
            raise NotUnderstood("it does not end after it begins, within a year")
        for day in self._days(event, begins):
            local = begins.replace(year=day.year, month=day.month, day=day.day)
            starts_at = local.astimezone(UTC)
            yield Stretch(starts_at, starts_at + length)

    def _days(self, event: Any, begins: datetime) -> Iterator[date]:
        first, last = self.window
        rule = event.get("RRULE")
        if isinstance(rule, list) or "RDATE" in event:
            raise NotUnderstood("it repeats by several rules or by RDATE, which is not understood")
        # An event of several days may have begun before the first one.
        window = (first - timedelta(days=1), last)
        days = days_of(rule, begins.date(), window, self.budget) if rule is not None else iter([begins.date()])
        skipped = self._skipped(event)
        for day in days:
            if window[0] <= day <= window[1] and day not in skipped:
                yield day

    def _skipped(self, event: Any) -> set[date]:
        if "RECURRENCE-ID" in event:
            return set()
        found: set[date] = set()
        exceptions = event.get("EXDATE", [])
        for each in exceptions if isinstance(exceptions, list) else [exceptions]:
            found |= {self._at(one.dt).date() for one in each.dts}
        found |= {self._at(one).date() for one in self.overridden.get(str(event.get("UID", "")), set())}
        return found

    def _length(self, event: Any, begins: datetime) -> timedelta:
        if "DTEND" in event:
            return self._local(event["DTEND"]).astimezone(UTC) - begins.astimezone(UTC)
        if "DURATION" in event:
            length = event["DURATION"].dt
            if not isinstance(length, timedelta):
                raise NotUnderstood("its duration is none")
            return length
        whole_day = not isinstance(event["DTSTART"].dt, datetime)
        return timedelta(days=1) if whole_day else timedelta(0)

    def _local(self, written: Any) -> datetime:
        zone_named = written.params.get("TZID")
        found = written.dt
        if zone_named and isinstance(found, datetime) and found.tzinfo is None:
            raise NotUnderstood(f"its time zone {str(zone_named)[:60]} is not known")
        return self._at(found)

    def _at(self, found: datetime | date) -> datetime:
        if not isinstance(found, datetime):
            return datetime.combine(found, time(0), self.zone)
        return found.replace(tzinfo=self.zone) if found.tzinfo is None else found
