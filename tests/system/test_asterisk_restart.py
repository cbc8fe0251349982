"""Asterisk killed, and stopped in good order, with calls up: every call settled, every agent back, nobody called again
before the campaign's minimum gap.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections import Counter
from enum import StrEnum
from pathlib import Path
from random import Random

import pytest

from cti_api.clock import SystemClock
from cti_api.model.ids import CampaignId
from cti_api.model.phone import PhoneNumber
from tests.support.crew import Crew
from tests.support.floor import TRUNK, all_go_home, crowd, seeded, until_live
from tests.support.shift import attempts, campaign_file, get, people, post, retry, until, until_state
from tests.support.witness import dialed_twice, journal_calls, left_behind, phone_calls
from vocero.lab.asterisk import AsteriskProgram
from vocero.lab.customers import Behaviour, number
from vocero.lab.rig import Rig

pytestmark = pytest.mark.asterisk

CAMPAIGN = CampaignId("turno")
AGENTS = 20
LIVE_CALLS = 30
"""At least so many when Asterisk goes."""
QUICK_TALKS = 160
"""The budget of abandoned calls, a tenth of the answers, has to allow more calls than there are free agents."""
MIN_GAP = 6.0
"""Seconds between two calls of one person."""

GOES_AFTER = (2.0, 10.0)
"""Seconds at work, shortest and longest, before Asterisk goes."""

SETTLED_SECONDS = 5.0
DIALING_SECONDS = 10.0
"""Goals of failure catalogue F4 and F5, from the return of the link."""

LONG_RESTARTS = int(os.environ.get("VOCERO_RESTARTS", "12"))

log = logging.getLogger(__name__)


class End(StrEnum):
    KILLED = "killed"
    STOPPED = "stopped in good order"
    WITH_DIALER = "killed together with the dialer"


async def goes_and_comes_back(rig: Rig, end: End) -> float:
    """Asterisk goes, and is back; returns when it went, in seconds since 1970."""
    went = SystemClock().now().timestamp()
    if end is End.STOPPED:
        await rig.asterisk.stop()
    else:
        if end is End.WITH_DIALER:
            rig.dialer.kill()
        rig.asterisk.kill()
    await rig.asterisk.start()
    if end is End.WITH_DIALER:
        await rig.start_dialer()

    async def link_is_up() -> bool:
        return bool((await get(rig, "/status"))["link_up"])

    await until(link_is_up, 20, "the link is back")
    return went


async def everything_settles(rig: Rig, before: set[str]) -> None:
    """Each call that was up is over in our records, each agent is usable, and people are called again."""

    async def settled() -> bool:
        tried = [one for one in await attempts(rig, CAMPAIGN) if one["attempt_id"] in before]
        return all(one["state"] in ("wrap_up", "closed") for one in tried)

    async def at_work() -> bool:
        return not any(agent["reason"] == "technical" for agent in await get(rig, "/agents"))

    invited = len(phone_calls(rig.customers[TRUNK].steps()))
    await until(settled, SETTLED_SECONDS, "all calls are settled")
    await until(at_work, DIALING_SECONDS, "all agents can work")
    await until(lambda: len(phone_calls(rig.customers[TRUNK].steps())) > invited, DIALING_SECONDS, "it dials again")


def everybody(endings: int) -> list[PhoneNumber]:
    """First those whose short talks earn the budget, then those who let it ring, some who talk among them."""
    quick = [number(Behaviour.HANGS_UP_AT_ONCE, place) for place in range(QUICK_TALKS)]
    slow = [
        number(Behaviour.TALKS if place % 4 == 0 else Behaviour.RINGS_OUT, place) for place in range(80 * endings + 40)
    ]
    return quick + slow


async def survives(rig: Rig, random: Random, endings: list[End]) -> None:
    numbers = everybody(len(endings))
    rules = {**retry(2), "min_gap": f"{MIN_GAP:g} s"}
    entries = {"mode": "power", "calls_per_agent": 2, "abandonment_limit": "10 %", "retry": rules}
    await rig.make_campaign(CAMPAIGN, campaign_file(CAMPAIGN, [TRUNK], **entries), people(numbers))
    await crowd(rig, CAMPAIGN, AGENTS)
    await post(rig, f"/campaigns/{CAMPAIGN}/start")
    went: list[float] = []
    live: list[int] = []
    async with asyncio.TaskGroup() as tasks:
        crew = tasks.create_task(Crew(rig.control, random, talk=(10.0, 30.0)).work())
        for end in endings:
            await asyncio.sleep(random.uniform(*GOES_AFTER))
            live.append(await until_live(rig, LIVE_CALLS, 90))
            before = {one["attempt_id"] for one in await attempts(rig, CAMPAIGN) if one["state"] != "closed"}
            went.append(await goes_and_comes_back(rig, end))
            await everything_settles(rig, before)
        await post(rig, f"/campaigns/{CAMPAIGN}/drain")
        status = await until_state(rig, CAMPAIGN, "completed", 90)
        crew.cancel()
    tried = await attempts(rig, CAMPAIGN)
    log.info("live when it went: %s; %d calls: %s", live, len(tried), dict(Counter(one["result"] for one in tried)))
    phones, journal = phone_calls(rig.customers[TRUNK].steps(), went), journal_calls(rig.asterisk.journal, went)
    assert dialed_twice(tried, phones, journal, MIN_GAP) == []
    assert left_behind(tried, journal, SETTLED_SECONDS) == []
    assert [one for one in tried if one["state"] != "closed"] == []
    assert sum(status["leads_by_state"].values()) == len(numbers)
    assert not status["leads_by_state"].keys() & {"dialing", "reserved"}
    assert Counter(one["result"] for one in tried)["interrupted"] >= LIVE_CALLS // 2
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
