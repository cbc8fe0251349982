"""``/healthz``, ``/readyz`` and ``/metrics``: for watchdogs, proxies and Prometheus. Nothing personal is in them."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter, Response
from prometheus_client import generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from pydantic import BaseModel

from cti_api.errors import NotFound, Unreachable
from cti_api.model.campaigns import AT_WORK
from cti_api.ports import CampaignStatus
from cti_api.web.handed import Dialer, Everything
from cti_api.web.media import gives

router = APIRouter(tags=["health"])

COUNTED_WITHIN_SECONDS = 5.0
"""How old a scrape's counts may be: counting a million leads takes half a second, and Prometheus may ask often."""


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
    """Prometheus' text format; gauges are set from what is so at this moment."""
    try:
        handed.observer.queues_stand(handed.dialer.queues())
        handed.observer.stands(handed.dialer.system(), await _watched(handed), handed.dialer.agents())
        handed.observer.messages_stand(await handed.store.messages.counts(), handed.clock.now())
        if handed.streams is not None and handed.events is not None:
            handed.observer.streams_stand(await handed.streams.standing(), handed.events.clients)
    except Unreachable:
        # a store that is away is itself a figure; the gauges of campaigns keep what was last known
        handed.observer.store_error()
    return Response(generate_latest(handed.registry), media_type=CONTENT_TYPE_LATEST)


async def _watched(handed: Everything) -> list[CampaignStatus]:
    """Campaigns whose figures move; a finished one leaves the scrape and stays in the reports."""
    statuses = []
    for campaign in await handed.store.campaigns.all():
        if campaign.state in AT_WORK:
            try:
                statuses.append(await handed.dialer.campaign_status(campaign.id, COUNTED_WITHIN_SECONDS))
            except NotFound:
                continue  # removed between the two questions
    return statuses
