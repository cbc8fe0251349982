"""A shift at the agent's page: a real Asterisk, people who answer by SIP, and Chromium as the telephone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Error as BrowserError
from playwright.async_api import Page, WebSocketRoute, expect

from cti_api.clock import SystemClock
from cti_api.model.ids import CampaignId, TrunkId
from tests.support.browser import Browser, axe, chromium, until_heard
from tests.support.floor import until_agent
from tests.support.shift import campaign_file, get, invited, people, post, retry, staff, until
from vocero.lab.asterisk import AsteriskProgram
from vocero.lab.customers import Behaviour, number
from vocero.lab.rig import Rig, RigTrunk

pytestmark = [pytest.mark.asterisk, pytest.mark.timeout(240), pytest.mark.asyncio(loop_scope="session")]

TRUNK = TrunkId("operador-a")
AHEAD, SHOWN, BY_HAND = "adelante", "con-vista", "a-mano"
MICROPHONE_HZ = 1000.0
"""Everybody called sends back what they hear: what the page plays is its own microphone, there and back."""
PASSWORD = "cuatro palabras bien sueltas"
DISPOSITIONS = [
    {"code": "hablado", "label": "Se habló", "contact": True, "effective": True},
    {
        **{"code": "cita", "label": "Cita agendada", "contact": True, "effective": True, "success": True},
        "fields": [{"name": "fecha", "label": "Fecha y hora", "kind": "datetime"}],
    },
]
TOLD: dict[str, Any] = {
    "wrap_up": "60 s",
    "script": "Buenos días {nombre}.",
    "dispositions": DISPOSITIONS,
    "retry": retry(1, cita={"action": "complete"}),
}
STATES = {"ready": "Disponible", "busy": "En llamada", "wrap_up": "Tipificando", "not_ready": "En pausa"}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def rig(asterisk_program: AsteriskProgram, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rig]:
    """Three campaigns, none of them started, and an agent whose telephone is their browser."""
    folder = tmp_path_factory.mktemp("console")
    async with Rig(folder / "rig", asterisk_program, trunks=[RigTrunk(id=TRUNK)], console=True) as rig:
        await put_calendar(rig)
        echoes = [number(Behaviour.ECHOES, serial) for serial in range(40)]
        ahead = campaign_file(AHEAD, [TRUNK], mode="predictive", **TOLD)
        await rig.make_campaign(CampaignId(AHEAD), ahead, people(echoes[:30]))
        shown = campaign_file(SHOWN, [TRUNK], mode="preview", preview="40 s", **TOLD)
        await rig.make_campaign(CampaignId(SHOWN), shown, people(echoes[30:]))
        booking = {"appointments": {"calendar": "taller", "on": "cita", "at": "fecha"}}
        by_hand = campaign_file(BY_HAND, [TRUNK], mode="manual", **TOLD, **booking)
        await rig.make_campaign(CampaignId(BY_HAND), by_hand, people([]))
        yield rig


async def put_calendar(rig: Rig) -> None:
    await asyncio.to_thread(rig.control.put, "/calendars/taller", {"title": "Taller", "timezone": "America/Bogota"})
    first = (SystemClock().now() + timedelta(days=1)).replace(hour=14, minute=0, second=0, microsecond=0)
    hours = [first + timedelta(hours=place) for place in range(3)]
    slots = [{"starts_at": at.isoformat(), "ends_at": (at + timedelta(hours=1)).isoformat()} for at in hours]
    await post(rig, "/calendars/taller/slots", {"slots": slots})


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def browser(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    async with chromium(tmp_path_factory.mktemp("browser"), microphone_hz=MICROPHONE_HZ) as opened:
        yield opened


class Shift:
    """An agent before their page."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.page: Page
        self.wires: list[WebSocketRoute] = []
        """The telephone's, the newest last; they can be cut."""

    def lay(self, wire: WebSocketRoute) -> None:
        wire.connect_to_server()
        self.wires.append(wire)

    async def is_so(self, state: str) -> None:
        """The page, the engine and Asterisk say the same of the agent."""
        await until_agent(self.rig, "ana", state)
        await expect(self.page.locator("#state")).to_have_text(STATES[state])
        joined = state == "busy"

        async def so_in_asterisk() -> bool:
            return await self.talks() is joined

        await until(so_in_asterisk, 10, f"in Asterisk the agent is {state}")

    async def talks(self) -> bool:
        """A person's leg is up beside the agent's."""
        return any(name.startswith("Local/") for name in await self.rig.channels())

    async def goes_on(self) -> bool:
        """Whom a crash left on the line waited with music, as long as that may be, and has the agent back."""

        async def decided() -> bool:
            return await self._is_busy() or not await get(self.rig, "/calls")

        await until(decided, 40, "the person has the agent back, or is gone")
        if back := await self._is_busy():
            await self.is_so("busy")
        return back

    async def _is_busy(self) -> bool:
        return bool((await get(self.rig, "/agents/ana"))["state"] == "busy")

    async def say(self, disposition: str) -> None:
        await self.page.get_by_role("button", name=disposition).click()
        await self.page.keyboard.press("Control+Enter")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def ana(rig: Rig, browser: Browser) -> AsyncIterator[Shift]:
    """Came in by the link that they were given."""
    campaigns = [AHEAD, SHOWN, BY_HAND]
    await post(rig, "/agents", {"id": "ana", "name": "Ana Díaz", "campaigns": campaigns, "phone": "browser"})
    link = (await post(rig, "/users", {"id": "ana", "name": "Ana Díaz", "role": "agent"}))["link"]
    shift, person = Shift(rig), await browser.person()
    await person.route_web_socket("**/ws/sip*", shift.lay)
    page = shift.page = await person.new_page()
    await page.goto(link)
    await page.locator("input[name=clave]").fill(PASSWORD)
    await page.locator("input[name=otra]").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/agente")
    yield shift


