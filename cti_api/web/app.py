"""Puts the API together. Two doors: the whole of it for the Unix socket, health and figures alone for TCP."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI

from cti_api.settings import LimitSettings
from cti_api.web import (
    agents,
    attempts,
    campaigns,
    events,
    health,
    imports,
    leads,
    recycling,
    registries,
    suppression,
    system,
)
from cti_api.web.handed import Handed
from cti_api.web.limits import BodyLimit
from cti_api.web.refusals import install_problems

_MEGABYTE = 1024 * 1024


def create_app(handed: Handed, limits: LimitSettings) -> FastAPI:
    """The whole API, under ``/api/v1``, with health and figures beside it."""
    app = FastAPI(
        title="Vocero",
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
        redirect_slashes=False,
    )
    version_1 = APIRouter(prefix="/api/v1")
    for part in (system, campaigns, recycling, imports, leads, attempts, agents, suppression, registries, events):
        version_1.include_router(part.router)
    app.include_router(version_1)
    return _finished(app, handed, limits.upload_megabytes * _MEGABYTE)


def create_metrics_app(handed: Handed) -> FastAPI:
    """Health and figures only: nothing in it is personal and nothing can be changed through it."""
    return _finished(FastAPI(title="Vocero", openapi_url=None, redirect_slashes=False), handed, max_upload_bytes=0)


def _finished(app: FastAPI, handed: Handed, max_upload_bytes: int) -> FastAPI:
    app.include_router(health.router)
    app.state.handed = handed
    app.add_middleware(BodyLimit, max_upload_bytes=max_upload_bytes)
    install_problems(app)
    return app
