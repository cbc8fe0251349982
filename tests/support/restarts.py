"""A shift in which Asterisk goes and comes back, with many calls up; how long the dialer takes to be itself again."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random
from typing import Any

from cti_api.clock import SystemClock
from cti_api.model.ids import CampaignId
from cti_api.model.phone import PhoneNumber
from tests.support.crew import Crew
from tests.support.floor import TRUNK, crowd, until_live
from tests.support.shift import attempts, campaign_file, get, people, post, retry, until, until_state
from tests.support.witness import Away, phone_calls
from vocero.lab.customers import Behaviour, number
from vocero.lab.rig import Rig

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
AT_WORK_SECONDS = 60.0
"""For the last softphone to register again, on a busy machine."""


class End(StrEnum):
    KILLED = "killed"
    STOPPED = "stopped in good order"
    WITH_DIALER = "killed together with the dialer"


@dataclass(slots=True)
class Told:
    """What was seen of it; one entry for each time Asterisk went."""

    people: int = 0
    away: list[Away] = field(default_factory=list)
    live: list[int] = field(default_factory=list)
    """Calls that were up."""
    settled_seconds: list[float] = field(default_factory=list)
    """From the return of the link until each of them was over in our records."""
    dialing_seconds: list[float] = field(default_factory=list)
    """From the return of the link until the next person was called."""
    status: dict[str, Any] = field(default_factory=dict)
    """Of the campaign, at its end."""


async def a_shift(rig: Rig, random: Random, endings: Sequence[End], *, bound_seconds: float | None = None) -> Told:
    """Agents at work while Asterisk goes and comes back; then the campaign is drained.

    `bound_seconds`: None to hold each return to its goals, else how long to wait for it when it is measured.
    """
    numbers = everybody(len(endings))
    rules = {**retry(2), "min_gap": f"{MIN_GAP:g} s"}
    entries = {"mode": "power", "calls_per_agent": 2, "abandonment_limit": "10 %", "retry": rules}
    await rig.make_campaign(CAMPAIGN, campaign_file(CAMPAIGN, [TRUNK], **entries), people(numbers))
    await crowd(rig, CAMPAIGN, AGENTS)
    await post(rig, f"/campaigns/{CAMPAIGN}/start")
    told = Told(people=len(numbers))
    async with asyncio.TaskGroup() as tasks:
        crew = tasks.create_task(Crew(rig.control, random, talk=(10.0, 30.0)).work())
        for end in endings:
            await asyncio.sleep(random.uniform(*GOES_AFTER))
            told.live.append(await until_live(rig, LIVE_CALLS, 90))
            before = {one["attempt_id"] for one in await attempts(rig, CAMPAIGN) if one["state"] != "closed"}
            told.away.append(await _goes_and_comes_back(rig, end))
            await _everything_settles(rig, before, told, bound_seconds)
        await post(rig, f"/campaigns/{CAMPAIGN}/drain")
        told.status = await until_state(rig, CAMPAIGN, "completed", 90)
        crew.cancel()
    return told


def everybody(endings: int) -> list[PhoneNumber]:
    """First those whose short talks earn the budget, then those who let it ring, some who talk among them."""
    quick = [number(Behaviour.HANGS_UP_AT_ONCE, place) for place in range(QUICK_TALKS)]
    slow = [
        number(Behaviour.TALKS if place % 4 == 0 else Behaviour.RINGS_OUT, place) for place in range(80 * endings + 40)
    ]
    return quick + slow


async def _goes_and_comes_back(rig: Rig, end: End) -> Away:
    went = SystemClock().now().timestamp()
    if end is End.STOPPED:
        await rig.asterisk.stop()
    else:
        if end is End.WITH_DIALER:
            rig.dialer.kill()
        rig.asterisk.kill()
    back = SystemClock().now().timestamp()
    await rig.asterisk.start()
    if end is End.WITH_DIALER:
        await rig.start_dialer()

    async def link_is_up() -> bool:
        return bool((await get(rig, "/status"))["link_up"])

    await until(link_is_up, 20, "the link is back")
    return Away(went, back)


async def _everything_settles(rig: Rig, before: set[str], told: Told, bound_seconds: float | None) -> None:
    """Each call that was up is over in our records, people are called again, and each agent is usable."""

    async def settled() -> bool:
        tried = [one for one in await attempts(rig, CAMPAIGN) if one["attempt_id"] in before]
        return all(one["state"] in ("wrap_up", "closed") for one in tried)

    def dials() -> bool:
        return len(phone_calls(rig.customers[TRUNK].steps())) > invited

    async def at_work() -> bool:
        return not any(agent["reason"] == "technical" for agent in await get(rig, "/agents"))

    invited = len(phone_calls(rig.customers[TRUNK].steps()))
    async with asyncio.TaskGroup() as tasks:
        settling = tasks.create_task(until(settled, bound_seconds or SETTLED_SECONDS, "all calls are settled"))
        dialing = tasks.create_task(until(dials, bound_seconds or DIALING_SECONDS, "it dials again"))
    told.settled_seconds.append(settling.result())
    told.dialing_seconds.append(dialing.result())
    await until(at_work, AT_WORK_SECONDS, "all agents can work")
