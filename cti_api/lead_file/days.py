"""Dates as lists have them: ISO 8601, day or month first as the country writes them, or a spreadsheet's number."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Final

MONTH_FIRST: Final = frozenset({"US"})
"""Countries that write the month before the day; every other one of our regions writes the day first."""

_SERIAL_ZERO: Final = date(1899, 12, 30)
"""Day 0 of a spreadsheet's dates, after the leap day of 1900 that never was (ECMA-376 part 1, 18.17.4.1)."""

_EARLIEST, _LATEST = date(1900, 3, 1), date(2200, 1, 1)

_YEAR_FIRST = re.compile(r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})")
_YEAR_LAST = re.compile(r"([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4})")
_SERIAL = re.compile(r"([0-9]{4,6})(\.[0-9]+)?\Z")
_CLOCK = re.compile(r"[T ]\s*([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.[0-9]+)?)?\Z")


def parse_day(text: str, region: str) -> date | datetime | None:
    """The day, or the local instant where a time of day is given; None for what is neither."""
    text = text.strip().removeprefix("'")
    serial = _SERIAL.match(text)
    if serial:
        return _from_serial(int(serial[1]), float(serial[2] or 0))
    found = _YEAR_FIRST.match(text)
    if found:
        year, month, day = (int(part) for part in found.groups())
    else:
        found = _YEAR_LAST.match(text)
        if found is None:
            return None
        first, second, year = (int(part) for part in found.groups())
        month, day = (first, second) if region in MONTH_FIRST else (second, first)
    return _of(year, month, day, text[found.end() :])


def _of(year: int, month: int, day: int, rest: str) -> date | datetime | None:
    try:
        when = date(year, month, day)
        if not _EARLIEST <= when < _LATEST:
            return None
        if not rest.strip():
            return when
        clock = _CLOCK.match(rest)
        return datetime.combine(when, _time(clock)) if clock else None
    except ValueError:
        return None


def _time(clock: re.Match[str]) -> time:
    hour, minute, second = (int(part or 0) for part in clock.groups())
    return time(hour, minute, second)


def _from_serial(days: int, share: float) -> date | datetime | None:
    when = _SERIAL_ZERO + timedelta(days=days)
    if not _EARLIEST <= when < _LATEST:
        return None
    seconds = round(share * 86_400)
    return datetime.combine(when, time(0)) + timedelta(seconds=seconds) if seconds else when
