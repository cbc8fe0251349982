"""Fixtures of pages in a browser: for a module one browser, one office, one floor with those who look on; for a test
one agent."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext
from prometheus_client import CollectorRegistry

from cti_api.access.actors import Role
from cti_api.board.gather import Gatherer
from cti_api.board.stream import BoardStream
from cti_api.clock import SystemClock
from cti_api.figures import Figures
from cti_api.metrics.families import Families
from cti_api.metrics.observe import Observer
from cti_api.sounds import CampaignSounds
from cti_api.store.store import Store
from cti_api.web.handed import Handed
from cti_api.what_if import Asked, Compared, Figure, Foreseen
from tests.support.browser import Browser, chromium
from tests.support.desk import Desk, desk
from tests.support.dialer_port import QuietDialer, pacing_decision
from tests.support.full_floor import BOGOTA, count, fill, furnish
from tests.support.sitting import Sitting, an_office, sitting_at


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    folder = tmp_path_factory.mktemp("office")
    shutil.copy(sqlite_template, folder / "vocero.db")
    async with an_office(folder) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    async with chromium(tmp_path_factory.mktemp("browser")) as opened:
        yield opened


@pytest.fixture(scope="module")
def numbers() -> Iterator[int]:
    return itertools.count(1)


@pytest_asyncio.fixture(loop_scope="module")
async def ana(office: Desk, browser: Browser, numbers: Iterator[int]) -> AsyncIterator[Sitting]:
    """Ready, with a telephone on the desk."""
    async with sitting_at(office, browser, next(numbers)) as sitting:
        yield sitting


class Foretold:
    """A simulator that knows what comes."""

    async def compare(self, asked: Asked) -> Compared:
        def shifts(abandoned: float, talks: float) -> Foreseen:
            return Foreseen(
                policy="predictive", occupancy=Figure(mean=0.8, half=0.01), calls_per_hour=Figure(mean=300, half=9),
                talks_per_hour=Figure(mean=talks, half=2), abandoned=Figure(mean=abandoned, half=0.001),
                wait_seconds=Figure(mean=30, half=2), over=0,
            )  # fmt: skip

        before, after = shifts(0.028, 90), shifts(0.009, 80)
        return Compared(before=before, after=after, agents=asked.agents, shifts=6, hours=2.0, supposed=())


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def floor(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    """A dozen agents, three campaigns, two queues."""
    folder = tmp_path_factory.mktemp("floor")
    shutil.copy(sqlite_template, folder / "vocero.db")
    clock, registry = SystemClock(), CollectorRegistry()
    async with Store.open(f"sqlite:///{folder}/vocero.db", clock=clock) as store:
        dialer = QuietDialer(store, clock)
        await fill(dialer, 12)
        now = clock.now()
        dialer.decisions = [pacing_decision(now), pacing_decision(now, "abandonment_budget")]
        await furnish(store, now)
        await count(store, now)
        board = BoardStream(Gatherer(store, dialer, clock))
        handed = Handed(
            store=store,
            dialer=dialer,
            clock=clock,
            observer=Observer(Families(registry)),
            registry=registry,
            sounds=CampaignSounds(folder / "sounds"),
            recordings=folder / "recordings",
            journal=folder / "journal.csv",
            console_url="https://consola.example.com",
            board=board,
            simulator=Foretold(),
            figures=Figures(store.kpi, BOGOTA, {}, clock),
        )
        async with desk(handed) as opened:
            looking = opened.tasks.create_task(board.run())
            yield opened
            looking.cancel()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sara(floor: Desk, browser: Browser) -> BrowserContext:
    """A supervisor."""
    context = await browser.person()
    await context.add_cookies([await floor.cookie("sara", Role.SUPERVISOR)])
    return context


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ada(floor: Desk, browser: Browser) -> BrowserContext:
    """An administrator."""
    context = await browser.person()
    await context.add_cookies([await floor.cookie("ada", Role.ADMIN)])
    return context
