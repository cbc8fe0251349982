"""What a day is: a working day, a holiday, in dispute, or in a year nobody knows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

import holidays as calendars

from cti_api.law.rules import Holidays


class DayKind(Enum):
    WORKING = "working"
    HOLIDAY = "holiday"
    DISPUTED = "disputed"
    """Sources disagree, nobody settled it."""
    UNKNOWN = "unknown"
    """The calendar does not know the year."""


class Day(NamedTuple):
    kind: DayKind
    name: str = ""
    """The holiday's name, or what is disputed; in the country's language."""


WORKING_DAY = Day(DayKind.WORKING)


def day_kind(holidays: Holidays, department: str | None, day: date) -> Day:
    """What `day` is for a person of that department (None or one the calendar does not know: of any)."""
    if not holidays.first_year <= day.year <= holidays.last_year:
        return Day(DayKind.UNKNOWN)
    listed = _listed(holidays.calendar, department if holidays.by_department else "", day.year)
    if day in holidays.confirmed:
        settled = holidays.confirmed[day]
        name = listed.get(day) or holidays.added.get(day) or holidays.disputed.get(day, "")
        return Day(DayKind.HOLIDAY, name) if settled else WORKING_DAY
    if day in holidays.disputed:
        return Day(DayKind.DISPUTED, holidays.disputed[day])
    if day in holidays.added:
        return Day(DayKind.HOLIDAY, holidays.added[day])
    return Day(DayKind.HOLIDAY, listed[day]) if day in listed else WORKING_DAY


def is_calendar(country: str) -> bool:
    """Whether the package has a calendar of that country (ISO 3166)."""
    return country in calendars.list_supported_countries(include_aliases=False)


def years_of(country: str) -> tuple[int, int]:
    """The first and the last year the package can make a calendar for."""
    calendar = calendars.country_holidays(country)
    return calendar.start_year, calendar.end_year


def departments_of(country: str) -> tuple[str, ...]:
    """The departments of which the package knows holidays of their own (ISO 3166-2 without the country)."""
    return tuple(calendars.country_holidays(country).subdivisions)


@lru_cache(maxsize=1024)
def _listed(country: str, department: str | None, year: int) -> Mapping[date, str]:
    """The holidays of a year by day; `department` None for those of any, empty for those of the whole country."""
    known = calendars.country_holidays(country).subdivisions
    if department is None or (department and department not in known):
        places: tuple[str | None, ...] = (None, *known)
    else:
        places = (department or None,)
    found: dict[date, str] = {}
    for place in places:
        for day, name in calendars.country_holidays(country, subdiv=place, years=year, language="es").items():
            found.setdefault(day, name)
    return found