async def test_an_agent_begins_with_one_key_and_the_microphone(ana: Shift) -> None:
    await expect(ana.page.locator("#begin")).to_be_visible()
    await ana.page.keyboard.press("l")
    await ana.is_so("ready")
    await expect(ana.page.locator("#telephone")).to_have_text("Teléfono en línea")
    assert await ana.page.evaluate("ear.microphones") == 1


async def test_ten_people_who_are_called_ahead_are_talked_with_one_after_the_other(ana: Shift) -> None:
    await post(ana.rig, f"/campaigns/{AHEAD}/start")
    for called in range(10):
        await ana.is_so("busy")
        await until_heard(ana.page, MICROPHONE_HZ)
        if called == 9:
            await post(ana.rig, f"/campaigns/{AHEAD}/pause")
        await ana.page.keyboard.press("c")
        await ana.is_so("wrap_up")
        await ana.say("Se habló")
    await ana.is_so("ready")
    counts = await get(ana.rig, "/agents/ana")
    assert counts["calls"] == 10


async def test_whoever_is_on_hold_hears_music_and_comes_back(ana: Shift) -> None:
    await post(ana.rig, f"/campaigns/{AHEAD}/start")
    await ana.is_so("busy")
    await post(ana.rig, f"/campaigns/{AHEAD}/pause")
    await until_heard(ana.page, MICROPHONE_HZ)
    await ana.page.keyboard.press("e")
    await expect(ana.page.locator("#direction")).to_have_text("En espera")
    await until_heard(ana.page, 0.0)
    await ana.page.keyboard.press("e")
    await expect(ana.page.locator("#direction")).to_have_text("Llamamos")
    await until_heard(ana.page, MICROPHONE_HZ)
    await ana.page.keyboard.press("s")
    await until_heard(ana.page, 0.0)
    await ana.page.keyboard.press("s")
    await until_heard(ana.page, MICROPHONE_HZ)


async def test_a_reload_in_a_call_finds_it_again_with_what_was_typed(ana: Shift) -> None:
    await ana.page.get_by_role("button", name="Cita agendada").click()
    before = await ana.page.locator("#name").text_content()
    await ana.page.reload()
    await ana.is_so("busy")
    await expect(ana.page.locator("#name")).to_have_text(before or "")
    await expect(ana.page.locator("#disposition .picked")).to_contain_text("Cita agendada")
    await until_heard(ana.page, MICROPHONE_HZ)
    await ana.page.keyboard.press("c")
    await ana.is_so("wrap_up")
    await ana.page.get_by_role("button", name="Cambiar").click()
    await ana.say("Se habló")
    await ana.is_so("ready")


async def test_a_telephone_whose_wire_is_cut_in_a_call_goes_on(ana: Shift) -> None:
    await post(ana.rig, f"/campaigns/{AHEAD}/start")
    await ana.is_so("busy")
    await post(ana.rig, f"/campaigns/{AHEAD}/pause")
    await until_heard(ana.page, MICROPHONE_HZ)
    before = len(ana.wires)
    await ana.wires[-1].close()

    async def again() -> bool:
        return len(ana.wires) > before

    await until(again, 10, "the telephone comes back")
    await ana.is_so("busy")
    await until_heard(ana.page, MICROPHONE_HZ)
    await ana.page.keyboard.press("c")
    await ana.is_so("wrap_up")
    await ana.say("Se habló")
    await ana.is_so("ready")
    await expect(ana.page.locator("#telephone")).to_have_text("Teléfono en línea")


async def test_a_person_is_handed_on_to_another_agent(ana: Shift) -> None:
    await post(ana.rig, f"/campaigns/{AHEAD}/start")
    await ana.is_so("busy")
    await post(ana.rig, f"/campaigns/{AHEAD}/pause")
    person = await ana.page.locator("#name").text_content()
    await staff(ana.rig, [AHEAD], "beto")
    await ana.page.keyboard.press("r")
    await ana.page.get_by_role("button", name="Beto").click()
    beto = await until_agent(ana.rig, "beto", "busy")
    assert beto["call"]["lead_name"] == person
    await until_agent(ana.rig, "ana", "ready")
    await expect(ana.page.locator("#state")).to_have_text("Disponible")
    await expect(ana.page.locator("#transfer")).to_be_hidden()
    await post(ana.rig, "/agents/beto/hangup")
    await until_agent(ana.rig, "beto", "wrap_up")
    await post(ana.rig, "/agents/beto/disposition", {"code": "hablado"})
    await post(ana.rig, "/agents/beto/logout")
    await ana.is_so("ready")


