"""Windows: when a place allows contacts, on the clock of every zone the person may live in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from cti_api.law.calendar import DayKind, day_kind
from cti_api.law.facts import Facts
from cti_api.law.rules import Holidays, Opening, Window
from cti_api.law.sentences import Said, Sentence
from cti_api.law.terms import Channel
from cti_api.wall_clock import DAY, MIDNIGHT, clock_changes, days_between, first_lasting, instants_of, within

SOON_DAYS: Final = 6
"""Nearly every opening comes within a week: looked for first."""

HORIZON_DAYS: Final = 60
"""How far an opening is looked for at all."""

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a rule is asked: the clocks and the calendar."""

    zones: tuple[ZoneInfo, ...]
    """Every zone the person may live in; empty: not known."""
    holidays: Holidays | None
    """Of the pack that holds the rule."""


def window_objection(rule: Window, facts: Facts, place: Place, now: datetime) -> Said | None:
    """Why the hours forbid a contact that begins at `now`; None when they do not."""
    if rule.days is Opening.NEVER:
        return Said(Sentence.NEVER)
    if rule.days is Opening.ALWAYS and not rule.closed_on_holidays:
        return None
    if not place.zones:
        return Said(Sentence.NO_ZONE)
    lasting = lead_time(rule, facts)
    for zone in place.zones:
        closed = _closed(rule, facts, place, zone, now)
        if closed is not None:
            return closed
        if _closed(rule, facts, place, zone, now + lasting) is not None:
            return _about(Sentence.ENDS_TOO_SOON, rule, now.astimezone(zone), zone)
    return None


def window_free_from(rule: Window, facts: Facts, place: Place, now: datetime) -> datetime | None:
    """The first instant from `now` on at which the hours allow a contact to begin; None: not in `HORIZON_DAYS`."""
    if window_objection(rule, facts, place, now) is None:
        return now
    if rule.days is Opening.NEVER or not place.zones:
        return None

    def is_open(at: datetime) -> bool:
        return all(_closed(rule, facts, place, zone, at) is None for zone in place.zones)

    lasting = lead_time(rule, facts)
    for days in (SOON_DAYS, HORIZON_DAYS):
        last = now + days * DAY
        changes = {at for zone in place.zones for at in _changes(rule, zone, now, last + lasting)}
        found = first_lasting(is_open, changes, now, lasting)
        if found is not None and found <= last:
            return found
    return None


def lead_time(rule: Window, facts: Facts) -> timedelta:
    """How long before its window ends a contact has to begin: a call's ring time, and the rule's margin."""
    ringing = facts.ring_seconds if facts.channel is Channel.VOICE else 0.0
    return timedelta(seconds=ringing) + rule.margin


def _closed(rule: Window, facts: Facts, place: Place, zone: ZoneInfo, instant: datetime) -> Said | None:
    """Why the window is not open at `instant` on that clock; None when it is."""
    local = instant.astimezone(zone)
    if rule.closed_on_holidays:
        shut = _holiday(place.holidays, facts.department, local.date())
        if shut is not None:
            return shut
    if isinstance(rule.days, Opening):
        return None
    windows = rule.days.get(local.weekday(), ())
    if not windows:
        return Said(Sentence.CLOSED_WEEKDAY, {"day": local.date(), "weekday": WEEKDAYS[local.weekday()]})
    wall = local.time()
    if any(within(start, end, wall) for start, end in windows):
        return None
    return _about(Sentence.OUTSIDE_HOURS, rule, local, zone)


def _holiday(holidays: Holidays | None, department: str | None, day: date) -> Said | None:
    if holidays is None:
        return Said(Sentence.UNKNOWN_YEAR, {"year": day.year})
    kind, name = day_kind(holidays, department, day)
    match kind:
        case DayKind.WORKING:
            return None
        case DayKind.UNKNOWN:
            return Said(Sentence.UNKNOWN_YEAR, {"year": day.year})
        case DayKind.DISPUTED:
            return Said(Sentence.DISPUTED_DAY, {"day": day, "name": name})
        case DayKind.HOLIDAY:
            return Said(Sentence.HOLIDAY, {"day": day, "name": name})


def _about(sentence: Sentence, rule: Window, local: datetime, zone: ZoneInfo) -> Said:
    windows = () if isinstance(rule.days, Opening) else rule.days.get(local.weekday(), ())
    hours = ", ".join(f"{start:%H:%M}-{_end(end)}" for start, end in windows)
    return Said(sentence, {"clock": local.time().replace(microsecond=0), "zone": zone.key, "hours": hours})


def _end(end: time) -> str:
    return "24:00" if end == MIDNIGHT else f"{end:%H:%M}"


def _changes(rule: Window, zone: ZoneInfo, first: datetime, last: datetime) -> Iterator[datetime]:
    """Every instant at which the window may open on that clock."""
    yield from clock_changes(zone, first, last)
    for day in days_between(first.astimezone(zone).date(), last.astimezone(zone).date()):
        windows = ((MIDNIGHT, MIDNIGHT),) if isinstance(rule.days, Opening) else rule.days.get(day.weekday(), ())
        for start, _ in windows:
            yield from instants_of(day, start, zone)
