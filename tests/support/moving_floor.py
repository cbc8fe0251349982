"""A process that serves the board of a floor on which agents move, though nobody is called.

    python -m tests.support.moving_floor FOLDER AGENTS CALLS_PER_SECOND SECONDS

It begins when a line comes by its standard input, and prints the share of one core that it used, and how many times
somebody moved.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from itertools import cycle
from pathlib import Path

from prometheus_client import CollectorRegistry

from cti_api.board.gather import Gatherer
from cti_api.board.stream import BoardStream
from cti_api.clock import Clock, SystemClock
from cti_api.metrics.families import Families
from cti_api.metrics.observe import Observer
from cti_api.model.agents import AgentState
from cti_api.settings import LimitSettings
from cti_api.sounds import CampaignSounds
from cti_api.store.migrate import upgrade
from cti_api.store.store import Store
from cti_api.web.app import create_app
from cti_api.web.handed import Handed
from cti_api.web.serve import serve_unix
from tests.support.dialer_port import QuietDialer
from tests.support.full_floor import fill
from tests.support.replayed_calls import cpu_seconds

ONE_CALL = (AgentState.RESERVED, AgentState.BUSY, AgentState.WRAP_UP, AgentState.READY)
STEP_SECONDS = 0.01


async def move(dialer: QuietDialer, clock: Clock, calls_per_second: float, seconds: float) -> int:
    """Agents go from state to state, evenly over time; returns how many times one did."""
    steps = cycle((agent, state) for state in ONE_CALL for agent in list(dialer.board))
    moved, start = 0, clock.monotonic()
    while (passed := clock.monotonic() - start) < seconds:
        while moved < passed * calls_per_second * len(ONE_CALL):
            agent, state = next(steps)
            view = dialer.board[agent]
            status = replace(view.status, state=state, since=clock.now())
            dialer.board[agent] = replace(view, status=status, calls=view.calls + (state is AgentState.READY))
            moved += 1
        await asyncio.sleep(STEP_SECONDS)
    return moved


async def serve(folder: Path, agents: int, calls_per_second: float, seconds: float) -> None:
    clock, registry, url = SystemClock(), CollectorRegistry(), f"sqlite:///{folder / 'vocero.db'}"
    await upgrade(url, clock)
    async with Store.open(url, clock=clock) as store, asyncio.TaskGroup() as tasks:
        dialer = QuietDialer(store, clock)
        await fill(dialer, agents)
        board = BoardStream(Gatherer(store, dialer, clock))
        handed = Handed(
            store=store, dialer=dialer, clock=clock, observer=Observer(Families(registry)), registry=registry,
            sounds=CampaignSounds(folder), recordings=folder, journal=folder / "journal", board=board,
        )  # fmt: skip
        work = [
            tasks.create_task(board.run()),
            tasks.create_task(serve_unix(create_app(handed, LimitSettings()), folder / "vocero.sock")),
        ]
        await asyncio.to_thread(sys.stdin.readline)
        used, since = cpu_seconds(), clock.monotonic()
        moved = await move(dialer, clock, calls_per_second, seconds)
        share = (cpu_seconds() - used) / (clock.monotonic() - since)
        print(share, moved, flush=True)  # noqa: T201
        await asyncio.to_thread(sys.stdin.readline)
        for task in work:
            task.cancel()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4])))
