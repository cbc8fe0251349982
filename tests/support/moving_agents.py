"""A process whose two hundred agents take calls that nobody makes, and tells the console of each of it.

    python -m tests.support.moving_agents FOLDER CALLS_PER_SECOND SECONDS

It begins when a line comes by its standard input, and prints the share of one core that it used, and how often an agent
was moved.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

from prometheus_client import CollectorRegistry

from cti_api.campaign_file.parse import parse_campaign
from cti_api.clock import Clock, SystemClock
from cti_api.metrics.families import Families
from cti_api.metrics.observe import Observer
from cti_api.model.agents import Agent, AgentState
from cti_api.model.ids import AgentId
from cti_api.model.leads import Lead
from cti_api.ports import AgentView
from cti_api.settings import LimitSettings
from cti_api.sounds import CampaignSounds
from cti_api.store.migrate import upgrade
from cti_api.store.store import Store
from cti_api.streams.seats import Seats
from cti_api.web.app import create_app
from cti_api.web.handed import Handed
from cti_api.web.serve import serve_unix
from dialer.leads.script import fill_script
from tests.support.dialer_port import QuietDialer, a_lead
from tests.support.ids import new_attempt_id
from tests.support.replayed_calls import cpu_seconds

AGENTS = 200
CAMPAIGN = Path("examples/p1_dealership/campaign.yaml")
STATES = (AgentState.RESERVED, AgentState.BUSY, AgentState.WRAP_UP, AgentState.READY)
"""What one call makes of its agent, one after the other."""


class MovingAgents(QuietDialer):
    """Each look fills in the guion of whoever has a call, as the engine does."""

    spec = parse_campaign(CAMPAIGN.read_text(encoding="utf-8"))

    def agents(self) -> tuple[AgentView, ...]:
        return tuple(self._filled(view) for view in self.board.values())

    def _filled(self, view: AgentView) -> AgentView:
        if view.lead is None:
            return view
        return replace(view, script=fill_script(self.spec, view.lead))


def person() -> Lead:
    fields = {name: f"lo que dice la lista de {name}" for name in ("placa", "marca", "modelo", "costo", "repuestos")}
    return a_lead("Carmen Rodríguez", "+573001234567", fields=fields)


async def move(dialer: MovingAgents, clock: Clock, calls_per_second: float, seconds: float) -> int:
    """Every agent in turn, one state further each time. Returns how often one was moved."""
    per_second, moved, start = calls_per_second * len(STATES), 0, clock.monotonic()
    while (passed := clock.monotonic() - start) < seconds:
        while moved < passed * per_second:
            agent_id, state = AgentId(f"agent-{moved % AGENTS}"), STATES[moved // AGENTS % len(STATES)]
            view = dialer.board[agent_id]
            talks = state is not AgentState.READY
            status = replace(view.status, state=state, since=clock.now())
            dialer.board[agent_id] = replace(
                view,
                status=status,
                attempt_id=(view.attempt_id or new_attempt_id()) if talks else None,
                lead=(view.lead or person()) if talks else None,
                spec=dialer.spec if talks else None,
                number="+573001234567" if talks else "",
            )
            dialer.told()
            moved += 1
        await asyncio.sleep(0.005)
    return moved


async def serve(folder: Path, calls_per_second: float, seconds: float) -> None:
    clock, registry, url = SystemClock(), CollectorRegistry(), f"sqlite:///{folder / 'vocero.db'}"
    await upgrade(url, clock)
    async with Store.open(url, clock=clock) as store, asyncio.TaskGroup() as tasks:
        dialer = MovingAgents(store, clock)
        for place in range(AGENTS):
            dialer.take_up(Agent(id=AgentId(f"agent-{place}"), name=f"Agente {place}", campaigns=()))
        seats = Seats(dialer, clock)
        handed = Handed(
            store=store, dialer=dialer, clock=clock, observer=Observer(Families(registry)), registry=registry,
            sounds=CampaignSounds(folder), recordings=folder, journal=folder / "journal", seats=seats,
        )  # fmt: skip
        work = [
            tasks.create_task(seats.run()),
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
    asyncio.run(serve(Path(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])))
