"""A shift at the agent's page: a real Asterisk, people who answer by SIP, and Chromium as the telephone."""

from __future__ import annotations

import asyncio
import re
from array import array
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import expect

from cti_api.clock import SystemClock
from cti_api.model.ids import AgentId, CampaignId
from cti_api.model.phone import PhoneNumber
from tests.support.browser import Browser, axe, chromium, until_heard
from tests.support.calls import heard_amid
from tests.support.console_shift import STATES, TRUNK, Shift, crash, signs_in
from tests.support.floor import until_agent
from tests.support.raw_ami import raw_ami
from tests.support.shift import campaign_file, get, invited, people, post, retry, staff, until
from vocero.lab.asterisk import AsteriskProgram
from vocero.lab.customers import Behaviour, number
from vocero.lab.rig import Rig, RigTrunk

pytestmark = [pytest.mark.asterisk, pytest.mark.timeout(240), pytest.mark.asyncio(loop_scope="session")]

AHEAD, SHOWN, BY_HAND = "adelante", "con-vista", "a-mano"
MICROPHONE_HZ = 1000.0
"""Everybody called sends back what they hear: what the page plays is its own microphone, there and back."""
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


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def ana(rig: Rig, browser: Browser) -> AsyncIterator[Shift]:
    """Came in by the link that they were given."""
    campaigns = [AHEAD, SHOWN, BY_HAND]
    await post(rig, "/agents", {"id": "ana", "name": "Ana Díaz", "campaigns": campaigns, "phone": "browser"})
    link = (await post(rig, "/users", {"id": "ana", "name": "Ana Díaz", "role": "agent"}))["link"]
    shift, person = Shift(rig), await browser.person()
    await person.route_web_socket("**/ws/sip*", shift.lay)
    shift.page = await person.new_page()
    await signs_in(shift.page, link, "**/agente")
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


async def test_whoever_is_taken_back_before_the_telephone_had_its_answer_is_taken_back(ana: Shift) -> None:
    direction = ana.page.locator("#direction")
    with ana.slow_wire():
        await ana.page.keyboard.press("e")
        await expect(direction).to_have_text("En espera")
        await ana.page.keyboard.press("e")
    await expect(direction).to_have_text("Llamamos")
    await until_heard(ana.page, MICROPHONE_HZ)


async def test_keys_pressed_on_the_page_are_sent_to_the_person(ana: Shift) -> None:
    async with raw_ami(ana.rig.asterisk.ami_port, ana.rig.asterisk.ami_secret) as ami:
        await ana.page.keyboard.press("t")
        for key in "5#":
            await ana.page.keyboard.press(key)
            for direction, whose in (("Received", "PJSIP/ana-"), ("Sent", f"PJSIP/{TRUNK}-")):
                await ami.until(
                    lambda said, key=key, direction=direction, whose=whose: (
                        (said.get("Event"), said.get("Digit"), said.get("Direction")) == ("DTMFEnd", key, direction)
                        and said["Channel"].startswith(whose)
                    )
                )
    await expect(ana.page.locator("#keyed")).to_have_text("5#")
    await ana.page.keyboard.press("Escape")


