"""The agent's page in a browser: over a real store, and a dialer that calls nobody."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from playwright.async_api import Page, expect

from cti_api.clock import SystemClock
from cti_api.errors import Conflict
from cti_api.live_ports import TransferKind, TransferTo
from cti_api.model.agents import AgentState
from cti_api.model.calls import CallResult
from tests.support.browser import axe
from tests.support.shift import until
from tests.support.sitting import CAMPAIGN, Sitting, first_hour
from tests.support.store import attempt_for, closed, move, new_leads

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_shift_is_begun_paused_and_ended_by_keys_alone(ana: Sitting) -> None:
    keys = ana.page.keyboard
    await keys.press("f")
    await ana.says("Fuera de turno")
    await keys.press("l")
    await ana.says("Disponible")
    await keys.press("p")
    await expect(ana.page.locator("#pauses")).to_be_visible()
    await keys.press("2")
    await ana.says("En pausa")
    await expect(ana.page.locator("#why")).to_have_text("Almuerzo")
    await keys.press("l")
    await ana.says("Disponible")


async def test_a_pause_asked_for_in_a_call_is_shown_as_what_it_is_and_taken_back(ana: Sitting) -> None:
    await ana.in_a_call()
    await ana.page.keyboard.press("p")
    await ana.page.keyboard.press("1")
    await expect(ana.page.locator("#pending")).to_have_text("Pausa al terminar la llamada (baño)")
    await ana.says("En llamada")
    await ana.page.keyboard.press("l")
    await expect(ana.page.locator("#pending")).to_be_hidden()


async def test_the_call_comes_with_the_person_the_guion_and_the_way_to_their_page(ana: Sitting) -> None:
    await ana.in_a_call()
    page = ana.page
    await expect(page.locator("#name")).to_have_text("Carmen Rodríguez")
    await expect(page.locator("#number")).to_have_text("+57 300 123 4567")
    await expect(page.locator("#why-call")).to_have_text("Mantenimiento de noviembre")
    await expect(page.locator("#brief")).to_have_text("Le toca el mantenimiento.")
    await expect(page.locator("#script-text")).to_have_text("Buenos días Carmen Rodríguez, su Kia tiene cita.")
    await expect(page.locator("#facts")).to_contain_text("KLM482")
    await expect(page.locator("#pop")).to_have_attribute("href", "https://crm.example.com/?placa=KLM482")
    await expect(page.locator("#spoken")).to_contain_text("En llamada. Carmen Rodríguez")
    over = await page.evaluate(
        "[document.documentElement.scrollHeight - innerHeight, document.body.scrollWidth - innerWidth]"
    )
    assert over == [0, 0]
    await page.keyboard.press("c")
    await ana.says("Tipificando")


async def test_a_disposition_asks_for_what_it_needs_and_says_what_is_missing_beside_it(ana: Sitting) -> None:
    await ana.in_a_call()
    page = ana.page
    await ana.chooses(1)
    await expect(page.locator("#disposition .slots .hours button")).to_have_count(4)
    await page.keyboard.press("Control+Enter")
    fault = page.locator("#disposition .slots .fault")
    await expect(fault).to_have_text("Falta este dato.")
    assert "is required" in (await fault.get_attribute("title") or "")
    await page.get_by_role("button", name="10:00").click()
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#disposition .told")).to_be_visible()
    day = first_hour(SystemClock())
    assert ana.dialer.kept[-1][:2] == (ana.id, "cita")
    assert ana.dialer.kept[-1][2]["fecha"] in {  # midnight may have passed since the hours were made
        f"{each:%Y-%m-%d}T10:00" for each in (day, day - timedelta(days=1))
    }


async def test_a_call_back_is_agreed_on_within_the_campaigns_hours(ana: Sitting) -> None:
    await ana.in_a_call()
    page = ana.page
    await ana.chooses(3)
    tomorrow = now_tomorrow()
    await page.get_by_role("button", name="Mañana").click()
    await expect(page.locator("#disposition .hint")).to_contain_text("la campaña atiende todo el día")
    await page.locator("#disposition input[type=time]").fill("16:30")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#disposition .told")).to_be_visible()
    assert ana.dialer.kept[-1][2] in [{"cuando": f"{each}T16:30"} for each in (tomorrow, now_tomorrow())]


async def test_what_was_typed_survives_a_reload_until_it_is_saved_and_the_shift_is_over(ana: Sitting) -> None:
    await ana.in_a_call()
    page = ana.page
    await ana.chooses(3)
    await page.locator("#disposition textarea").fill("Prefiere la tarde")
    await page.reload()
    await ana.says("En llamada")
    await expect(page.locator("#disposition textarea")).to_have_value("Prefiere la tarde")
    assert ana.dialer.board[ana.id].status.pending is None
    ana.dialer.call_over(ana.id, wrap_up_until=SystemClock().now() + timedelta(minutes=1))
    await expect(page.locator("#wrap-up")).to_be_visible()
    await expect(page.locator("#disposition textarea")).to_have_value("Prefiere la tarde")
    await expect(page.locator("#disposition input[type=date]")).to_be_focused()
    ana.dialer.free(ana.id)
    await ana.says("Disponible")
    assert await drafts(page) == 1  # a correction takes it up
    await page.get_by_role("button", name="Salir").click()
    await page.wait_for_url("**/entrar")
    assert await drafts(page) == 0
    assert ana.dialer.board[ana.id].status.state is AgentState.LOGGED_OFF


def now_tomorrow() -> str:
    return f"{first_hour(SystemClock()):%Y-%m-%d}"


async def drafts(page: Page) -> int:
    return int(
        await page.evaluate("Object.keys(localStorage).filter((each) => each.startsWith('vocero.draft.')).length")
    )


async def test_letters_are_letters_while_somebody_types_and_act_with_alt(ana: Sitting) -> None:
    await ana.in_a_call()
    page = ana.page
    await ana.chooses(3)
    await page.locator("#disposition textarea").fill("")
    await page.locator("#disposition textarea").press_sequentially("cpl?2")
    await expect(page.locator("#disposition textarea")).to_have_value("cpl?2")
    await ana.says("En llamada")
    await page.keyboard.press("Alt+c")
    await ana.says("Tipificando")
    await expect(page.locator("#disposition textarea")).to_be_focused()


async def test_letters_alone_can_be_switched_off(ana: Sitting) -> None:
    page = ana.page
    await page.keyboard.press("?")
    await page.get_by_label("Usar las letras solas, sin Alt").uncheck()
    await page.keyboard.press("Escape")
    await page.keyboard.press("f")
    await page.keyboard.press("Alt+p")
    await expect(page.locator("#pauses")).to_be_visible()
    await ana.says("Disponible")


async def test_the_next_person_is_shown_with_the_time_that_is_left_to_be_called_or_skipped(ana: Sitting) -> None:
    limit = SystemClock().now() + timedelta(seconds=40)
    ana.dialer.board[ana.id] = replace(ana.dialer.board[ana.id], preview_until=limit, **ana.known)
    ana.dialer.show(ana.id, "Carmen Rodríguez", "+573001234567")
    await expect(ana.page.locator("#preview")).to_be_visible()
    await expect(ana.page.locator("#preview-left")).to_have_text(re.compile("^0:[1-3][0-9]$"))
    await ana.page.keyboard.press("o")
    await ana.says("Disponible")
    ana.dialer.show(ana.id, "Carmen Rodríguez", "+573001234567")
    await expect(ana.page.locator("#preview")).to_be_visible()
    await ana.page.keyboard.press("a")
    await ana.says("En llamada")


async def test_a_refusal_is_in_spanish_and_keeps_what_the_api_said(ana: Sitting) -> None:
    page, dialer = ana.page, ana.dialer
    await page.keyboard.press("m")
    await page.keyboard.type("3001234567")
    dialer.refusal = Conflict("Not dialled: outside of the campaign's hours.", rule="campaign_hours")
    await page.keyboard.press("Enter")
    problem = page.locator("#dial-problem")
    await expect(problem).to_have_text("La campaña está fuera de su horario.")
    assert await problem.get_attribute("title") == "Not dialled: outside of the campaign's hours."
    dialer.refusal = Conflict("Not dialled: …", rule="co-horario-laboral", said="La Ley 2300 no permite llamar hoy.")
    await page.keyboard.press("Enter")
    await expect(problem).to_have_text("La Ley 2300 no permite llamar hoy.")
    dialer.refusal = None
    await page.keyboard.press("Enter")
    await expect(problem).to_be_hidden()
    await expect(page.locator("#dial-number")).to_have_value("")
    await page.locator("#dial-number").fill("12")
    await page.keyboard.press("Enter")
    await expect(page.locator("#dial-number")).to_have_attribute("aria-invalid", "true")


async def test_a_person_is_handed_on_by_a_digit_to_whoever_is_there(ana: Sitting) -> None:
    await ana.in_a_call()
    call_id = ana.dialer.board[ana.id].attempt_id
    assert call_id is not None
    ana.dialer.live.talk(call_id, SystemClock().now(), ana.id)
    ana.dialer.live.targets = [
        TransferTo(to=to, kind=kind, title=title, available=available, why_not="" if available else "Beto is busy.")
        for to, kind, title, available in (
            ("agent:beto", TransferKind.AGENT, "Beto Ruiz", False),
            ("queue:taller", TransferKind.QUEUE, "Taller", True),
            ("outside:grua", TransferKind.OUTSIDE, "Grúa", True),
        )
    ]
    page = ana.page
    await page.keyboard.press("r")
    places = page.locator("#transfer-places button")
    await expect(places).to_have_text(["Taller · cola1", "Grúa · fuera2", "Beto Ruiz · agenteahora no"])
    assert await axe(page) == []
    await page.get_by_label("Buscar").fill("grua")
    await expect(places).to_have_text(["Grúa · fuera"])
    await page.get_by_label("Buscar").fill("")
    await page.locator("#transfer-places").focus()
    await page.keyboard.press("1")
    await expect(page.locator("#transfer")).to_be_hidden()
    assert ana.dialer.live.handed_on[-1] == (call_id, "queue:taller")


async def test_a_call_that_is_over_can_be_said_anew(ana: Sitting) -> None:
    store, now = ana.office.handed.store, SystemClock().now()
    await store.leads.add(CAMPAIGN, new_leads(1), now)
    (lead,) = await store.leads.reserve(CAMPAIGN, 1, now, now + timedelta(minutes=5))
    attempt = replace(attempt_for(lead, now - timedelta(minutes=3)), agent_id=ana.id, connected_at=now)
    await store.attempts.open(attempt)
    said = {"disposition": "sin_cita", "disposition_fields": {"motivo": "precio"}}
    await store.attempts.close(closed(attempt, CallResult.CONNECTED, now, **said), move())
    page = ana.page
    await page.reload()
    await expect(page.locator("#recent-rows")).to_contain_text("No agenda")
    await page.keyboard.press("u")
    await page.keyboard.press("Enter")
    await expect(page.locator("#corrected select")).to_have_value("precio")
    await page.locator("#corrected select").select_option("ya lo hizo")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#correction")).to_be_hidden()
    assert ana.dialer.kept[-1] == (ana.id, "sin_cita", {"motivo": "ya lo hizo"}, attempt.id)


async def test_a_telephone_on_the_desk_has_its_own_buttons(ana: Sitting) -> None:
    await ana.in_a_call()
    for name in ("hold", "mute", "keypad-open"):
        await expect(ana.page.locator(f"#{name}")).to_be_hidden()
    ana.dialer.board[ana.id] = replace(ana.dialer.board[ana.id], held_since=SystemClock().now())
    await expect(ana.page.locator("#direction")).to_have_text("En espera")
    ana.dialer.lose_phone(ana.id)
    await expect(ana.page.locator("#telephone")).to_have_text("Teléfono desconectado")


async def test_a_stream_that_is_lost_is_shown_and_comes_back(ana: Sitting) -> None:
    lost = ana.page.locator("#lost")
    await expect(lost).to_be_hidden()
    ana.office.fall_silent()
    await expect(lost).to_be_visible()
    ana.dialer.connect(ana.id, **ana.known)
    await ana.says("Disponible")
    ana.office.look_after()
    await expect(lost).to_be_hidden()
    await ana.says("En llamada")


async def test_a_page_that_is_closed_frees_the_agent_and_says_so_when_it_is_opened_again(ana: Sitting) -> None:
    person = ana.page.context
    await ana.page.close()

    async def missed() -> bool:
        return ana.dialer.board[ana.id].status.reason == "consola"

    await until(missed, 10, "the agent is missed")
    page = await person.new_page()
    await page.goto(f"{ana.office.origin}/agente")
    await expect(page.locator("#rest-title")).to_have_text("La consola estuvo cerrada")
    await page.keyboard.press("l")
    await expect(page.locator("#state")).to_have_text("Disponible")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_nothing_on_the_page_keeps_anybody_from_using_it(ana: Sitting, scheme: str) -> None:
    page = ana.page
    await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    assert await axe(page) == []
    await page.keyboard.press("?")
    assert await axe(page) == []
    await page.keyboard.press("Escape")
    await ana.in_a_call()
    assert await axe(page) == []
    await ana.chooses(3)
    await page.keyboard.press("Control+Enter")
    assert await axe(page) == []
    ana.dialer.call_over(ana.id, wrap_up_until=SystemClock().now() + timedelta(minutes=1))
    await ana.says("Tipificando")
    assert await axe(page) == []
