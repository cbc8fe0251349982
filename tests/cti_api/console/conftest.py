"""Fixtures of the agent's page: one office and one browser for a module, one agent for a test."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path

import pytest
import pytest_asyncio

from tests.support.browser import Browser, chromium
from tests.support.desk import Desk
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
    return count(1)


@pytest_asyncio.fixture(loop_scope="module")
async def ana(office: Desk, browser: Browser, numbers: Iterator[int]) -> AsyncIterator[Sitting]:
    """Ready, with a telephone on the desk."""
    async with sitting_at(office, browser, next(numbers)) as sitting:
        yield sitting
