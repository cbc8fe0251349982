"""Slots in a table: day and hour, how long, for how many."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import BinaryIO, Final
from zoneinfo import ZoneInfo

from cti_api.appointments.table import Row, read_table
from cti_api.appointments.weekly import LARGEST_CAPACITY
from cti_api.lead_file.days import parse_day
from cti_api.lead_file.records import BadRecord
from cti_api.model.appointments import Slot

_WORDS: Final = {
    "start": "inicio start desde comienzo starts_at fecha_hora fecha_y_hora",
    "day": "fecha dia day date",
    "hour": "hora hour time hora_inicio",
    "end": "fin end hasta ends_at hora_fin",
    "minutes": "minutos minutes duracion duration",
    "capacity": "cupos cupo capacidad capacity places",
}
DEFAULT_MINUTES: Final = 60.0
LONGEST: Final = timedelta(days=1)

_CLOCK = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::[0-9]{2})?\s*([ap])?\.?\s*m?\.?\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that is not taken."""

    line: int
    reason: str


def read_slots(file: BinaryIO, timezone: str, region: str) -> Iterator[Slot | RefusedRow]:
    """Slots of a CSV or spreadsheet, hours on the clock of `timezone`, days as `region` writes them.

    Raises `InputError` for a file that is no such table.
    """
    zone = ZoneInfo(timezone)
    for row in read_table(file, _WORDS, ["start|day"]):
        yield RefusedRow(row.line, row.reason) if isinstance(row, BadRecord) else _slot(row, zone, region)


def _slot(row: Row, zone: ZoneInfo, region: str) -> Slot | RefusedRow:
    line, cells = row
    local = local_time(cells.get("start", ""), cells.get("day", ""), cells.get("hour", ""), region)
    if local is None:
        return RefusedRow(line, "this is no day and hour: write 2026-12-31 and 15:00")
    starts_at = local.replace(tzinfo=zone).astimezone(UTC)
    if starts_at.astimezone(zone).replace(tzinfo=None) != local:
        return RefusedRow(line, "there is no such hour on that day: the clock is put forward over it")
    ends_at = _end(starts_at, cells, zone, region)
    if ends_at is None or not timedelta(0) < ends_at - starts_at <= LONGEST:
        return RefusedRow(line, "it must end after it begins, within a day")
    capacity = cells.get("capacity", "") or "1"
    if not (capacity.isdecimal() and len(capacity) < 6 and int(capacity) <= LARGEST_CAPACITY):
        return RefusedRow(line, f"places must be a number from 0 to {LARGEST_CAPACITY}")
    return Slot(starts_at=starts_at, ends_at=ends_at, capacity=int(capacity))


def _end(starts_at: datetime, cells: dict[str, str], zone: ZoneInfo, region: str) -> datetime | None:
    if end := cells.get("end", ""):
        day = starts_at.astimezone(zone).date().isoformat()
        local = local_time(end, "", "", region) or local_time("", day, end, region)
        return None if local is None else local.replace(tzinfo=zone).astimezone(UTC)
    minutes = cells.get("minutes", "")
    try:
        return starts_at + timedelta(minutes=float(minutes) if minutes else DEFAULT_MINUTES)
    except (ValueError, OverflowError):
        return None


def local_time(both: str, day: str, hour: str, region: str) -> datetime | None:
    """A local day and hour, from one cell or from two; None where either is missing."""
    if both:
        found = parse_day(both, region)
        return found if isinstance(found, datetime) else None
    when = parse_day(day, region)
    clock = clock_of(hour)
    if isinstance(when, datetime):
        return when if not hour else None
    return datetime.combine(when, clock) if isinstance(when, date) and clock is not None else None


def clock_of(text: str) -> time | None:
    """An hour: ``15:00``, ``3:00 p.m.``, or a spreadsheet's part of a day."""
    found = _CLOCK.match(text.strip())
    if found:
        hour, minute = int(found[1]), int(found[2])
        if found[3]:
            hour = hour % 12 + (12 if found[3].lower() == "p" else 0)
        return time(hour, minute) if hour < 24 and minute < 60 else None
    try:
        share = float(text)
    except ValueError:
        return None
    if not 0 <= share < 1:
        return None
    minutes = min(round(share * 1440), 1439)
    return time(minutes // 60, minutes % 60)
