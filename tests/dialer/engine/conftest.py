"""The whole engine on a store of its own, its link led to an Asterisk that tests can script."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from cti_api.clock import SystemClock
from cti_api.model.agents import Agent, AgentConnect
from cti_api.model.ids import AgentId, CampaignId
from cti_api.store.database import BUSY_SECONDS
from cti_api.store.store import Store
from dialer.engine.pacing_journals import PacingJournals
from tests.cti_api.conftest import engine, url
from tests.support.house import TRUNK, House, address_of, an_engine
from tests.support.little_asterisk import LittleAsterisk
from tests.support.postgres import postgres_server
from tests.support.shift import campaign_file
from tests.support.store import new_leads
from tests.support.told import all_told_right

__all__ = ["TRUNK", "engine", "postgres_server", "url"]

CAMPAIGN = CampaignId("turno")


@pytest.fixture
async def asterisk() -> AsyncIterator[LittleAsterisk]:
    async with LittleAsterisk() as fake:
        yield fake


@pytest.fixture
def busy_seconds() -> float:
    """How long the store waits for another program's lock; a test that locks it says less."""
    return BUSY_SECONDS


@pytest.fixture
async def house(
    tmp_path: Path, sqlite_template: Path, asterisk: LittleAsterisk, busy_seconds: float
) -> AsyncIterator[House]:
    """Up and reconciled; one running campaign with three people, nobody signed in."""
    tables = shutil.copy(sqlite_template, tmp_path)
    async with one_process(f"sqlite:///{tables}", tmp_path, asterisk, busy_seconds) as made:
        yield made


@asynccontextmanager
async def one_process(
    url: str,
    tmp_path: Path,
    asterisk: LittleAsterisk,
    busy_seconds: float = BUSY_SECONDS,
    journals: PacingJournals | None = None,
    **entries: Any,
) -> AsyncIterator[House]:
    """A process's life on a store with tables, which gets its campaign and agents from the first one. `entries`: of the
    campaign's file."""
    clock = SystemClock()
    async with Store.open(url, clock=clock, busy_seconds=busy_seconds) as store:
        if not await store.campaigns.all():
            text = campaign_file(CAMPAIGN, [TRUNK], **{"wrap_up": "60 s", **entries}).decode()
            await store.campaigns.create(CAMPAIGN, "Turno", text, clock.now())
            await store.leads.add(CAMPAIGN, new_leads(3), clock.now())
            for name, connect in (("ana", "nailed_up"), ("luis", "nailed_up"), ("eva", "rung")):
                agent = Agent(id=AgentId(name), name=name, campaigns=(CAMPAIGN,), connect=AgentConnect(connect))
                await store.agents.add(agent, clock.now())
                asterisk.phones[name] = True
        link, running_engine = an_engine(store, address_of(asterisk), tmp_path, journals)
        floor = running_engine.floor
        await running_engine.load()
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            linked = tasks.create_task(link.run())
            running = tasks.create_task(running_engine.run(stop))
            made = House(running_engine, asterisk)
            await made.until(lambda: floor.reconciled)
            yield made
            stop.set()
            await running
            linked.cancel()
        await all_told_right(store)
