"""Every test that asks for a store runs twice: on SQLite and on PostgreSQL."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from prometheus_client import CollectorRegistry

from cti_api.clock import SystemClock
from cti_api.figures import Figures
from cti_api.metrics.families import Families
from cti_api.metrics.observe import Observer
from cti_api.sounds import CampaignSounds
from cti_api.store.store import Store
from cti_api.web.handed import Handed
from tests.support.dialer_port import QuietDialer
from tests.support.postgres import PostgresServer, postgres_server
from tests.support.store import CAMPAIGN, T0
from tests.support.told import all_told_right

__all__ = ["postgres_server"]


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def empty_url(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """A database without tables."""
    if engine == "sqlite":
        return f"sqlite:///{tmp_path}/vocero.db"
    server: PostgresServer = request.getfixturevalue("postgres_server")
    return server.url(server.new_database())


@pytest.fixture
def url(engine: str, tmp_path: Path, sqlite_template: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """A store with tables and nothing in them."""
    if engine == "sqlite":
        yield f"sqlite:///{shutil.copy(sqlite_template, tmp_path)}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    with server.borrow() as name:
        yield server.url(name)


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    """An open store with one campaign in it."""
    async with Store.open(url, clock=SystemClock()) as opened:
        await opened.campaigns.create(CAMPAIGN, "Mantenimiento", "id: mantenimiento\n", T0)
        yield opened
        await all_told_right(opened)


@pytest.fixture
async def handed(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Handed]:
    """What the API is handed: a store on SQLite and a dialer that calls nobody."""
    path = shutil.copy(sqlite_template, tmp_path)
    clock, registry = SystemClock(), CollectorRegistry()
    async with Store.open(f"sqlite:///{path}", clock=clock) as store:
        yield Handed(
            store=store,
            dialer=QuietDialer(store, clock),
            clock=clock,
            observer=Observer(Families(registry)),
            registry=registry,
            sounds=CampaignSounds(tmp_path / "sounds"),
            recordings=tmp_path / "recordings",
            journal=tmp_path / "journal.csv",
            store_folder=tmp_path,
            figures=Figures(store.kpi, ZoneInfo("America/Bogota"), {}),
        )


@pytest.fixture
def dialer(handed: Handed) -> QuietDialer:
    assert isinstance(handed.dialer, QuietDialer)
    return handed.dialer
