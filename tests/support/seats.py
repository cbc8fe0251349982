"""Agents who signed in at the rig's console, in a real browser, with their telephone in its page."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import count
from typing import Any, Final

import httpx
from playwright.async_api import BrowserContext, Page, Route

from cti_api.model.ids import AgentId, CampaignId
from tests.support.browser import Browser
from tests.support.shift import post, until
from vocero.lab.rig import Rig

PASSWORD: Final = "cuatro palabras bien sueltas"
ADDRESSES = count(1)
BARE_PAGE: Final = "/agente/solo-el-telefono"
"""Not the console's: nothing but the telephone, under the policy of the console's pages."""
POLICY: Final = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; media-src 'self' blob:; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
HTML: Final = (
    "<!doctype html><html lang='es'><head><meta charset='utf-8'><title>Teléfono</title></head>"
    "<body><main><h1>Teléfono</h1><audio></audio></main></body></html>"
)
START: Final = """
    async ([agent, csrf]) => {
      const { Phone } = await import("/static/phone.js");
      const phone = (window.phone = new Phone(document.querySelector("audio"), agent, csrf));
      window.told = [];
      phone.addEventListener("change", () => told.push([phone.state, phone.reason, phone.muted, phone.held].join(" ")));
      await phone.start();
    }
"""


class Seat:
    """One agent at their page."""

    def __init__(self, rig: Rig, agent_id: str, windows: BrowserContext, csrf: str) -> None:
        self.rig, self.agent_id, self.windows, self.csrf = rig, agent_id, windows, csrf
        self.page: Page

    async def open_page(self) -> None:
        """A window with the telephone in it, which registers; where one is open it is left as it is."""
        self.page = await self.windows.new_page()
        await self.load()

    async def load(self) -> None:
        """Go to the page, or load it anew, and start the telephone."""
        await self.page.goto(self.rig.console_url + BARE_PAGE)
        await self.page.evaluate(START, [self.agent_id, self.csrf])

    async def state(self) -> str:
        """What the page's telephone says of itself: state, and after a blank why it failed."""
        return str(await self.page.evaluate("`${phone.state} ${phone.reason}`.trim()"))

    async def until(self, state: str, seconds: float = 20) -> None:
        async def there() -> bool:
            return await self.state() == state

        await until(there, seconds, f"the telephone of {self.agent_id} is {state}")


async def signed_in(rig: Rig, browser: Browser, agent_id: str, role: str = "agent") -> Seat:
    """Somebody with this seat, who may sign in and did."""
    made = await post(rig, "/users", {"id": agent_id, "name": agent_id.title(), "role": role, "agent_id": agent_id})
    # each from an address of their own: how often one may try to sign in from one is tested elsewhere
    headers = {"Origin": rig.console_url, "X-Forwarded-For": f"203.0.113.{next(ADDRESSES)}"}
    async with httpx.AsyncClient(base_url=f"{rig.console_url}/api/v1", headers=headers) as door:
        token = str(made["link"]).rpartition("/")[2]
        (await door.post("/links", json={"token": token, "password": PASSWORD})).raise_for_status()
        me = await door.post("/session", json={"name": agent_id, "password": PASSWORD})
        me.raise_for_status()
        cookies = [{"name": name, "value": value, "url": rig.console_url} for name, value in door.cookies.items()]
    windows = await browser.person()
    await windows.add_cookies(cookies)  # type: ignore[arg-type]
    await windows.route(f"**{BARE_PAGE}", _bare_page)
    return Seat(rig, agent_id, windows, str(me.json()["csrf"]))


async def seated(
    rig: Rig, browser: Browser, agent_id: str, campaigns: Sequence[CampaignId], connect: str = "nailed_up"
) -> Seat:
    """A new agent at their page, whose telephone Asterisk knows and who began their shift."""
    new = {"id": agent_id, "name": agent_id.title(), "campaigns": list(campaigns), "phone": "browser"}
    await post(rig, "/agents", new | {"connect": connect})
    seat = await signed_in(rig, browser, agent_id)
    await seat.open_page()
    await seat.until("ready")
    await _until_reachable(rig, agent_id)
    await rig.log_in(AgentId(agent_id))
    return seat


async def _until_reachable(rig: Rig, agent_id: str) -> None:
    async def known() -> bool:
        told: dict[str, Any] = await asyncio.to_thread(rig.control.get, f"/agents/{agent_id}")
        return bool(told["phone_reachable"])

    await until(known, 20, f"the telephone of {agent_id} is known")


async def _bare_page(route: Route) -> None:
    headers = {"Content-Security-Policy": POLICY, "Permissions-Policy": "microphone=(self), autoplay=(self)"}
    await route.fulfill(status=200, content_type="text/html; charset=utf-8", body=HTML, headers=headers)
