"""Every test that asks for a store runs twice: on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from cti_api.clock import SystemClock
from cti_api.store.migrate import upgrade
from cti_api.store.store import Store
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


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the store's tables, to be copied."""
    path = tmp_path_factory.mktemp("store") / "template.db"
    asyncio.run(upgrade(f"sqlite:///{path}", SystemClock()))
    return path


@pytest.fixture
def url(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """A store with tables and nothing in them."""
    if engine == "sqlite":
        path = tmp_path / "vocero.db"
        path.write_bytes(request.getfixturevalue("sqlite_template").read_bytes())
        yield f"sqlite:///{path}"
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
