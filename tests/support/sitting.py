"""An agent before the page, in a browser: over a real store, and a dialer that calls nobody."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from playwright.async_api import Page, expect
from prometheus_client import CollectorRegistry

from cti_api.access.actors import Role
from cti_api.campaign_file.parse import parse_campaign
from cti_api.clock import SystemClock
from cti_api.metrics.families import Families
from cti_api.metrics.observe import Observer
from cti_api.model.agents import Agent, AgentPhone
from cti_api.model.ids import AgentId, AttemptId, CampaignId
from cti_api.settings import LimitSettings
from cti_api.sounds import CampaignSounds
from cti_api.store.store import Store
from cti_api.web.app import create_app
from cti_api.web.handed import Handed
from tests.support.browser import Browser
from tests.support.campaigns import BOOKING_CAMPAIGN
from tests.support.desk import Desk, desk
from tests.support.dialer_port import QuietDialer, a_lead

CAMPAIGN = CampaignId("mantenimiento")
BOGOTA = ZoneInfo("America/Bogota")
FILE = BOOKING_CAMPAIGN.replace(
    "columns:\n",
    "  - code: luego\n    label: Llamar después\n    fields:\n"
    "      - {name: cuando, label: Fecha y hora acordadas, kind: datetime}\n"
    "      - {name: nota, label: Nota, kind: text, required: false}\n"
    "  - {code: no_llamar, label: No llamar más, fields: []}\n"
    "brief: Le toca el mantenimiento.\nscript: Buenos días {nombre}, su {marca} tiene cita.\n"
    "screen_pop: https://crm.example.com/?placa={placa}\ncolumns:\n",
).replace(
    "    sin_cita: {action: close}\n",
    "    sin_cita: {action: close}\n    luego: {action: callback}\n    no_llamar: {action: suppress}\n",
)
GRACE_SECONDS = 0.3


@asynccontextmanager
async def an_office(folder: Path, *, wired: bool = False) -> AsyncIterator[Desk]:
    """The console, with one campaign at work and a calendar with free hours. `folder` has a database, vocero.db;
    `wired` as in `desk`."""
    clock, registry = SystemClock(), CollectorRegistry()
    async with Store.open(f"sqlite:///{folder}/vocero.db", clock=clock) as store:
        handed = Handed(
            store=store,
            dialer=QuietDialer(store, clock),
            clock=clock,
            observer=Observer(Families(registry)),
            registry=registry,
            sounds=CampaignSounds(folder / "sounds"),
            recordings=folder / "recordings",
            journal=folder / "journal.csv",
            pause_reasons=("baño", "almuerzo"),
        )
        transport = httpx.ASGITransport(create_app(handed, LimitSettings()))
        async with httpx.AsyncClient(transport=transport, base_url="http://vocero/api/v1") as api:
            await api.put("/calendars/taller-norte", json={"title": "Taller Norte", "timezone": "America/Bogota"})
            hours = [(first_hour(clock) + timedelta(hours=n)) for n in range(4)]
            slots = [{"starts_at": at.isoformat(), "ends_at": (at + timedelta(hours=1)).isoformat()} for at in hours]
            await api.post("/calendars/taller-norte/slots", json={"slots": slots})
            assert (await api.post("/campaigns", content=FILE)).status_code == 201
            await api.post("/campaigns/mantenimiento/start")
        async with desk(handed, grace_seconds=GRACE_SECONDS, wired=wired) as opened:
            yield opened


def first_hour(clock: SystemClock) -> datetime:
    return (clock.now().astimezone(BOGOTA) + timedelta(days=1)).replace(hour=9, minute=0, second=0, microsecond=0)


class Sitting:
    """An agent of the test's own before the page."""

    def __init__(self, office: Desk, page: Page, agent_id: AgentId) -> None:
        self.office, self.page, self.id = office, page, agent_id

    @property
    def dialer(self) -> QuietDialer:
        return self.office.dialer

    @property
    def known(self) -> dict[str, Any]:
        """Of a call to Carmen."""
        lead = a_lead("Carmen Rodríguez", "+573001234567", fields={"marca": "Kia", "placa": "KLM482"})
        return {
            "lead": lead,
            "number": "+573001234567",
            "spec": parse_campaign(FILE),
            "script": "Buenos días Carmen Rodríguez, su Kia tiene cita.",
            "screen_pop": "https://crm.example.com/?placa=KLM482",
        }

    async def says(self, text: str) -> None:
        await expect(self.page.locator("#state")).to_have_text(text)

    async def chooses(self, place: int) -> None:
        """What became of the call, by its place on the list."""
        await self.page.locator("#disposition .choices button").nth(place - 1).click()

    async def in_a_call(self, **otherwise: Any) -> AttemptId:
        """`otherwise`: what is known of it, and not as `known` has it."""
        attempt = await self.dialer.talk(self.id, **(self.known | otherwise))
        await self.says("En llamada")
        await expect(self.page.locator("#disposition button").first).to_be_visible()
        return attempt


@asynccontextmanager
async def sitting_at(
    office: Desk, browser: Browser, number: int, phone: AgentPhone = AgentPhone.SIP
) -> AsyncIterator[Sitting]:
    """Ready, with their telephone. `number`: no other's."""
    agent_id = AgentId(f"ana-{number}")
    await office.dialer.add_agent(Agent(id=agent_id, name="Ana Díaz", campaigns=(CAMPAIGN,), phone=phone))
    await office.dialer.login(agent_id)
    person = await browser.person()
    await person.add_cookies([await office.cookie(agent_id, Role.AGENT, agent_id)])
    page = await person.new_page()
    await page.goto(f"{office.origin}/agente")
    sitting = Sitting(office, page, agent_id)
    await sitting.says("Disponible")
    yield sitting
    assert (faults := await browser.look()) == [], faults
    await person.close()
