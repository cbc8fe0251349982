"""The hours of the law once more, in the plainest way there is: for comparing, not for use.

Nothing of `cti_api` is used, nor of the package `holidays`, nor of the time zone database. Hours are written out, days
are counted from Easter, clocks are moved by hand.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache

MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY = range(7)
HOUR = 3600


def plain_allowed(
    at: datetime, region: str, zone: str | None, department: str | None, purpose: str, channel: str, ring: int = 28
) -> bool:
    """Whether a contact may begin, all but the hours being in order."""
    if region not in {"CO", "PE", "BO"}:
        return False
    if region == "CO" and purpose == "asked_for":
        return True
    needed = ring + 60 if channel == "voice" else 60
    place = zone or {"CO": "America/Bogota", "PE": "America/Lima", "BO": "America/La_Paz"}[region]
    return open_at(at, region, place, department, purpose) and open_at(
        at + timedelta(seconds=needed), region, place, department, purpose
    )


def open_at(at: datetime, region: str, zone: str, department: str | None, purpose: str) -> bool:
    wall = at.replace(tzinfo=None) + timedelta(hours=offset_hours(at, zone))
    second = wall.hour * HOUR + wall.minute * 60 + wall.second
    day = wall.date()
    weekday = day.weekday()
    if weekday == SUNDAY:
        return False
    if region == "CO":
        if day in colombia(day.year):
            return False
        if weekday == SATURDAY:
            return 8 * HOUR <= second < 15 * HOUR
        return 7 * HOUR <= second < 19 * HOUR
    if region == "PE":
        if day in peru(day.year) or weekday == SATURDAY:
            return False
        if purpose == "collections":
            return 7 * HOUR <= second < 20 * HOUR
        return 8 * HOUR <= second < 20 * HOUR
    if day in bolivia(day.year, department):
        return False
    if weekday == SATURDAY:
        return 9 * HOUR <= second < 13 * HOUR
    return 8 * HOUR <= second < 19 * HOUR


def offset_hours(at: datetime, zone: str) -> int:
    match zone:
        case "America/Bogota" | "America/Lima":
            return -5
        case "America/La_Paz":
            return -4
        case "America/New_York":
            return -4 if in_united_states_summer(at, -5) else -5
        case "America/Tijuana":
            return -7 if in_united_states_summer(at, -8) else -8
        case "America/Santiago":
            # The clock is changed at 24:00 of a Saturday: at 03:00 UTC in April, at 04:00 UTC in September.
            april = sunday_from(date(at.year, 4, 2))
            september = sunday_from(date(at.year, 9, 9) if at.year == 2022 else date(at.year, 9, 2))
            winter = midnight(april) + timedelta(hours=3) <= at < midnight(september) + timedelta(hours=4)
            return -4 if winter else -3
    raise AssertionError(zone)


def in_united_states_summer(at: datetime, standard: int) -> bool:
    """From two in the morning of the second Sunday of March to that of the first one of November."""
    begins = midnight(sunday_from(date(at.year, 3, 8))) + timedelta(hours=2 - standard)
    ends = midnight(sunday_from(date(at.year, 11, 1))) + timedelta(hours=2 - (standard + 1))
    return begins <= at < ends


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def sunday_from(day: date) -> date:
    while day.weekday() != SUNDAY:
        day += timedelta(days=1)
    return day


def monday_from(day: date) -> date:
    while day.weekday() != MONDAY:
        day += timedelta(days=1)
    return day


def easter(year: int) -> date:
    """The Gregorian computus as Butcher wrote it down (Ecclesiastical Calendar, 1876)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = b // 4, b % 4
    f = (b + 8) // 25
    g = (b - f + 1) // 3
    h = (19 * a + b - d - g + 15) % 30
    i, k = c // 4, c % 4
    el = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * el) // 451
    month, day = (h + el - 7 * m + 114) // 31, (h + el - 7 * m + 114) % 31 + 1
    return date(year, month, day)


def from_easter(year: int, days: int) -> date:
    return easter(year) + timedelta(days=days)


@cache
def colombia(year: int) -> frozenset[date]:
    """Ley 51 de 1983, and from 2026 on the day that is in dispute."""
    stay = [(1, 1), (5, 1), (7, 20), (8, 7), (12, 8), (12, 25)]
    move = [(1, 6), (3, 19), (6, 29), (8, 15), (10, 12), (11, 1), (11, 11)]
    days = {date(year, month, day) for month, day in stay}
    days |= {monday_from(date(year, month, day)) for month, day in move}
    days |= {from_easter(year, -3), from_easter(year, -2)}
    days |= {from_easter(year, 43), from_easter(year, 64), from_easter(year, 71)}  # Ascension, Corpus, Sacred Heart
    if year >= 2026:
        days.add(monday_from(date(year, 7, 9)))
    return frozenset(days)


@cache
def peru(year: int) -> frozenset[date]:
    fixed = [(1, 1), (5, 1), (6, 29), (7, 28), (7, 29), (8, 30), (10, 8), (11, 1), (12, 8), (12, 25)]
    if year >= 2022:
        fixed += [(8, 6), (12, 9)]
    if year >= 2023:
        fixed += [(7, 23)]
    if year >= 2024:
        fixed += [(6, 7)]
    days = {date(year, month, day) for month, day in fixed}
    return frozenset(days | {from_easter(year, -3), from_easter(year, -2)})


@cache
def bolivia(year: int, department: str | None) -> frozenset[date]:
    move_from_sunday = [(1, 1), (1, 22), (5, 1), (6, 21), (8, 6), (12, 25)]
    days = {date(year, 10, 17), date(year, 11, 2)}
    for month, day in move_from_sunday:
        holiday = date(year, month, day)
        days |= {holiday, holiday + timedelta(days=1)} if holiday.weekday() == SUNDAY else {holiday}
    days |= {from_easter(year, -48), from_easter(year, -47), from_easter(year, -2), from_easter(year, 60)}
    of_departments = {
        "B": date(year, 11, 18),
        "C": date(year, 9, 14),
        "H": date(year, 5, 25),
        "L": date(year, 7, 16),
        "N": date(year, 10, 11),
        "O": from_easter(year, -51),
        "P": date(year, 11, 10),
        "S": date(year, 9, 24),
        "T": date(year, 4, 15),
    }
    days |= set(of_departments.values()) if department not in of_departments else {of_departments[department]}
    return frozenset(days)
