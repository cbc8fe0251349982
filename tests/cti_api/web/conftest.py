"""The API over a real store on SQLite and a dialer that calls nobody."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import cast

import httpx
import pytest
from fastapi import FastAPI

from cti_api.settings import LimitSettings
from cti_api.web.app import create_app
from cti_api.web.handed import Handed

LIMITS = LimitSettings(upload_megabytes=2)


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
