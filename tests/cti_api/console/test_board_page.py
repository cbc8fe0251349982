"""The board in a browser, and every page of those who look on: over a real store, and a dialer that calls nobody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import pytest
from playwright.async_api import BrowserContext, Page, expect

from cti_api.access.actors import Role
from cti_api.model.agents import AgentState
from cti_api.model.ids import AgentId
from tests.support.browser import Browser, axe
from tests.support.desk import Desk
from tests.support.full_floor import pages

pytestmark = pytest.mark.asyncio(loop_scope="module")

BRUNO, CARLA = AgentId("agente-2"), AgentId("agente-3")
Scheme = Literal["light", "dark"]


async def board(context: BrowserContext, floor: Desk) -> Page:
    page = await context.new_page()
    await page.goto(f"{floor.origin}/tablero")
    await expect(page.locator("#live")).to_have_text("En vivo")
    return page


async def test_the_floor_is_seen_as_it_is_and_as_it_changes(floor: Desk, sara: BrowserContext) -> None:
    page = await board(sara, floor)
    tile = page.locator("#agents .tile", has_text="Bruno Quispe")
    await expect(tile).to_contain_text("En llamada")
    await floor.dialer.hang_up(BRUNO)
    await expect(tile).to_contain_text("Cerrando llamada")
    await floor.dialer.ready(BRUNO)
    await expect(tile).to_contain_text("Disponible")
    await expect(page.locator("#alerts")).to_contain_text("La troncal operador-b no responde.")
    await expect(page.locator("#queues")).to_contain_text("3 en espera")
    await expect(page.locator("#campaigns")).to_contain_text("Otra llamada podría dejar a alguien sin agente.")
    await page.close()


async def test_a_supervisor_pauses_somebody_and_is_asked_before_a_call_is_ended(
    floor: Desk, sara: BrowserContext
) -> None:
    floor.dialer.connect(BRUNO)
    page = await board(sara, floor)
    await page.locator("#agents .tile", has_text="Bruno Quispe").click()
    await page.locator("#pause-reason").fill("reunión")
    await page.get_by_role("button", name="Pausar", exact=True).last.click()
    await expect(page.locator("#agents .tile", has_text="Bruno Quispe")).to_contain_text("pausa pedida")
    await page.locator("#agents .tile", has_text="Bruno Quispe").click()
    await page.get_by_role("button", name="Terminar la llamada").click()
    await expect(page.locator("#sure")).to_contain_text("La persona que habla con Bruno Quispe")
    assert floor.dialer.board[BRUNO].status.state is AgentState.BUSY
    await page.locator("#sure-yes").click()
    await expect(page.locator("#agents .tile", has_text="Bruno Quispe")).to_contain_text("Cerrando llamada")
    await page.close()


async def test_a_campaign_is_paused_from_the_board_and_the_filter_leaves_the_others_out(
    floor: Desk, sara: BrowserContext
) -> None:
    page = await board(sara, floor)
    card = page.locator("#campaigns li", has_text="Mantenimiento de noviembre")
    await card.get_by_role("button", name="Pausar").click()
    await page.locator("#sure-yes").click()
    await expect(card).to_contain_text("En pausa")
    await card.get_by_role("button", name="Iniciar").click()
    await expect(card).to_contain_text("En marcha")
    await page.locator("#filter").select_option("c:renovaciones")
    await expect(page.locator("#campaigns li")).to_have_count(1)
    await expect(page.locator("#agents .tile", has_text="Ana Díaz")).to_have_count(0)
    await page.close()


async def test_a_supervisor_listens_over_the_telephone_they_name(floor: Desk, sara: BrowserContext) -> None:
    floor.dialer.connect(CARLA)
    call = floor.dialer.board[CARLA].attempt_id
    assert call is not None
    floor.dialer.live.talk(call, floor.handed.clock.now(), agent=CARLA)
    page = await board(sara, floor)
    tile = page.locator("#agents .tile", has_text="Carla Rojas")
    await tile.click()
    await page.locator("#telephone").fill("extension:2134")
    await page.get_by_role("button", name="Susurrar").click()
    await expect(page.locator("#hear-now")).to_have_text("sara le habla al agente.")
    (joined,) = floor.dialer.live.there[call].supervised
    assert (joined.by, joined.mode, joined.telephone) == ("person:sara", "whisper", "extension:2134")
    await page.get_by_role("button", name="Dejar la llamada").click()
    await expect(page.locator("#hear-now")).to_be_hidden()
    await page.locator("#agent [data-close]").click()
    await expect(tile).not_to_contain_text("acompañada")
    await floor.dialer.live.end(call)
    await page.close()


async def test_somebody_whom_no_agent_has_is_seen_and_can_be_hung_up(floor: Desk, sara: BrowserContext) -> None:
    page = await board(sara, floor)
    led = page.locator("#loose li", has_text="En el IVR")
    await led.get_by_role("button", name="Terminar").click()
    await page.locator("#sure-yes").click()
    await expect(led).to_have_count(0)
    await expect(page.locator("#loose li")).to_have_count(1)
    await expect(page.locator("#loose li")).to_contain_text("Transfiriendo · Ventas")
    assert list(floor.dialer.live.there) == ["1764000001.7"]
    await page.close()


async def test_an_auditor_looks_and_has_no_buttons(floor: Desk, browser: Browser) -> None:
    context = await browser.person()
    await context.add_cookies([await floor.cookie("aura", Role.AUDITOR)])
    page = await board(context, floor)
    await expect(page.locator("#campaigns button")).to_have_count(0)
    await page.locator("#agents .tile").first.click()
    await expect(page.locator("#agent button:visible")).to_have_count(1)  # to close it
    await context.close()


async def found_by_axe(context: BrowserContext, floor: Desk, paths: Sequence[str], scheme: Scheme) -> list[str]:
    page, found = await context.new_page(), list[str]()
    await page.emulate_media(color_scheme=scheme)
    for path in paths:
        await page.goto(f"{floor.origin}{path}")
        if path == "/tablero":
            await expect(page.locator("#live")).to_have_text("En vivo")
        await page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
        found += [f"{path}: {each}" for each in await axe(page)]
    await page.close()
    return found


async def test_nothing_on_any_page_keeps_people_from_using_it(floor: Desk, ada: BrowserContext) -> None:
    assert await found_by_axe(ada, floor, list(await pages(floor.handed.store)), "light") == []


async def test_nor_in_the_dark(floor: Desk, ada: BrowserContext) -> None:
    """Those that have parts which the others have not."""
    own = (
        "/tablero",
        "/administracion/campanas/mantenimiento",
        "/administracion/usuarios",
        "/administracion/auditoria",
    )
    assert await found_by_axe(ada, floor, own, "dark") == []


@pytest.mark.long
async def test_nor_on_any_other_in_the_dark(floor: Desk, ada: BrowserContext) -> None:
    assert await found_by_axe(ada, floor, list(await pages(floor.handed.store)), "dark") == []


async def test_a_board_that_hears_nothing_says_so(floor: Desk, sara: BrowserContext) -> None:
    page = await board(sara, floor)
    kept, floor.app.state.handed = floor.app.state.handed, replace(floor.app.state.handed, board=None)
    await page.reload()
    await expect(page.locator("#live")).to_contain_text("Sin conexión")
    floor.app.state.handed = kept
    await expect(page.locator("#live")).to_have_text("En vivo")
    await page.close()
