"""A busy hour in a minute: ten calls a second, a hundred at once, every talk recorded, a hundred and ten agents."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from cti_api.model.ids import CampaignId, TrunkId
from tests.support.crowd import Crowd
from tests.support.recordings import as_long_as
from tests.support.shift import attempts, campaign_file, get, people, post, until, until_state
from vocero.lab.asterisk import AsteriskProgram
from vocero.lab.customers import Behaviour, number
from vocero.lab.ports import free_ports
from vocero.lab.rig import Rig, RigTrunk

CAMPAIGN, TRUNK = CampaignId("carga"), TrunkId("operador-a")
CALLS_PER_SECOND = 10
TALK_SECONDS = 9.5
AGENTS = 110
"""A hundred talk at any time; a call takes an agent for 10.1 s, ringing and wrap-up included."""
FULL_AFTER_SECONDS = 10
BOUND_SECONDS = 120.0
LOG_IN_AT_ONCE = 10
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Carried:
    """What came of it."""

    calls: int
    results: Counter[str]
    """By our store."""
    steps: Counter[tuple[str, str]]
    """By the customers' telephones: how often each step was taken by each number."""
    recordings: int
    """How many hold the whole talk."""
    most_at_once: int
    calls_per_second: float
    """From the first placed to the last."""
    cpu_share: float
    """Of one core, by the dialer's process, from the first call to the last (0 … 1 and more)."""
    lags_seconds: list[float]
    """The event loop's worst delay of each second."""


async def carry(program: AsteriskProgram, folder: Path, seconds: int) -> Carried:
    """Dial for so many seconds under full load."""
    calls = CALLS_PER_SECOND * (FULL_AFTER_SECONDS + seconds)
    trunk = RigTrunk(id=TRUNK, channels=200)
    with free_ports() as ports:
        async with Rig(folder / "rig", program, trunks=[trunk]) as rig:
            rig.customers[TRUNK].kill()  # the crowd's talkers take their place
            trunk_port = rig.customers[TRUNK].port
            async with Crowd(folder / "crowd", ports, trunk_port=trunk_port, talk_seconds=TALK_SECONDS) as crowd:
                file = campaign_file(
                    CAMPAIGN, [TRUNK], calls_per_second=CALLS_PER_SECOND, max_channels=200, recording="on"
                )
                await rig.make_campaign(CAMPAIGN, file, people(number(Behaviour.TALKS, n) for n in range(calls)))
                await _staff(rig, crowd)
                await post(rig, f"/campaigns/{CAMPAIGN}/start")
                most, rate, cpu, lags = await _watch(rig, calls)
                await until_state(rig, CAMPAIGN, "completed", BOUND_SECONDS)
                tried = await attempts(rig, CAMPAIGN)
                files = {rig.asterisk.recordings / one["recording"]: one["talk_seconds"] for one in tried}
                return Carried(
                    calls=calls,
                    results=Counter(one["result"] for one in tried),
                    steps=crowd.counts(),
                    recordings=sum(as_long_as(talk_seconds, file) for file, talk_seconds in files.items()),
                    most_at_once=most,
                    calls_per_second=rate,
                    cpu_share=cpu,
                    lags_seconds=lags,
                )


async def _staff(rig: Rig, crowd: Crowd) -> None:
    """Everybody registered and signed in."""
    passwords = {}
    for place in range(AGENTS):
        agent = f"agente-{place:03d}"
        added = await post(rig, "/agents", {"id": agent, "name": agent, "campaigns": [CAMPAIGN]})
        passwords[agent] = added["sip"]["password"]
    await crowd.register(passwords, rig.asterisk.sip_port)

    async def all_there() -> bool:
        return all(agent["phone_reachable"] for agent in await get(rig, "/agents"))

    await until(all_there, BOUND_SECONDS, "every softphone is reachable")
    agents = list(passwords)
    for first in range(0, AGENTS, LOG_IN_AT_ONCE):
        group = agents[first : first + LOG_IN_AT_ONCE]
        await asyncio.gather(*(post(rig, f"/agents/{agent}/login") for agent in group))


async def _watch(rig: Rig, calls: int) -> tuple[int, float, float, list[float]]:
    """Look on, once a second, until the last call is placed: most at once, rate, share of a core, lags."""
    clock = asyncio.get_running_loop().time
    began, used, most, lags = clock(), _cpu_seconds(rig.dialer.pid), 0, []
    while True:
        await asyncio.sleep(1.0)
        status = await get(rig, f"/campaigns/{CAMPAIGN}")
        lags.append((await get(rig, "/status"))["loop_lag_seconds"])
        most = max(most, status["calls_in_flight"])
        passed = clock() - began
        if status["attempts"] >= calls or passed > 4 * calls / CALLS_PER_SECOND:
            return most, status["attempts"] / passed, (_cpu_seconds(rig.dialer.pid) - used) / passed, lags


def _cpu_seconds(pid: int) -> float:
    """User and system time of a process and its threads (proc(5): fields 14 and 15 of its stat)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS
