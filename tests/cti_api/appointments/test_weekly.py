"""A calendar's file: weekly hours minus days off, as slots on the local clock."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from cti_api.appointments.weekly import read_weekly, slots_of
from cti_api.errors import InputError

PLAN = """\
calendar: taller-norte
title: Taller Norte
timezone: America/Bogota
from: 2026-12-07
until: 2026-12-12
slot: 90 min
capacity: 2
hours:
  mon-fri: [08:00-12:00, 14:00-17:00]
  sat: 08:00-10:00
holidays: CO
days_off: [2026-12-09]
"""


def local(text: str, zone: str = "America/Bogota") -> list[str]:
    return [f"{slot.starts_at.astimezone(ZoneInfo(zone)):%m-%d %H:%M}" for slot in slots_of(read_weekly(text))]


def test_each_open_day_has_its_slots_and_days_off_have_none() -> None:
    day = ["08:00", "09:30", "14:00", "15:30"]
    # 8 December is a holiday in Colombia, the 9th was written down; a last half hour holds no slot
    expected = [f"12-{n:02} {hour}" for n in (7, 10, 11) for hour in day] + ["12-12 08:00"]
    assert local(PLAN) == expected
    plan = read_weekly(PLAN)
    assert date(2026, 12, 8) in plan.days_off
    first = next(slots_of(plan))
    assert (first.capacity, (first.ends_at - first.starts_at).total_seconds()) == (2, 5400.0)


def test_the_hour_that_the_clock_skips_has_no_slot_and_the_one_that_comes_twice_has_one() -> None:
    text = PLAN.replace("America/Bogota", "America/Santiago").replace("holidays: CO\n", "")
    text = text.replace("slot: 90 min", "slot: 1 h").replace("mon-fri: [08:00-12:00, 14:00-17:00]", "sun: 00:00-03:00")
    spring = text.replace("2026-12-07", "2026-09-06").replace("2026-12-12", "2026-09-06")
    assert local(spring, "America/Santiago") == ["09-06 01:00", "09-06 02:00"]
    autumn = text.replace("2026-12-07", "2026-04-04").replace("2026-12-12", "2026-04-04")
    twice = autumn.replace("sat: 08:00-10:00", "sat: 22:00-24:00")
    assert local(twice, "America/Santiago") == ["04-04 22:00", "04-04 23:00"]


def test_hours_up_to_midnight_end_there() -> None:
    text = PLAN.replace("sat: 08:00-10:00", "sat: 21:00-24:00")
    assert local(text)[-2:] == ["12-12 21:00", "12-12 22:30"]


@pytest.mark.parametrize(
    ("old", "new", "path", "said"),
    [
        ("until: 2026-12-12", "until: 2026-12-01", "until", "before `from`"),
        ("until: 2026-12-12", "until: 2036-12-01", "until", "at most"),
        ("from: 2026-12-07", "from: mañana", "from", "a day such as"),
        ("slot: 90 min", "slot: 8 h", "hours", "no slot at all"),
        ("slot: 90 min", "slot: 1 s", "slot", "must be from"),
        ("capacity: 2", "capacity: 0", "capacity", "whole number"),
        ("holidays: CO", "holidays: XX", "holidays", "country"),
        ("mon-fri:", "lunes:", "hours.lunes", "a day or a range"),
        ("calendar: taller-norte", "calendar: Taller Norte", "calendar", "lower-case"),
        ("days_off: [2026-12-09]", "cupo: 3", "cupo", "no such entry"),
    ],
)
def test_a_fault_is_told_with_its_line(old: str, new: str, path: str, said: str) -> None:
    assert old in PLAN
    with pytest.raises(InputError) as refused:
        read_weekly(PLAN.replace(old, new))
    (fault,) = refused.value.faults
    assert (fault.path, said in fault.message) == (path, True)
    assert fault.line is not None
