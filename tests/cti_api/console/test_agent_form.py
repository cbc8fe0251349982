"""What an agent says of a call, in a browser: hours that are typed, keys that were meant for something else."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from playwright.async_api import expect

from cti_api.campaign_file.parse import parse_campaign
from cti_api.clock import SystemClock
from cti_api.model.agents import AgentState
from cti_api.model.calls import CallResult
from tests.support.sitting import CAMPAIGN, FILE, Sitting, first_hour
from tests.support.store import attempt_for, closed, move, new_leads

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_day_is_typed_as_it_is_written_and_judged_once_it_is_whole(ana: Sitting) -> None:
    await ana.in_a_call()
    await ana.chooses(3)
    page, tomorrow = ana.page, first_hour(SystemClock())
    date, hint = page.locator("#disposition input[type=date]"), page.locator("#disposition .hint")
    await date.focus()
    await page.keyboard.type(tomorrow.strftime("%m%d%Y"))
    await expect(date).to_have_value(tomorrow.strftime("%Y-%m-%d"))
    await page.locator("#disposition input[type=time]").fill("16:30")
    await page.locator("#disposition textarea").focus()
    await expect(hint).to_contain_text("la campaña atiende todo el día")


async def test_a_day_that_is_over_is_a_fault_until_it_is_another(ana: Sitting) -> None:
    await ana.in_a_call()
    await ana.chooses(3)
    page, year = ana.page, SystemClock().now().year
    date, hint = page.locator("#disposition input[type=date]"), page.locator("#disposition .hint")
    await date.fill(f"{year}-06-15")
    await date.focus()
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("ArrowDown")
    await expect(date).to_have_value(f"{year - 1}-06-15")
    await page.locator("#disposition input[type=time]").fill("16:30")
    await page.locator("#disposition textarea").focus()
    await expect(hint).to_have_text("Ese día y esa hora ya pasaron.")
    await expect(date).to_have_attribute("aria-invalid", "true")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#disposition .problem")).to_have_text("Falta algo. Mire lo señalado.")
    await expect(date).to_be_focused()
    assert ana.dialer.kept == [] or ana.dialer.kept[-1][0] != ana.id
    await page.get_by_role("button", name="Mañana").click()
    await expect(date).not_to_have_attribute("aria-invalid", "true")
    await expect(page.locator("#disposition .problem")).to_be_hidden()


async def test_an_appointment_of_any_hour_is_offered_days_and_hours_that_people_keep(ana: Sitting) -> None:
    known = ana.known | {"spec": parse_campaign(FILE.replace("  calendar: taller-norte\n", ""))}
    ana.dialer.connect(ana.id, **known)
    await ana.says("En llamada")
    await ana.chooses(1)
    page = ana.page
    await page.locator("#disposition .quick").get_by_role("button", name="Mañana").click()
    await expect(page.locator("#disposition input[type=time]")).to_have_value("09:00")
    await expect(page.locator("#disposition .quick button")).to_have_count(4)


async def test_a_digit_that_was_on_its_way_as_the_call_came_chooses_nothing(ana: Sitting) -> None:
    page = ana.page
    await page.evaluate("performance.now = () => window.pretended ?? 0")
    await ana.in_a_call()
    await page.keyboard.press("2")
    await page.evaluate("window.pretended = 1400")
    await page.keyboard.press("2")
    await expect(page.locator("#disposition .choices")).to_be_visible()
    await page.evaluate("window.pretended = 1600")
    await page.keyboard.press("2")
    await expect(page.locator("#disposition .picked")).to_contain_text("No agenda")
    await page.keyboard.press("1")
    await expect(page.locator("#disposition select")).to_have_value("precio")
    await page.keyboard.press("Alt+d")
    await expect(page.locator("#disposition .choices button").first).to_be_focused()


async def test_nobody_is_put_on_the_do_not_call_list_by_one_key_too_many(ana: Sitting) -> None:
    await ana.in_a_call()
    await ana.chooses(4)
    page = ana.page
    await page.keyboard.press("Enter")
    await expect(page.locator("#sure")).to_be_visible()
    await expect(page.locator("#sure-text")).to_contain_text("lista de no llamar")
    await page.keyboard.press("Enter")
    await expect(page.locator("#sure")).to_be_hidden()
    await expect(page.locator("#disposition .told")).to_be_hidden()
    await page.get_by_role("button", name="Guardar").click()
    await page.locator("#sure-yes").click()
    await expect(page.locator("#disposition .told")).to_be_visible()
    assert [each[:2] for each in ana.dialer.kept if each[0] == ana.id] == [(ana.id, "no_llamar")]
    await page.keyboard.press("c")
    await ana.says("Tipificando")


async def test_a_call_closed_without_a_word_is_followed_by_what_was_asked_for_in_it(ana: Sitting) -> None:
    page, keys = ana.page, ana.page.keyboard
    await ana.in_a_call()
    await keys.press("p")
    await keys.press("1")
    await expect(page.locator("#pending")).to_be_visible()
    ana.dialer.call_over(ana.id, wrap_up_until=SystemClock().now() + timedelta(minutes=1))
    await ana.says("Tipificando")
    await expect(page.locator("#unpend")).to_be_visible()
    await keys.press("x")
    await ana.says("En pausa")
    await expect(page.locator("#why")).to_have_text("Baño")


async def test_what_was_asked_for_is_taken_back_while_the_call_is_wrapped_up(ana: Sitting) -> None:
    page, keys = ana.page, ana.page.keyboard
    await ana.in_a_call()
    await keys.press("p")
    await keys.press("1")
    await expect(page.locator("#pending")).to_be_visible()
    ana.dialer.call_over(ana.id, wrap_up_until=SystemClock().now() + timedelta(minutes=1))
    await ana.says("Tipificando")
    await keys.press("l")
    await expect(page.locator("#pending")).to_be_hidden()
    assert ana.dialer.board[ana.id].status.state is AgentState.WRAP_UP
    await keys.press("x")
    await ana.says("Disponible")


async def test_a_draft_says_that_it_is_one(ana: Sitting) -> None:
    await ana.in_a_call()
    await ana.chooses(3)
    draft = ana.page.locator("#disposition .draft")
    await ana.page.locator("#disposition textarea").fill("Prefiere la tarde")
    await expect(draft).to_be_hidden()
    await ana.page.reload()
    await expect(draft).to_have_text("Borrador sin guardar.")
    await ana.page.locator("#disposition textarea").fill("Prefiere la mañana")
    await expect(draft).to_be_hidden()


async def test_the_last_calls_are_asked_for_again_once_one_that_was_closed_without_a_word_is_written(
    ana: Sitting,
) -> None:
    store, now = ana.office.handed.store, SystemClock().now()
    await store.leads.add(CAMPAIGN, new_leads(2), now)
    silent, booked = await store.leads.reserve(CAMPAIGN, 2, now, now + timedelta(minutes=5))
    await ana.in_a_call()
    ana.dialer.call_over(ana.id, wrap_up_until=now + timedelta(minutes=1))
    await ana.says("Tipificando")
    await ana.page.keyboard.press("x")
    await ana.says("Disponible")
    at = first_hour(SystemClock()).strftime("%Y-%m-%dT%H:%M")
    for lead, said in (
        (silent, {}),
        (booked, {"disposition": "luego", "disposition_fields": {"cuando": at}}),
    ):
        attempt = replace(attempt_for(lead, now - timedelta(minutes=3)), agent_id=ana.id, connected_at=now)
        await store.attempts.open(attempt)
        await store.attempts.close(closed(attempt, CallResult.CONNECTED, now, **said), move())
    rows = ana.page.locator("#recent-rows tr")
    await expect(rows).to_have_count(2)
    await expect(ana.page.locator("#recent-rows")).to_contain_text("Sin tipificar")
    await expect(rows.filter(has_text="Llamar después")).to_contain_text(" 09:00")
