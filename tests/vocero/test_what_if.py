"""What another limit would do, played in a process of its own."""

from __future__ import annotations

import asyncio

import pytest

from cti_api.campaign_file.limits import Limits, with_limits
from cti_api.errors import Conflict, InputError
from cti_api.kpi.experience import experience_of
from cti_api.model.campaigns import PacingMode
from cti_api.what_if import Asked
from tests.support.campaigns import CAMPAIGN_FILE
from vocero.what_if import Simulations

ONE_EACH = with_limits(CAMPAIGN_FILE, Limits(mode=PacingMode.PROGRESSIVE))[0]
AHEAD = with_limits(CAMPAIGN_FILE, Limits(mode=PacingMode.POWER, calls_per_agent=2.0))[0]


def asked(before: str, after: str, agents: int = 3) -> Asked:
    return Asked(before=before, after=after, seen=experience_of([]), agents=agents)


async def test_calling_ahead_is_seen_to_fill_the_agents_time_and_to_leave_people_alone() -> None:
    simulations = Simulations(played_seconds=0.0)
    playing = asyncio.create_task(simulations.compare(asked(ONE_EACH, AHEAD)))
    await asyncio.sleep(0)
    with pytest.raises(Conflict, match="Another comparison"):
        await simulations.compare(asked(ONE_EACH, AHEAD))
    found = await playing
    assert (found.before.policy, found.after.policy) == ("progressive", "power:2")
    assert found.before.abandoned.mean == 0.0
    assert found.after.abandoned.mean > 0.0
    assert found.after.calls_per_hour.mean > found.before.calls_per_hour.mean
    assert 0.5 < found.before.occupancy.mean < 1.0
    assert found.shifts >= 3
    assert ("agents", "3") in [(each.what, each.value) for each in found.supposed]


async def test_a_campaign_without_agents_is_not_played() -> None:
    agentless = CAMPAIGN_FILE.replace("mode: progressive", "mode: nonsense")
    with pytest.raises(InputError):
        await Simulations().compare(asked(ONE_EACH, agentless))
