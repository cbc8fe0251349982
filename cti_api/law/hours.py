"""Windows: when a place allows contacts, on the clock of every zone the person may live in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from cti_api.law.calendar import WORKING_DAY, Day, DayKind, day_kind
from cti_api.law.facts import Facts
from cti_api.law.rules import Holidays, Opening, Window
from cti_api.law.sentences import Said, Sentence
from cti_api.law.terms import Channel
from cti_api.wall_clock import DAY, MIDNIGHT, clock_changes, days_between, first_lasting, instants_of, within

HORIZON_DAYS: Final = 60
"""How far an opening is looked for at all."""

LOOK_AHEAD: Final = (2, 8, HORIZON_DAYS)
"""Days in which it is looked for first: most openings are near."""

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
        if not _open(rule, facts, place, zone, now):
            return _why_closed(rule, facts, place, zone, now)
        if not _open(rule, facts, place, zone, now + lasting):
            return _about(Sentence.ENDS_TOO_SOON, rule, now.astimezone(zone), zone)
    return None


def window_free_from(rule: Window, facts: Facts, place: Place, now: datetime) -> datetime | None:
    """The first instant from `now` on at which the hours allow a contact to begin; None: not in `HORIZON_DAYS`."""
    if window_objection(rule, facts, place, now) is None:
        return now
    if rule.days is Opening.NEVER or not place.zones:
        return None

    def is_open(at: datetime) -> bool:
        return all(_open(rule, facts, place, zone, at) for zone in place.zones)

    lasting = lead_time(rule, facts)
    for days in LOOK_AHEAD:
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


def _open(rule: Window, facts: Facts, place: Place, zone: ZoneInfo, instant: datetime) -> bool:
    """Whether the window is open at `instant` on that clock."""
    local = instant.astimezone(zone)
    if not isinstance(rule.days, Opening):
        wall = local.time()
        if not any(within(start, end, wall) for start, end in rule.days.get(local.weekday(), ())):
            return False
    return not rule.closed_on_holidays or _kind(place, facts, local.date()).kind is DayKind.WORKING


def _why_closed(rule: Window, facts: Facts, place: Place, zone: ZoneInfo, instant: datetime) -> Said:
    """What to say of a window that is not open: the whole day's reason before the hour's."""
    local = instant.astimezone(zone)
    day = local.date()
    kind, name = _kind(place, facts, day) if rule.closed_on_holidays else WORKING_DAY
    if kind is not DayKind.WORKING:
        return Said(_OF_DAY[kind], {"day": day, "year": day.year, "name": name})
    if isinstance(rule.days, Opening) or rule.days.get(local.weekday()):
        return _about(Sentence.OUTSIDE_HOURS, rule, local, zone)
    return Said(Sentence.CLOSED_WEEKDAY, {"day": day, "weekday": WEEKDAYS[local.weekday()]})


def _kind(place: Place, facts: Facts, day: date) -> Day:
    """What the day is; nobody knows without a calendar."""
    return Day(DayKind.UNKNOWN) if place.holidays is None else day_kind(place.holidays, facts.department, day)


_OF_DAY: Final = {
    DayKind.UNKNOWN: Sentence.UNKNOWN_YEAR,
    DayKind.DISPUTED: Sentence.DISPUTED_DAY,
    DayKind.HOLIDAY: Sentence.HOLIDAY,
}


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
