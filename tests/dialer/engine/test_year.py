"""A year in four countries, the engine stepped by the test: no Originate outside the law, none too many."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from cti_api.model.abandonment import NONE
from cti_api.model.calls import LIVE_ANSWERS, CallResult
from cti_api.model.ids import CampaignId
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
    counted = await answers_counted(world)
    assert counted == await answers_on_record(world), "whatever was killed in between"
    assert sum(people for people, _ in counted.values()) > 20


async def answers_counted(world: World) -> dict[CampaignId, tuple[int, int]]:
    """Of each campaign at work: people on the line and abandoned, as the governor of the next process knows them."""
    async with world.alive() as engine:
        tallies = engine.floor.tallies.items()
        counted = {campaign: sum(tally.days.values(), NONE) for campaign, tally in tallies}
        for campaign, tally in tallies:
            assert sum(tally.hours.values(), NONE) == counted[campaign], "ten days are in the hours as well"
        return {campaign: (answers.people, answers.abandoned) for campaign, answers in counted.items()}


async def answers_on_record(world: World) -> dict[CampaignId, tuple[int, int]]:
    """The same, from every attempt there ever was."""
    async with world.alive() as engine:
        found = {}
        for campaign in engine.floor.tallies:
            records = await engine.store.attempts.records(campaign, most=100_000)
            results = Counter(record.attempt.result for record in records)
            found[campaign] = (sum(results[result] for result in LIVE_ANSWERS), results[CallResult.ABANDONED])
        return found


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
