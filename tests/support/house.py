"""A running engine and its scripted Asterisk, as tests handle them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

from cti_api.clock import SystemClock
from cti_api.model.agents import AgentState
from cti_api.model.calls import Attempt, AttemptState
from cti_api.model.ids import AgentId, AttemptId, CampaignId, TrunkId
from cti_api.model.leads import NewLead
from cti_api.store.store import Store
from dialer.ami.link import AmiLink
from dialer.ami.session import AmiAddress
from dialer.engine.campaigns import CampaignRun
from dialer.engine.engine import Engine
from dialer.engine.floor import Floor
from dialer.engine.pacing_journals import PacingJournals
from dialer.engine.trunks import TrunkLimits, Trunks
from tests.support.ami_fake import AmiFake
from tests.support.law import LAB
from tests.support.little_asterisk import LittleAsterisk
from tests.support.shift import campaign_file, until

TRUNK = TrunkId("operador-a")


def an_engine(
    store: Store, asterisk: AmiAddress, folder: Path, journals: PacingJournals | None = None
) -> tuple[AmiLink, Engine]:
    """Not running yet, with its link to Asterisk; with one trunk, and the law of the lab. `folder` is its own."""
    clock = SystemClock()
    link = AmiLink(asterisk, clock=clock, random=Random(1))
    limits = TrunkLimits(id=TRUNK, channels=10, calls_per_hour=1000, calls_per_second=10.0)
    journal = folder / "vocero.csv"
    journal.touch()
    floor = Floor(
        store=store,
        telephony=link,
        clock=clock,
        random=Random(1),
        packs=LAB,
        trunks=Trunks([limits], clock, channels=10, calls_per_second=10.0),
        journal=journal,
        pacing_journals=journals,
    )
    return link, Engine(floor, folder)


def address_of(asterisk: AmiFake) -> AmiAddress:
    return AmiAddress(host=asterisk.host, port=asterisk.port, username=asterisk.username, secret=asterisk.secret)


@dataclass(frozen=True)
class House:
    engine: Engine
    asterisk: LittleAsterisk

    async def until(self, true: Callable[[], bool], what: str = "it is so") -> None:
        await until(true, 30, what)

    async def until_so(self, true: Callable[[], Awaitable[bool]], what: str) -> None:
        """As `until`, for what has to be asked of the store."""
        await until(true, 30, what)

    def state(self, agent: str) -> AgentState:
        return self.engine.floor.board.seat(AgentId(agent)).status.state

    async def is_in(self, agent: str, state: AgentState) -> None:
        await self.until(lambda: self.state(agent) is state, f"{agent} is {state}")

    async def sign_in(self, *agents: str) -> None:
        """The first one is idle the longest."""
        for agent in agents:
            await self.engine.desk.log_in(AgentId(agent))

    async def campaign(self, name: str, leads: Sequence[NewLead], **entries: Any) -> CampaignRun:
        """As `prepare`, and started."""
        return await self.start(await self.prepare(name, leads, **entries))

    async def start(self, campaign_id: CampaignId) -> CampaignRun:
        await self.engine.campaigns.start(campaign_id)
        return self.engine.campaigns.runs[campaign_id]

    async def prepare(self, name: str, leads: Sequence[NewLead], **entries: Any) -> CampaignId:
        """A campaign of its own that everybody works in instead; `entries` as in `campaign_file`."""
        floor, campaign_id = self.engine.floor, CampaignId(name)
        text = campaign_file(campaign_id, list(floor.trunks), **entries).decode()
        await floor.store.campaigns.create(campaign_id, name, text, floor.clock.now())
        await floor.store.leads.add(campaign_id, leads, floor.clock.now())
        for seat in floor.board:
            changed = replace(seat.agent, campaigns=(campaign_id,))
            await floor.store.agents.change(changed)
            floor.board.put(changed, floor.clock.now())
        return campaign_id

    async def call(self) -> str:
        """Start the campaign and wait for its next call; its attempt id."""
        known = len(self.asterisk.calls)
        if not self.engine.campaigns.runs:
            await self.engine.campaigns.start(next(iter(self.engine.floor.board)).agent.campaigns[0])
        await self.until(lambda: len(self.asterisk.calls) > known, "a call is placed")
        return self.asterisk.calls[known]

    async def talk(self, agent: str) -> str:
        """A call that this agent, who is the next, has taken; its attempt id."""
        return await self.talk_in(await self.call(), agent)

    async def talk_in(self, attempt: str, agent: str) -> str:
        """This call is taken by that agent, who is the next."""
        await self.asterisk.answers_call(attempt)
        leg = self.asterisk.legs[agent]
        await self.until(lambda: (leg, attempt) in self.asterisk.joins(), f"{agent} is joined")
        await self.asterisk.joined(leg, attempt)
        await self.is_in(agent, AgentState.BUSY)
        return attempt

    async def stored(self, attempt: str) -> Attempt:
        """As it is in the store."""
        return await self.engine.floor.store.attempts.get(AttemptId(attempt))

    async def until_closed(self, attempt: str) -> Attempt:
        async def closed() -> bool:
            return (await self.stored(attempt)).state is AttemptState.CLOSED

        await until(closed, 30, "the attempt is closed")
        return await self.stored(attempt)
