"""Limits over the API: what another would do, and the other one in force, on record."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest

from cti_api.access.actors import Role
from cti_api.campaign_file.parse import parse_campaign
from cti_api.errors import Conflict
from cti_api.law.shipped import shipped_packs
from cti_api.model.ids import CampaignId
from cti_api.web.handed import Handed
from cti_api.what_if import Asked, Compared, Figure, Foreseen
from tests.support.campaigns import CAMPAIGN_FILE
from tests.support.console import console, console_app
from tests.support.dialer_port import QuietDialer

MANTENIMIENTO = CampaignId("mantenimiento")
NOTHING = Figure(mean=0.0, half=0.0)


class Notes:
    """A simulator that plays nothing, and notes what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []

    async def compare(self, asked: Asked) -> Compared:
        if self.asked:
            raise Conflict("Another comparison is being played.")
        self.asked.append(asked)
        same = Foreseen(
            policy="progressive", occupancy=NOTHING, calls_per_hour=NOTHING, talks_per_hour=NOTHING, abandoned=NOTHING,
            wait_seconds=NOTHING, over=0,
        )  # fmt: skip
        return Compared(before=same, after=same, agents=asked.agents, shifts=3, hours=2.0, supposed=())


@pytest.fixture
async def campaign(handed: Handed) -> None:
    await handed.store.campaigns.create(MANTENIMIENTO, "Mantenimiento", CAMPAIGN_FILE, handed.clock.now())


@pytest.mark.usefixtures("campaign")
async def test_a_running_campaign_gets_another_limit_and_its_file_says_so(
    api: httpx.AsyncClient, handed: Handed, dialer: QuietDialer
) -> None:
    await dialer.start_campaign(MANTENIMIENTO)
    assert (await api.get("/campaigns/mantenimiento/limits")).json()["abandonment_limit"] == 0.03
    answer = await api.patch("/campaigns/mantenimiento/limits", json={"abandonment_limit": 0.01, "mode": "predictive"})
    assert answer.json() == {
        "spec_version": 2, "mode": "predictive", "calls_per_agent": 1.0, "abandonment_limit": 0.01, "max_channels": 30,
        "calls_per_second": 2.0,
    }  # fmt: skip
    stored = await handed.store.campaigns.get(MANTENIMIENTO)
    assert parse_campaign(stored.spec_text).abandonment.limit == 0.01
    assert stored.state == "running"


@pytest.mark.usefixtures("campaign")
@pytest.mark.parametrize(
    "wrong", [{}, {"abandonment_limit": 0.2}, {"mode": "manual"}, {"max_channels": 0}, {"colour": "red"}]
)
async def test_what_cannot_be_is_refused_and_changes_nothing(
    api: httpx.AsyncClient, handed: Handed, wrong: dict[str, object]
) -> None:
    assert (await api.patch("/campaigns/mantenimiento/limits", json=wrong)).status_code == 422
    assert (await handed.store.campaigns.get(MANTENIMIENTO)).spec_version == 1


@pytest.mark.usefixtures("campaign")
async def test_what_would_be_is_played_with_the_present_file_and_the_other(
    shared_app: object, api: httpx.AsyncClient, handed: Handed
) -> None:
    notes = Notes()
    shared_app.state.handed = replace(handed, simulator=notes)  # type: ignore[attr-defined]
    answer = await api.post("/campaigns/mantenimiento/what-if", json={"abandonment_limit": 0.01, "agents": 8})
    assert answer.json()["agents"] == 8
    (asked,) = notes.asked
    assert asked.before == CAMPAIGN_FILE
    assert parse_campaign(asked.after).abandonment.limit == 0.01
    assert (await api.post("/campaigns/mantenimiento/what-if", json={"max_channels": 9})).status_code == 409
    assert (await handed.store.campaigns.get(MANTENIMIENTO)).spec_version == 1


@pytest.mark.usefixtures("campaign")
async def test_nothing_is_played_that_the_law_would_not_let_hold(
    shared_app: object, api: httpx.AsyncClient, handed: Handed, dialer: QuietDialer
) -> None:
    notes = Notes()
    shared_app.state.handed = replace(handed, simulator=notes)  # type: ignore[attr-defined]
    dialer.packs = shipped_packs()
    for asked in (api.post("/campaigns/mantenimiento/what-if", json={"abandonment_limit": 0.05}),
                  api.patch("/campaigns/mantenimiento/limits", json={"abandonment_limit": 0.05})):  # fmt: skip
        answer = await asked
        assert answer.status_code == 422
        assert answer.json()["faults"][0]["message"] == "the law in force allows 3 % at most"
    assert notes.asked == []


@pytest.mark.usefixtures("campaign")
async def test_who_changed_a_limit_and_to_what_is_on_record(handed: Handed) -> None:
    async with console(console_app(), handed) as door:
        sara = await door.person("sara", Role.SUPERVISOR)
        await sara.patch("/campaigns/mantenimiento/limits", json={"abandonment_limit": 0.01})
        (row,) = await door.store.audit.after(0, 10)
        assert (row.deed.who, row.deed.said) == ("person:sara", "abandonment_limit: 0.01")
        assert (row.deed.what, row.deed.target) == (
            "PATCH /api/v1/campaigns/{campaign_id}/limits",
            "campaign_id=mantenimiento",
        )