async def test_a_supervisor_hears_advises_and_joins_a_talk_from_the_board(ana: Shift, browser: Browser) -> None:
    """The person sends back what they hear, and the agent's microphone is off: what the page plays is the supervisor,
    or nothing."""
    rig, person = ana.rig, PhoneNumber(f"+{await ana.person()}")
    sara = await rig.add_agent(AgentId("sara"), "Sara", [])

    def heard_by_person() -> float:
        return heard_amid(sum(rig.customers[TRUNK].heard(person), array("h")), sara.tone_hz)

    link = (await post(rig, "/users", {"id": "sara", "name": "Sara", "role": "supervisor"}))["link"]
    board = await (await browser.person()).new_page()
    await signs_in(board, link, "**/tablero")
    await board.locator("#agents .tile", has_text="Ana Díaz").click()
    await board.locator("#telephone").fill("agent:sara")
    await board.locator("[data-hear=listen]").click()
    await until(lambda: heard_amid(sara.heard(), MICROPHONE_HZ) >= 0.5, 20, "the supervisor hears the talk")
    await ana.page.keyboard.press("s")
    await until_heard(ana.page, 0.0)
    await board.locator("[data-hear=whisper]").click()
    await until_heard(ana.page, sara.tone_hz)
    assert heard_by_person() == 0
    await board.locator("[data-hear=barge]").click()
    await until(lambda: heard_by_person() >= 0.5, 20, "the person hears the supervisor")
    await board.locator("[data-hear=leave]").click()
    await until_heard(ana.page, 0.0)
    await ana.page.keyboard.press("s")
    await until_heard(ana.page, MICROPHONE_HZ)
    await board.context.close()


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

    await until(again, 30, "the telephone comes back")
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
    person, number = await ana.page.locator("#name").text_content(), await ana.person()
    await staff(ana.rig, [AHEAD], "beto")
    await ana.are_joined({"ana", number})
    await ana.page.keyboard.press("r")
    await ana.page.get_by_role("button", name="Beto").click()
    beto = await until_agent(ana.rig, "beto", "busy")
    await ana.are_joined({"beto", number})
    assert beto["call"]["lead_name"] == person
    await ana.is_so("ready")
    await expect(ana.page.locator("#transfer")).to_be_hidden()
    await beto_ends(ana)


async def test_a_colleague_is_asked_before_they_have_the_person(ana: Shift) -> None:
    await post(ana.rig, "/agents/beto/pause", {"reason": ""})
    await post(ana.rig, f"/campaigns/{AHEAD}/start")
    await ana.is_so("busy")
    await post(ana.rig, f"/campaigns/{AHEAD}/pause")
    await post(ana.rig, "/agents/beto/ready")
    number, beto, asked = await ana.person(), ana.rig.phones[AgentId("beto")], ana.page.locator("#consult-state")
    await until_heard(ana.page, MICROPHONE_HZ)
    for ends in ("v", "g"):
        for key in "rn":
            await ana.page.keyboard.press(key)
        await ana.page.get_by_role("button", name="Beto").click()
        await expect(asked).to_have_text("Hablando con Beto")
        await ana.are_joined({"ana", "beto"})
        assert (await get(ana.rig, "/agents/beto"))["consulting"]["other"] == "agent:ana"
        await until_heard(ana.page, beto.tone_hz)
        await ana.page.keyboard.press(ends)
        if ends == "v":
            await ana.are_joined({"ana", number})
            await until_heard(ana.page, MICROPHONE_HZ)
            await ana.is_so("busy")
        await expect(asked).to_be_hidden()
    await until_agent(ana.rig, "beto", "busy")
    await ana.are_joined({"beto", number})
    await ana.is_so("ready")
    await beto_ends(ana)
    await post(ana.rig, "/agents/beto/logout")


async def beto_ends(ana: Shift) -> None:
    await post(ana.rig, "/agents/beto/hangup")
    await until_agent(ana.rig, "beto", "wrap_up")
    await post(ana.rig, "/agents/beto/disposition", {"code": "hablado"})
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
    await expect(ana.page.locator("#name")).to_have_text(re.compile(f"^(?!{skipped}$)."))
    await expect(ana.page.locator("#preview")).to_be_visible()
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
    await ana.is_so("ready")
    await expect(ana.page.locator("#dial")).to_be_visible()
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


async def test_nothing_on_the_page_at_work_keeps_anybody_from_using_it(ana: Shift) -> None:
    assert await axe(ana.page) == []
    await ana.page.keyboard.press("f")
    await until_agent(ana.rig, "ana", "logged_off")
    assert await ana.rig.quiet(20) == []
