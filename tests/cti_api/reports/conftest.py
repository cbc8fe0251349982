"""Every report of one company's months, made once."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, cast

import httpx
import pytest
from fastapi import FastAPI

from cti_api.clock import SystemClock
from cti_api.reports.build import gather
from cti_api.reports.periods import read_period
from cti_api.reports.sources import Sources
from cti_api.settings import LimitSettings
from cti_api.store.store import Store
from cti_api.web.app import create_app
from cti_api.web.handed import Handed
from tests.support.built_reports import Made, made
from tests.support.busy_months import CAMPAIGN, NOW, SURVEY, busy_months, counted

ASKED: Final = (
    ("monthly", "2026-11", ""),
    ("weekly", "2026-W47", ""),
    ("campaign", "", CAMPAIGN),
    ("survey", "2026-11", SURVEY),
    ("control", "", CAMPAIGN),
)


def _done(work: Coroutine[Any, Any, Any]) -> Any:
    """In a loop of its own, whatever the tests' are."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


@pytest.fixture(scope="session")
def months(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store of a company that has worked for three months."""
    path = Path(shutil.copy(sqlite_template, tmp_path_factory.mktemp("months")))

    async def lived() -> None:
        async with Store.open(f"sqlite:///{path}", clock=SystemClock()) as store:
            await busy_months(store)

    _done(lived())
    return path


@pytest.fixture(scope="session")
def reports(months: Path) -> dict[str, Made]:
    """Each kind's, by its name."""

    async def gathered() -> dict[str, Made]:
        async with Store.open(f"sqlite:///{months}", clock=SystemClock()) as store:
            sources = counted(store)
            return {
                name: made(await gather(name, sources, read_period(period) if period else None, of, NOW))
                for name, period, of in ASKED
            }

    found: dict[str, Made] = _done(gathered())
    return found


@pytest.fixture
async def sources(months: Path) -> AsyncIterator[Sources]:
    """What they were made of."""
    async with Store.open(f"sqlite:///{months}", clock=SystemClock()) as store:
        yield counted(store)


@pytest.fixture(scope="session")
def app() -> FastAPI:
    """Made once; `api` hands it what the test has."""
    return create_app(cast(Handed, None), LimitSettings())


@pytest.fixture
async def api(app: FastAPI, handed: Handed, sources: Sources) -> AsyncIterator[httpx.AsyncClient]:
    """The API over the same store."""
    app.state.handed = replace(handed, store=sources.store, figures=sources.figures)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://vocero/api/v1") as client:
        yield client


@pytest.fixture
async def store_of_nothing(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Sources]:
    """Of a company that begins today."""
    path = shutil.copy(sqlite_template, tmp_path)
    async with Store.open(f"sqlite:///{path}", clock=SystemClock()) as store:
        yield counted(store)
