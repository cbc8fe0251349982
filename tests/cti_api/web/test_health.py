"""Health and figures: what a watchdog and Prometheus see."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families

from cti_api.metrics.refresh import Refresh
from cti_api.model.campaigns import CampaignState
from cti_api.model.ids import CampaignId
from cti_api.web.app import create_metrics_app
from cti_api.web.handed import Handed
from tests.support.campaigns import CAMPAIGN_FILE
from tests.support.dialer_port import QuietDialer


def figures(text: str) -> dict[str, float]:
    return {
        sample.name + "".join(f",{value}" for value in sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_alive_is_not_ready(api: httpx.AsyncClient, dialer: QuietDialer) -> None:
    assert (await api.get("http://vocero/readyz")).json()["ready"] is True
    for lost in ("link_up", "reconciled", "store_writable"):
        dialer.stands(**{lost: False})
        answer = await api.get("http://vocero/readyz")
        assert (answer.status_code, answer.json()["ready"], answer.json()[lost]) == (503, False, False)
        assert (await api.get("http://vocero/healthz")).status_code == 200
        dialer.stands(**{lost: True})


async def test_a_scrape_shows_running_campaigns_and_not_finished_ones(
    api: httpx.AsyncClient, dialer: QuietDialer, handed: Handed
) -> None:
    refresh = Refresh(handed.store, dialer, handed.observer, handed.clock)

    async def scraped() -> dict[str, float]:
        await refresh.stands()
        return figures((await api.get("http://vocero/metrics")).text)

    await api.post("/campaigns", content=CAMPAIGN_FILE)
    assert "vocero_calls_in_flight,mantenimiento" not in await scraped()
    await api.post("/campaigns/mantenimiento/start")
    dialer.calls_in_flight = 4
    found = await scraped()
    assert found["vocero_calls_in_flight,mantenimiento"] == 4
    assert found["vocero_campaign_state,mantenimiento,running"] == 1
    assert found["vocero_trunk_state,closed,principal"] == 1
    await api.post("/campaigns/mantenimiento/drain")
    assert "vocero_calls_in_flight,mantenimiento" not in await scraped()


async def test_a_scrape_asks_nobody_and_says_what_was_known_last(handed: Handed, dialer: QuietDialer) -> None:
    name = CampaignId("mantenimiento")
    await handed.store.campaigns.create(name, "M", CAMPAIGN_FILE, handed.clock.now())
    await handed.store.campaigns.set_state(name, CampaignState.RUNNING, handed.clock.now())
    await Refresh(handed.store, dialer, handed.observer, handed.clock).stands()
    app = create_metrics_app(replace(handed, store=None))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://vocero") as client:
        answer = await client.get("/metrics")
    assert answer.status_code == 200
    assert figures(answer.text)["vocero_calls_in_flight,mantenimiento"] == 0


async def test_the_tcp_door_has_health_and_figures_and_nothing_else(handed: Handed) -> None:
    app: FastAPI = create_metrics_app(handed)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:9464") as client:
        for path, status in (("/healthz", 200), ("/readyz", 200), ("/metrics", 200)):
            assert (await client.get(path)).status_code == status
        for path in ("/api/v1/agents", "/api/v1/campaigns", "/docs", "/openapi.json", "/"):
            assert (await client.get(path)).status_code == 404
        assert (await client.post("/healthz", content=b"x" * 2_000_000)).status_code == 405


@pytest.mark.parametrize("path", ["/metrics", "/healthz", "/readyz"])
async def test_they_cannot_be_written_to(api: httpx.AsyncClient, path: str) -> None:
    assert (await api.post(f"http://vocero{path}")).status_code == 405
