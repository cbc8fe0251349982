"""What an agent says of a call arrives, once, whatever becomes of the line, the page and the store meanwhile."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import expect

from cti_api.clock import SystemClock
from cti_api.model.calls import CallResult
from cti_api.model.ids import AttemptId, InboundId
from tests.support.browser import axe
from tests.support.cutting_proxy import Cut, CuttingProxy, Toward
from tests.support.desk import Desk
from tests.support.shift import until
from tests.support.sitting import CAMPAIGN, Sitting, an_office
from tests.support.store import attempt_for, move, new_leads
from tests.support.store import closed as as_closed

pytestmark = pytest.mark.asyncio(loop_scope="module")

ASKED = rb"(?s)POST /api/v1/dispositions HTTP.*?\r\n\r\n\{.*\}\}"
"""Toward the server: it has it all."""
ANSWERED = rb'"version":\d'
"""Toward the page: of an answer, which ends too early."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def folder(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Path]:
    yield tmp_path_factory.mktemp("office")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(sqlite_template: Path, folder: Path) -> AsyncIterator[Desk]:
    shutil.copy(sqlite_template, folder / "vocero.db")
    async with an_office(folder, wired=True) as opened:
        yield opened


@pytest.fixture
def wire(office: Desk) -> Iterator[CuttingProxy]:
    assert office.wire is not None
    yield office.wire
    office.wire.heal()


async def said(ana: Sitting, attempt: AttemptId) -> list[tuple[str, dict[str, str]]]:
    """Every version of what is kept of that call."""
    return [(each.code, each.fields) for each in await ana.office.handed.store.dispositions.versions(attempt)]


def times(ana: Sitting, attempt: AttemptId) -> int:
    """How often the dialer was told of it."""
    return [each[3] for each in ana.dialer.kept].count(attempt)


async def chooses_a_reason(ana: Sitting) -> None:
    await ana.chooses(2)
    await ana.page.locator("#disposition select").select_option("precio")


async def loaded_anew(ana: Sitting, wire: CuttingProxy) -> None:
    """Over a line that is good again; the page was gone before, and what was on its way is lost."""
    await ana.page.goto("about:blank")
    wire.cut()
    wire.heal()
    await ana.page.goto(f"{ana.office.origin}/agente")


async def left(ana: Sitting) -> list[dict[str, Any]]:
    """What stands in the page's storage."""
    kept = await ana.page.evaluate(
        "Object.entries(localStorage).filter(([name]) => name.startsWith('vocero.draft.')).map(([, text]) => text)"
    )
    return [json.loads(each) for each in kept]


@pytest.mark.parametrize("cut", [Cut(Toward.ASTERISK, ASKED), Cut(Toward.CLIENT, ANSWERED)], ids=["asked", "answered"])
async def test_an_answer_that_is_lost_on_its_way_is_asked_for_again_and_nothing_is_kept_twice(
    ana: Sitting, wire: CuttingProxy, cut: Cut
) -> None:
    attempt, cuts = await ana.in_a_call(), wire.cuts
    await chooses_a_reason(ana)
    wire.cut_at(cut)
    await ana.page.keyboard.press("Control+Enter")
    await expect(ana.page.locator("#disposition .told")).to_have_text("Guardado.")
    assert wire.cuts == cuts + 1
    assert await said(ana, attempt) == [("sin_cita", {"motivo": "precio"})]
    assert times(ana, attempt) == 1, "the second time was only told what became of the first"
    assert [(each["saved"], "sent" in each) for each in await left(ana)] == [("sin_cita", False)]


@pytest.mark.parametrize("arrives", [True, False])
async def test_a_page_that_is_loaded_anew_sends_what_had_no_answer(
    ana: Sitting, wire: CuttingProxy, arrives: bool
) -> None:
    attempt, cuts, page = await ana.in_a_call(), wire.cuts, ana.page
    await chooses_a_reason(ana)
    if arrives:
        wire.cut_at(Cut(Toward.CLIENT, ANSWERED, then_black_hole=True))
    else:
        wire.black_hole()
    await page.keyboard.press("Control+Enter")
    await wire.until(lambda: not arrives or wire.cuts > cuts)
    await expect(page.locator("#disposition .standing")).to_have_text(re.compile("Guardando|Sin conexión"))
    await expect(page.get_by_role("button", name="Guardar")).to_be_disabled()
    assert await axe(page) == []
    [sent] = [each["sent"] for each in await left(ana)]
    await loaded_anew(ana, wire)
    await expect(page.locator("#disposition .told")).to_have_text("Guardado.")
    await expect(page.locator("#disposition select")).to_have_value("precio")
    assert (sent["code"], sent["fields"]) == ("sin_cita", {"motivo": "precio"})
    assert await said(ana, attempt) == [("sin_cita", {"motivo": "precio"})]
    assert times(ana, attempt) == 1


