"""``/healthz``, ``/readyz`` and ``/metrics``: for watchdogs, proxies and Prometheus. Nothing personal is in them."""

from __future__ import annotations

import asyncio
from http import HTTPStatus

from fastapi import APIRouter, Response
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from pydantic import BaseModel

from cti_api.metrics.exposition import exposition
from cti_api.web.handed import Dialer, Everything
from cti_api.web.media import gives

router = APIRouter(tags=["health"])


class Readiness(BaseModel):
    ready: bool
    link_up: bool
    """Logged in to Asterisk."""
    reconciled: bool
    """Asterisk's own account was asked since."""
    store_writable: bool


@router.get("/healthz")
async def healthz() -> dict[str, bool]:
    """The process lives and its event loop turns."""
    return {"alive": True}


@router.get("/readyz", responses={HTTPStatus.SERVICE_UNAVAILABLE: {"model": Readiness}})
async def readyz(dialer: Dialer, response: Response) -> Readiness:
    """Calls can be placed; 503 with the reason while they cannot."""
    system = dialer.system()
    ready = system.link_up and system.reconciled and system.store_writable
    if not ready:
        response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
    return Readiness(
        ready=ready,
        link_up=system.link_up,
        reconciled=system.reconciled,
        store_writable=system.store_writable,
    )


@router.get("/metrics", response_class=Response, responses=gives("text/plain", words="Prometheus' text format"))
async def metrics(handed: Everything) -> Response:
    """Prometheus' text format: the floor as it is at this moment, and what the store knows as it was seconds ago
    (`cti_api.metrics.refresh`). Nothing is waited for, and it is written beside the event loop."""
    observer, dialer = handed.observer, handed.dialer
    observer.system_stands(dialer.system())
    observer.agents_stand(dialer.agents())
    observer.queues_stand(dialer.queues())
    observer.calls_stand(dialer.live.calls())
    return Response(await asyncio.to_thread(exposition, handed.registry), media_type=CONTENT_TYPE_LATEST)
