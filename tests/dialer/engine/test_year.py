"""A year in four countries, the engine stepped by the test: no Originate outside the law, none too many."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from tests.support.plain_record import ASKED_FOR
from tests.support.stepped_world import World, instants

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
ALL_SOULS = datetime(2026, 11, 2, tzinfo=UTC)
"""A holiday in Bolivia, and the Monday to which Colombia moves that of the day before."""


async def lived(folder: Path, first: datetime, days: int, people: int, say_no: float, kill_every: int) -> World:
    random = Random(days)
    world = World(folder, random, first, people, say_no)
    await world.prepare()
    await world.run(instants(first, days, random), kill_every=kill_every)
    return world


async def test_ten_days_with_holidays_and_many_kills_have_no_call_outside_the_law(tmp_path: Path) -> None:
    world = await lived(tmp_path, ALL_SOULS - timedelta(days=4), 10, people=10, say_no=0.05, kill_every=150)
    assert world.judge.breaches == []
    assert world.kills > 10
    assert {call.region for call in world.judge.calls} == {"CO", "PE", "BO"}


@pytest.mark.long
@pytest.mark.timeout(1800)
async def test_a_year_has_no_call_outside_the_law_and_none_too_many(tmp_path: Path) -> None:
    world = await lived(tmp_path, NEW_YEAR, 365, people=26, say_no=0.003, kill_every=1000)
    assert world.judge.breaches == []
    assert sum(world.open_leads.values()) >= 10_000, "lead-weeks"
    assert world.kills >= 100
    assert {call.region for call in world.judge.calls} == {"CO", "PE", "BO"}
    assert {call.purpose for call in world.judge.calls} == {
        *("collections", "commercial", "service"),
        "survey",
        ASKED_FOR,
    }