async def test_a_server_that_is_away_is_said_and_what_is_changed_meanwhile_stays_a_draft(
    ana: Sitting, wire: CuttingProxy
) -> None:
    attempt, page = await ana.in_a_call(), ana.page
    await chooses_a_reason(ana)
    wire.black_hole()
    await page.keyboard.press("Control+Enter")
    standing = page.locator("#disposition .standing")
    await expect(standing).to_have_text("Guardando…")

    async def is_away() -> bool:
        wire.cut()  # a browser sends once more by itself, on another connection
        return await standing.text_content() == "Sin conexión: se vuelve a enviar. Puede seguir."

    await until(is_away, 5, "the page says so")
    assert await axe(page) == []
    await page.locator("#disposition select").select_option("ya lo hizo")
    wire.heal()
    await expect(page.get_by_role("button", name="Guardar")).to_be_enabled(timeout=15000)
    await expect(standing).to_have_text("")
    assert await said(ana, attempt) == [("sin_cita", {"motivo": "precio"})]
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#disposition .told")).to_be_visible()
    assert [fields["motivo"] for _, fields in await said(ana, attempt)] == ["precio", "ya lo hizo"]


async def test_the_agent_goes_on_while_the_store_is_held_and_signs_out_once_it_is_kept(
    ana: Sitting, folder: Path
) -> None:
    attempt, page = await ana.in_a_call(), ana.page
    await chooses_a_reason(ana)
    with closing(sqlite3.connect(folder / "vocero.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        await page.keyboard.press("Control+Enter")
        await expect(page.locator("#disposition .standing")).to_have_text("Guardando…")
        ana.dialer.connect(ana.id, **ana.known)  # the next one
        await expect(page.locator("#disposition .choices")).to_be_visible()
        await expect(page.locator("#unsaid")).to_have_text("Guardando la llamada anterior…")
        ana.dialer.free(ana.id)
        await ana.says("Disponible")
        await page.get_by_role("button", name="Salir").click()
        other.execute("ROLLBACK")
    await page.wait_for_url("**/entrar")
    assert await said(ana, attempt) == [("sin_cita", {"motivo": "precio"})]
    assert await left(ana) == []


async def test_what_is_refused_after_the_call_says_why_and_waits_among_the_last_calls(
    ana: Sitting, wire: CuttingProxy
) -> None:
    store, page, now = ana.office.handed.store, ana.page, SystemClock().now()
    attempt = await ana.in_a_call()
    await ana.chooses(1)
    wire.black_hole()
    await page.keyboard.press("Control+Enter")  # an appointment at no hour
    await expect(page.locator("#disposition .standing")).to_have_text("Guardando…")
    await store.attempts.close(as_closed(await store.attempts.get(attempt), CallResult.CONNECTED, now), move())
    ana.dialer.free(ana.id)
    await loaded_anew(ana, wire)
    await expect(page.locator("#notices .problem")).to_contain_text("no se guardó: Hay un dato que no sirve.")
    assert [(each["code"], "sent" in each) for each in await left(ana)] == [("cita", False)]
    await page.get_by_role("button", name="Corregir").click()
    await expect(page.locator("#corrected .draft")).to_have_text("Borrador sin guardar.")
    await page.locator("#corrected").get_by_role("button", name="10:00").click()
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#correction")).to_be_hidden()
    assert [code for code, _ in await said(ana, attempt)] == ["cita"]


async def test_a_correction_whose_answer_is_lost_is_one_version(ana: Sitting, wire: CuttingProxy) -> None:
    store, now, page = ana.office.handed.store, SystemClock().now(), ana.page
    await store.leads.add(CAMPAIGN, new_leads(1, first=100), now)
    (lead,) = await store.leads.reserve(CAMPAIGN, 1, now, now + timedelta(minutes=5))
    attempt = replace(attempt_for(lead, now - timedelta(minutes=3)), agent_id=ana.id, connected_at=now)
    await store.attempts.open(attempt)
    facts = {"disposition": "sin_cita", "disposition_fields": {"motivo": "precio"}}
    await store.attempts.close(as_closed(attempt, CallResult.CONNECTED, now, **facts), move())
    await page.reload()
    await page.get_by_role("button", name="Corregir").click()
    await page.locator("#corrected select").select_option("ya lo hizo")
    cuts = wire.cuts
    wire.cut_at(Cut(Toward.CLIENT, ANSWERED))
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#correction")).to_be_hidden()
    await expect(page.locator("#notices .told")).to_have_text("Corregido.")
    assert (wire.cuts, times(ana, attempt.id)) == (cuts + 1, 1)
    assert [fields["motivo"] for _, fields in await said(ana, attempt.id)] == ["precio", "ya lo hizo"]

    async def nothing_left() -> bool:
        return await left(ana) == []

    await until(nothing_left, 5, "the draft is gone")


async def test_of_somebody_who_called_it_is_said_again_by_name(ana: Sitting, wire: CuttingProxy) -> None:
    caller, cuts = InboundId("1764000000.7"), wire.cuts
    ana.dialer.connect(ana.id, **(ana.known | {"attempt_id": None, "caller_id": caller, "queue_id": "soporte"}))
    await ana.says("En llamada")
    await chooses_a_reason(ana)
    wire.cut_at(Cut(Toward.CLIENT, rb'"disposition":"sin'))
    await ana.page.keyboard.press("Control+Enter")
    await expect(ana.page.locator("#disposition .told")).to_have_text("Guardado.")
    assert wire.cuts == cuts + 1
    said = [each for each in ana.dialer.kept if each[3] == caller]
    assert said == [(ana.id, "sin_cita", {"motivo": "precio"}, caller)] * 2
