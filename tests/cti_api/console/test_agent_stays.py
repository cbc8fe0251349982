"""An agent whose page is the telephone, in a browser: they leave a call when they mean to, by no click beside it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio
from playwright.async_api import expect

from cti_api.clock import SystemClock
from cti_api.model.agents import AgentPhone, AgentState
from tests.support.browser import Browser
from tests.support.desk import Desk
from tests.support.sitting import Sitting, sitting_at

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def eva(office: Desk, browser: Browser, numbers: Iterator[int]) -> AsyncIterator[Sitting]:
    """Ready; her telephone is the page."""
    async with sitting_at(office, browser, next(numbers), AgentPhone.BROWSER) as sitting:
        yield sitting


async def test_the_page_that_is_a_telephone_is_not_left_by_the_menu_and_asks_before_it_goes(eva: Sitting) -> None:
    await eva.in_a_call()
    page = eva.page
    await page.locator(".top .product a").click()
    page.once("dialog", lambda dialog: dialog.dismiss())
    async with page.expect_event("dialog") as asking:
        await page.evaluate("location.assign('/tablero')")
    assert (await asking.value).type == "beforeunload"
    await expect(page.locator("#name")).to_have_text("Carmen Rodríguez")


async def test_who_signs_out_in_a_call_is_told_that_it_ends(eva: Sitting) -> None:
    await eva.in_a_call()
    page, out = eva.page, eva.page.get_by_role("button", name="Salir")
    await out.click()
    await expect(page.locator("#sure-text")).to_contain_text("la llamada se corta")
    await page.keyboard.press("Escape")
    await eva.says("En llamada")
    assert eva.dialer.board[eva.id].status.state is AgentState.BUSY
    await out.click()
    await page.locator("#sure-yes").click()
    await page.wait_for_url("**/entrar")
    assert eva.dialer.board[eva.id].status.state is AgentState.LOGGED_OFF


async def test_a_call_that_a_page_was_loaded_anew_in_lasts_from_its_beginning(ana: Sitting) -> None:
    await ana.in_a_call()
    since = SystemClock().now() - timedelta(hours=2, seconds=7)
    ana.dialer.board[ana.id] = replace(ana.dialer.board[ana.id], connected_at=since)
    await ana.page.reload()
    await expect(ana.page.locator("#since")).to_contain_text("2:00:")


async def test_a_shift_that_ended_says_so_and_nothing_is_lost_then(ana: Sitting) -> None:
    await ana.page.keyboard.press("f")
    await expect(ana.page.locator("#rest-title")).to_have_text("Terminó su turno")
    ana.office.fall_silent()
    await expect(ana.page.locator(".desk")).to_have_class("desk stale")
    await expect(ana.page.locator("#lost")).to_be_hidden()
    ana.office.look_after()