async def test_a_pause_asked_for_in_a_call_comes_when_it_is_over(ana: Shift) -> None:
    await post(ana.rig, f"/campaigns/{AHEAD}/start")
    await ana.is_so("busy")
    await post(ana.rig, f"/campaigns/{AHEAD}/pause")
    await ana.page.keyboard.press("p")
    await ana.page.keyboard.press("2")
    await expect(ana.page.locator("#pending")).to_have_text("Pausa al terminar la llamada (almuerzo)")
    await ana.page.keyboard.press("c")
    await ana.is_so("wrap_up")
    await ana.say("Se habló")
    await ana.is_so("not_ready")
    await ana.page.keyboard.press("l")
    await ana.is_so("ready")


async def test_in_a_preview_a_person_is_skipped_and_the_next_accepted(ana: Shift) -> None:
    await post(ana.rig, f"/campaigns/{SHOWN}/start")
    await expect(ana.page.locator("#preview")).to_be_visible()
    skipped = await ana.page.locator("#name").text_content()
    await ana.page.keyboard.press("o")
    await expect(ana.page.locator("#preview")).to_be_visible()
    await expect(ana.page.locator("#name")).not_to_have_text(skipped or "")
    await ana.page.keyboard.press("a")
    await ana.is_so("busy")
    await post(ana.rig, f"/campaigns/{SHOWN}/pause")
    await until_heard(ana.page, MICROPHONE_HZ)
    await ana.page.keyboard.press("c")
    await ana.say("Se habló")
    await ana.is_so("ready")


async def test_a_number_dialled_by_hand_books_an_appointment(ana: Shift) -> None:
    await post(ana.rig, f"/campaigns/{BY_HAND}/start")
    stranger = number(Behaviour.ECHOES, 77)
    await ana.page.reload()
    await ana.page.keyboard.press("m")
    await ana.page.locator("#dial-campaign").select_option(BY_HAND)
    await ana.page.locator("#dial-number").fill(stranger.e164.removeprefix("+57"))
    await ana.page.keyboard.press("Enter")
    await ana.is_so("busy")
    await until_heard(ana.page, MICROPHONE_HZ)
    await ana.page.keyboard.press("c")
    await ana.is_so("wrap_up")
    await ana.page.get_by_role("button", name="Cita agendada").click()
    await ana.page.get_by_role("button", name="10:00").click()
    await ana.page.keyboard.press("Control+Enter")
    await ana.is_so("ready")
    (booked,) = await get(ana.rig, "/appointments")
    assert booked["number"] == stranger.e164
    assert invited(ana.rig)[stranger.e164] == 1
    await post(ana.rig, "/suppressions", {"number": stranger.e164, "source": "test"})
    await ana.page.keyboard.press("m")
    await ana.page.locator("#dial-number").fill(stranger.e164)
    await ana.page.keyboard.press("Enter")
    await expect(ana.page.locator("#dial-problem")).to_be_visible()


async def test_a_tab_that_crashes_frees_the_agent_who_goes_on_in_another(ana: Shift) -> None:
    await post(ana.rig, f"/campaigns/{AHEAD}/start")
    await ana.is_so("busy")
    await post(ana.rig, f"/campaigns/{AHEAD}/pause")
    person = ana.page.context
    await crash(ana.page)
    seen = await until_agent(ana.rig, "ana", "not_ready", 40)
    assert seen["reason"] in ("technical", "consola")

    async def missed() -> bool:
        return (await get(ana.rig, "/agents/ana"))["reason"] == "consola"

    await until(missed, 20, "nobody sits at the console")
    ana.page = await person.new_page()
    await ana.page.goto(f"{ana.rig.console_url}/agente")
    await expect(ana.page.locator("#rest-title")).to_have_text("La consola estuvo cerrada")
    await expect(ana.page.locator("#telephone")).to_have_text("Teléfono en línea")
    await ana.page.keyboard.press("l")
    await expect(ana.page.locator("#state")).not_to_have_text(STATES["not_ready"])
    if await ana.goes_on():
        await until_heard(ana.page, MICROPHONE_HZ)
        await ana.page.keyboard.press("c")
        await ana.say("Se habló")
    await ana.is_so("ready")


async def crash(page: Page) -> None:
    """The renderer is gone, and with it whatever the page would have done at its end."""
    with suppress(BrowserError):
        await page.goto("chrome://crash", timeout=2000)


async def test_nothing_on_the_page_at_work_keeps_anybody_from_using_it(ana: Shift) -> None:
    assert await axe(ana.page) == []
    await ana.page.keyboard.press("f")
    await until_agent(ana.rig, "ana", "logged_off")
    assert await ana.rig.quiet(20) == []
