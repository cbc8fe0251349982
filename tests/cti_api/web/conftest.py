"""The API over a real store on SQLite and a dialer that calls nobody."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from cti_api.clock import SystemClock
from cti_api.metrics.families import Families
from cti_api.metrics.observe import Observer
from cti_api.settings import LimitSettings
from cti_api.sounds import CampaignSounds
from cti_api.store.store import Store
from cti_api.web.app import create_app
from cti_api.web.handed import Handed
from tests.support.dialer_port import QuietDialer

LIMITS = LimitSettings(upload_megabytes=2)


@pytest.fixture
async def handed(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Handed]:
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
        )


@pytest.fixture
def dialer(handed: Handed) -> QuietDialer:
    assert isinstance(handed.dialer, QuietDialer)
    return handed.dialer


@pytest.fixture
def app(handed: Handed) -> FastAPI:
    """An app of the test's own, to which it may add."""
    return create_app(handed, LIMITS)


@pytest.fixture(scope="session")
def shared_app() -> FastAPI:
    """Made once, for a tenth of a second a test; `api` hands it what the test has."""
    return create_app(cast(Handed, None), LIMITS)


@pytest.fixture
async def api(shared_app: FastAPI, handed: Handed) -> AsyncIterator[httpx.AsyncClient]:
    """A client that sees an exception of the app as an exception."""
    shared_app.state.handed = handed
    transport = httpx.ASGITransport(shared_app)
    async with httpx.AsyncClient(transport=transport, base_url="http://vocero/api/v1") as client:
        yield client
