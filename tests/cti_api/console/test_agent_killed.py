"""The server is killed while an agent says what became of a call, and comes back: over the whole engine."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from cti_api.access.actors import Role
from cti_api.clock import SystemClock
from cti_api.model.calls import AttemptState
from cti_api.store.store import Store
from tests.support.browser import Browser
from tests.support.cutting_proxy import Cut, CuttingProxy, Toward
from tests.support.desk import cookie_of
from tests.support.free_port import free_port
from tests.support.killed_engine import a_campaign, in_calls
from tests.support.killing import worker_of
from tests.support.little_asterisk import LittleAsterisk
from tests.support.shift import until
from tests.support.store_file import new_store

pytestmark = pytest.mark.asyncio(loop_scope="module")

ANSWERED = rb'"version":\d'
"""Toward the page: of an answer, which ends too early."""
COMING_MS = 20_000


async def says(page: Page, reason: str) -> None:
    await page.locator("#disposition input").fill(reason)
    await page.keyboard.press("Control+Enter")


async def test_what_was_on_its_way_as_the_server_was_killed_is_there_once_when_it_is_back(
    browser: Browser, tmp_path: Path
) -> None:
    url, port = await new_store(tmp_path), free_port()
    await a_campaign(url)
    async with (
        LittleAsterisk() as asterisk,
        CuttingProxy(port) as wire,
        Store.open(url, clock=SystemClock()) as store,
    ):
        origin = f"http://{wire.host}:{wire.port}"
        arguments = (str(tmp_path), url, str(asterisk.port), str(port), origin)
        async with worker_of("tests.support.engine_worker", *arguments) as worker:
            _, attempt = await in_calls(tmp_path, asterisk)
            person = await browser.person()
            await person.add_cookies([await cookie_of(store, origin, "luis", Role.AGENT, "luis")])
            page = await person.new_page()
            await page.goto(f"{origin}/agente")
            await page.locator("#disposition .choices button").nth(1).click()
            standing = page.locator("#disposition .standing")

            with closing(sqlite3.connect(tmp_path / "vocero.db", isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")  # it does not come to the disk
                await says(page, "precio")
                await expect(standing).to_have_text("Guardando…")
                worker.kill()
            await expect(standing).to_contain_text("Sin conexión")
            await worker.start()
            await expect(standing).to_have_text("Guardado.", timeout=COMING_MS)

            # it is on the disk, and the page does not hear so
            wire.cut_at(Cut(Toward.CLIENT, ANSWERED, then_black_hole=True))
            await says(page, "ya lo hizo")
            await wire.until(lambda: wire.cuts > 0)
            worker.kill()
            wire.cut()
            wire.heal()
            await expect(standing).to_contain_text("Sin conexión")
            await worker.start()
            await expect(standing).to_have_text("Guardado.", timeout=COMING_MS)

            await expect(page.locator("#state")).to_have_text("En llamada", timeout=COMING_MS)
            await asterisk.ends(attempt)
            await expect(page.locator("#state")).to_have_text("Disponible", timeout=COMING_MS)

            async def is_closed() -> bool:
                return (await store.attempts.get(attempt)).state is AttemptState.CLOSED

            await until(is_closed, 10, "the call is closed")
            await person.close()
        kept = await store.dispositions.versions(attempt)
        assert [each.fields["motivo"] for each in kept] == ["precio", "ya lo hizo"]
