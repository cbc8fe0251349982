"""Asterisk killed, and stopped in good order, with calls up: every call settled, every agent back, nobody called again
before the campaign's minimum gap.
"""

from __future__ import annotations

import logging
import os
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from tests.support.floor import TRUNK, all_go_home, seeded
from tests.support.restarts import CAMPAIGN, LIVE_CALLS, MIN_GAP, SETTLED_SECONDS, End, a_shift
from tests.support.shift import attempts
from tests.support.witness import dialed_twice, journal_calls, left_behind, phone_calls
from vocero.lab.asterisk import AsteriskProgram
from vocero.lab.rig import Rig

pytestmark = pytest.mark.asterisk

LONG_RESTARTS = int(os.environ.get("VOCERO_RESTARTS", "12"))

log = logging.getLogger(__name__)


async def survives(rig: Rig, random: Random, endings: list[End]) -> None:
    """Each return within its goals; then store, journal and telephones are held against each other."""
    told = await a_shift(rig, random, endings)
    tried = await attempts(rig, CAMPAIGN)
    results = Counter(one["result"] for one in tried)
    log.info("live when it went: %s; %d calls: %s", told.live, len(tried), dict(results))
    phones = phone_calls(rig.customers[TRUNK].steps(), told.away)
    journal = journal_calls(rig.asterisk.journal, told.away)
    assert dialed_twice(tried, phones, journal, MIN_GAP) == []
    assert left_behind(tried, journal, SETTLED_SECONDS) == []
    assert [one for one in tried if one["state"] != "closed"] == []
    assert sum(told.status["leads_by_state"].values()) == told.people
    assert not told.status["leads_by_state"].keys() & {"dialing", "reserved"}
    assert results["interrupted"] >= LIVE_CALLS // 2
    await all_go_home(rig)


@pytest.mark.timeout(300)
async def test_calls_and_agents_outlive_the_death_and_the_end_of_asterisk(
    asterisk_program: AsteriskProgram, tmp_path: Path
) -> None:
    async with seeded(20261122, tmp_path, asterisk_program) as (rig, random):
        await survives(rig, random, [End.KILLED, End.STOPPED])


@pytest.mark.long
@pytest.mark.timeout(1800)
async def test_calls_and_agents_outlive_many_deaths_of_asterisk(
    asterisk_program: AsteriskProgram, tmp_path: Path
) -> None:
    seed = Random().getrandbits(32)
    async with seeded(seed, tmp_path, asterisk_program) as (rig, random):
        await survives(rig, random, random.choices(list(End), k=LONG_RESTARTS))
