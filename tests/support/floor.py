"""A floor at work on the rig: agents nailed up and rung, and what they and the lines are doing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any

from cti_api.model.ids import AgentId, CampaignId, TrunkId
from tests.support.shift import get, post, until
from vocero.lab.asterisk import AsteriskProgram
from vocero.lab.rig import Rig, RigTrunk

TRUNK = TrunkId("operador-a")


@asynccontextmanager
async def seeded(seed: int, folder: Path, program: AsteriskProgram) -> AsyncIterator[tuple[Rig, Random]]:
    """A rig with one trunk, and chance that can be repeated: the seed stands below whatever fails."""
    try:
        async with Rig(folder, program, trunks=[RigTrunk(id=TRUNK)]) as rig:
            yield rig, Random(seed)
    except BaseException as error:
        error.add_note(f"seed {seed}")
        raise


async def crowd(rig: Rig, campaign: CampaignId, count: int) -> None:
    """So many agents, every other one rung for each call, all signed in."""
    for place in range(count):
        connect = ("nailed_up", "rung")[place % 2]
        await rig.add_agent(AgentId(f"agente-{place}"), f"Agente {place}", [campaign], connect=connect)
    await asyncio.gather(*(rig.log_in(agent_id) for agent_id in rig.phones))


async def all_go_home(rig: Rig) -> None:
    """Every agent is ready at the end of the shift, signs out, and leaves no channel behind."""

    async def ready() -> bool:
        return {agent["state"] for agent in await get(rig, "/agents")} == {"ready"}

    await until(ready, 30, "all agents are ready")
    await asyncio.gather(*(post(rig, f"/agents/{agent_id}/logout") for agent_id in rig.phones))
    assert await rig.quiet(30) == []


async def live_calls(rig: Rig) -> int:
    """Customers' channels that Asterisk has now."""
    return sum(1 for name in await rig.channels() if name.startswith("Local/") and name.endswith(";1"))


async def until_live(rig: Rig, least: int, seconds: float = 40) -> int:
    """Wait until so many calls are up; how many there are then."""
    seen = [0]

    async def enough() -> bool:
        seen[0] = await live_calls(rig)
        return seen[0] >= least

    await until(enough, seconds, f"{least} calls are up")
    return seen[0]


async def until_agent(rig: Rig, agent: str, state: str, seconds: float = 20) -> dict[str, Any]:
    """Wait for an agent's state; the agent then."""
    seen: dict[str, Any] = {}

    async def there() -> bool:
        seen.update(await get(rig, f"/agents/{agent}"))
        return bool(seen["state"] == state)

    await until(there, seconds, f"{agent} is {state}")
    return seen
