"""The frame of the console: who gets in, where they are sent, and what a browser may do there."""

from __future__ import annotations

import re

import pytest

from cti_api.access.actors import Role
from cti_api.access.tokens import digest_of, new_token
from cti_api.store.users import NewUser
from cti_api.web.handed import Handed
from tests.support.console import ORIGIN, PASSWORD, Console, console, console_app


@pytest.fixture
async def door(handed: Handed):  # type: ignore[no-untyped-def]
    async with console(console_app(), handed) as opened:
        yield opened


async def test_a_stranger_who_looks_at_a_page_is_sent_to_sign_in_and_back(door: Console) -> None:
    stranger = await door.stranger()
    answer = await stranger.get(f"{ORIGIN}/")
    assert (answer.status_code, answer.headers["location"]) == (303, "/entrar")


async def test_the_form_signs_in_and_goes_where_they_wanted(door: Console) -> None:
    await door.entered("sara", Role.SUPERVISOR, password_hash=await door.app.state.guard.hashes.make(PASSWORD))
    stranger = await door.stranger()
    answer = await stranger.post(f"{ORIGIN}/entrar", data={"nombre": "Sara", "clave": PASSWORD, "a": "/tablero"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/tablero")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-vocero=")
    assert all(word in cookie for word in ("HttpOnly", "Secure", "SameSite=strict", "Path=/"))
    home = await stranger.get(f"{ORIGIN}/", headers={"Cookie": cookie.partition(";")[0]})
    assert home.headers["location"] == "/tablero"


async def test_a_wrong_password_is_said_in_spanish_and_opens_nothing(door: Console) -> None:
    await door.entered("sara", Role.SUPERVISOR, password_hash=await door.app.state.guard.hashes.make(PASSWORD))
    stranger = await door.stranger()
    answer = await stranger.post(f"{ORIGIN}/entrar", data={"nombre": "sara", "clave": "otra cosa distinta"})
    assert answer.status_code == 401
    assert "no corresponden" in answer.text
    assert "otra cosa" not in answer.text
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "wanted", ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)", "", "/ñ", "/" * 300]
)
async def test_no_link_leads_from_our_form_to_another_host(door: Console, wanted: str) -> None:
    await door.entered("sara", Role.SUPERVISOR, password_hash=await door.app.state.guard.hashes.make(PASSWORD))
    stranger = await door.stranger()
    answer = await stranger.post(f"{ORIGIN}/entrar", data={"nombre": "sara", "clave": PASSWORD, "a": wanted})
    assert answer.headers["location"] == "/"


async def test_somebody_new_is_told_in_spanish_what_is_wrong_with_a_password(door: Console) -> None:
    token = new_token()
    new = NewUser(id="zoe", name="Zoe Lara", role=Role.AGENT, agent_id=None)
    await door.store.users.add(new, digest_of(token), door.handed.clock.now())
    stranger, link = await door.stranger(), f"{ORIGIN}/enlace/{token}"
    form = await stranger.get(link)
    assert "Zoe Lara, usted va a entrar como zoe." in form.text
    assert re.search("<form[^>]* novalidate>.*autofocus", form.text, re.DOTALL)
    for first, second, wrong in (
        ("corta", "corta", "escriba al menos"),
        (PASSWORD, PASSWORD + "!", "no son iguales"),
        ("contraseñacontraseña", "contraseñacontraseña", "se adivinan"),
    ):
        answer = await stranger.post(link, data={"clave": first, "otra": second})
        assert (answer.status_code, wrong in answer.text) == (422, True), first
    assert (await stranger.post(link, data={"clave": PASSWORD, "otra": PASSWORD})).status_code == 303
    gone = await (await door.stranger("203.0.113.8")).get(link)
    assert gone.status_code == 404
    assert "Pida uno nuevo" in gone.text


async def test_a_form_of_another_page_signs_nobody_in(door: Console) -> None:
    stranger = await door.stranger()
    answer = await stranger.post(
        f"{ORIGIN}/entrar", data={"nombre": "sara", "clave": PASSWORD}, headers={"Origin": "https://evil.example"}
    )
    assert answer.status_code == 403


async def test_a_page_may_use_what_stands_beside_it_and_nothing_else(door: Console) -> None:
    answer = await (await door.stranger()).get(f"{ORIGIN}/entrar")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "connect-src 'self' wss://consola.example.com;" in policy
    assert "unsafe" not in policy
    assert answer.headers["referrer-policy"] == "same-origin"  # or the form would come from nowhere
    assert "microphone=(self)" in answer.headers["permissions-policy"]
    for place in re.findall(r'(?:src|href)="([^"#]+)"', answer.text):
        assert place.startswith("/")


async def test_what_pages_are_made_of_is_kept_by_browsers_and_asked_for_by_its_mark(door: Console) -> None:
    stranger = await door.stranger()
    first = await stranger.get(f"{ORIGIN}/static/console.css")
    assert first.headers["content-type"] == "text/css; charset=utf-8"
    again = await stranger.get(f"{ORIGIN}/static/console.css", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("path", ["../words/es.json", "..%2Fwords%2Fes.json", "", "nothing.js", "%00", "console.css/x"])
async def test_nothing_outside_its_folder_is_served(door: Console, path: str) -> None:
    answer = await (await door.stranger()).get(f"{ORIGIN}/static/{path}")
    assert answer.status_code in (401, 404)


async def test_who_is_in_already_may_come_in_as_somebody_else(door: Console) -> None:
    await door.entered("sara", Role.SUPERVISOR, password_hash=await door.app.state.guard.hashes.make(PASSWORD))
    other = await door.person("ada", Role.ADMIN)
    del other.headers["X-CSRF-Token"]  # a form has none
    answer = await other.post(f"{ORIGIN}/entrar", data={"nombre": "sara", "clave": PASSWORD})
    assert answer.status_code == 303
