"""Somebody sets up their second factor in a browser, and signs in with it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from playwright.async_api import expect

from cti_api.access.actors import Role
from cti_api.access.tokens import digest_of, new_token
from cti_api.store.users import NewUser
from tests.support.browser import Browser, axe
from tests.support.console import PASSWORD
from tests.support.desk import Desk
from tests.support.factors import Telephone

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_factor_is_set_up_and_used_by_keys_alone(office: Desk, browser: Browser) -> None:
    users, clock, link = office.handed.store.users, office.handed.clock, digest_of(new_token())
    await users.add(NewUser(id="eva", name="Eva Ruiz", role=Role.SUPERVISOR), link, clock.now())
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    await users.use_link(link, quick, clock.now())

    page = await browser.page(f"{office.origin}/entrar?a=/cuenta")

    async def sign_in() -> None:
        await page.get_by_label("Nombre").fill("eva")
        await page.get_by_label("Contraseña").fill(PASSWORD)
        async with page.expect_navigation():
            await page.keyboard.press("Enter")

    await sign_in()
    await page.get_by_label("Su contraseña").fill("otra cosa distinta")
    await page.keyboard.press("Enter")
    await expect(page.locator("#notices")).to_contain_text("Esa no es su contraseña.")
    await page.get_by_label("Su contraseña").fill(PASSWORD)
    async with page.expect_navigation():
        await page.keyboard.press("Enter")

    picture = page.get_by_role("img", name="Código QR")
    box = await picture.locator("svg").bounding_box()
    assert box is not None
    assert box["width"] > 200
    assert await axe(page) == []
    telephone = Telephone.that_reads((await page.locator("code.secret").inner_text()).split())
    await page.get_by_label("Código de seis dígitos").fill(telephone.shows(clock.now()))
    await page.keyboard.press("Enter")
    await expect(page.locator("#codes-list li")).to_have_count(8)
    assert re.fullmatch(r"[a-z]{4}(-[a-z]{4}){3}", await page.locator("#codes-list li").first.inner_text())
    assert await axe(page) == []

    async with page.expect_navigation():
        await page.get_by_role("link", name="Ya los guardé").press("Enter")
    async with page.expect_navigation():
        await page.get_by_role("button", name="Salir").press("Enter")
    await page.goto(f"{office.origin}/entrar?a=/cuenta")
    await sign_in()
    assert await axe(page) == []
    # the next one, as if half a minute had passed: the first is used up
    await page.keyboard.type(telephone.shows(clock.now() + timedelta(seconds=30)))
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    await expect(page.locator("#how")).to_contain_text("Códigos de recuperación sin usar: 8.")
    assert await axe(page) == []
    assert await browser.look() == []


async def test_somebody_chooses_another_password_and_signs_in_with_it(office: Desk, browser: Browser) -> None:
    users, clock, link = office.handed.store.users, office.handed.clock, digest_of(new_token())
    await users.add(NewUser(id="nora", name="Nora Gil", role=Role.SUPERVISOR), link, clock.now())
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    await users.use_link(link, quick, clock.now())
    another = "cuatro mangos verdes"

    page = await browser.page(f"{office.origin}/entrar?a=/cuenta")
    await page.get_by_label("Nombre").fill("nora")
    await page.get_by_label("Contraseña").fill(PASSWORD)
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    await page.get_by_label("La de ahora").fill(another)
    await page.get_by_label("La nueva").fill(another)
    await page.keyboard.press("Enter")
    await expect(page.locator("#notices")).to_contain_text("Esa no es su contraseña.")
    await page.get_by_label("La de ahora").fill(PASSWORD)
    await page.get_by_label("La nueva").fill("corta")
    await page.keyboard.press("Enter")
    await expect(page.locator(".fault")).to_contain_text("lo mínimo son 12")
    await page.get_by_label("La nueva").fill(another)
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    await expect(page.get_by_role("status").filter(has_text="La contraseña es otra")).to_be_visible()
    assert await axe(page) == []

    async with page.expect_navigation():
        await page.get_by_role("button", name="Salir").press("Enter")
    await page.goto(f"{office.origin}/entrar?a=/cuenta")
    await page.get_by_label("Nombre").fill("nora")
    await page.get_by_label("Contraseña").fill(another)
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Contraseña")).to_be_visible()
    assert await browser.look() == []
