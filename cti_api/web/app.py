"""Puts the API together. Three doors: the whole of it for the Unix socket, health and figures alone for
TCP, and what providers and customers need for the internet."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI

from cti_api.settings import LimitSettings
from cti_api.web import (
    agents,
    appointments,
    attempts,
    calendars,
    campaigns,
    control_form,
    events,
    evidence,
    experience,
    front_desk,
    health,
    imports,
    leads,
    messages,
    policy,
    privacy,
    queues,
    recycling,
    registries,
    streams,
    suppression,
    surveys,
    system,
    tasks,
    trees,
)
from cti_api.web.handed import Handed
from cti_api.web.limits import MAX_BODY_BYTES, BodyLimit
from cti_api.web.refusals import install_problems

_MEGABYTE = 1024 * 1024
MAX_HOOK_BYTES = 3 * _MEGABYTE
"""The largest that Meta sends to a webhook."""


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
    parts = (
        system, campaigns, recycling, imports, leads, attempts, evidence, experience, control_form, agents, queues,
        suppression, registries, policy, privacy, calendars, appointments, surveys, messages, tasks, trees,
        front_desk, events, streams,
    )  # fmt: skip
    for part in parts:
        version_1.include_router(part.router)
    app.include_router(version_1)
    return _finished(app, handed, limits.upload_megabytes * _MEGABYTE)


def create_metrics_app(handed: Handed) -> FastAPI:
    """Health and figures only: nothing in it is personal and nothing can be changed through it."""
    return _finished(FastAPI(title="Vocero", openapi_url=None, redirect_slashes=False), handed, max_upload_bytes=0)


def create_public_app(handed: Handed, *routers: APIRouter) -> FastAPI:
    """The door to the internet: nothing but these routes, each of which trusts nobody. Health is not told there."""
    app = FastAPI(title="Vocero", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    for router in routers:
        app.include_router(router)
    return _hardened(app, handed, max_upload_bytes=0, max_body_bytes=MAX_HOOK_BYTES)


def _finished(app: FastAPI, handed: Handed, max_upload_bytes: int) -> FastAPI:
    app.include_router(health.router)
    return _hardened(app, handed, max_upload_bytes)


def _hardened(app: FastAPI, handed: Handed, max_upload_bytes: int, max_body_bytes: int = MAX_BODY_BYTES) -> FastAPI:
    app.state.handed = handed
    app.add_middleware(BodyLimit, max_upload_bytes=max_upload_bytes, max_body_bytes=max_body_bytes)
    install_problems(app)
    return app
