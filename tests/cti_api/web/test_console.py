"""The door for people and other systems: signing in, what a foreign page may not do, and how everything ends."""

from __future__ import annotations

import asyncio
import itertools
import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from http import HTTPStatus

import httpx
import pytest
from argon2 import PasswordHasher
from fastapi import APIRouter, FastAPI
from fastapi.responses import StreamingResponse

from cti_api.access.actors import Role, Scope
from cti_api.access.sessions import IDLE, LINK_LASTS, csrf_of
from cti_api.access.tokens import digest_of, new_key, new_token
from cti_api.clock import Clock, SystemClock
from cti_api.errors import TooOften
from cti_api.model.agents import Agent
from cti_api.model.ids import AgentId
from cti_api.settings import LimitSettings
from cti_api.store.users import NewUser
from cti_api.web.app import create_console_app
from cti_api.web.handed import Handed
from cti_api.web.known import ConsoleKeeper
from cti_api.web.serve import StrangersMay, serve_tcp
from cti_api.web.sign_in import PER_MINUTE, PER_MINUTE_HERE, PER_MINUTE_OF_ADDRESS, Guard
from tests.support.console import ORIGIN, PASSWORD, Console, console, console_app
from tests.support.dialer_port import QuietDialer

QUICK_HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
"""Of the password, with figures that nobody should use; it is hashed anew when it is used."""
NUMBER = "+573001234567"


class LaterClock:
    """A clock that stands until it is put forward."""

    def __init__(self) -> None:
        self.ahead = timedelta()
        self._began = SystemClock().now()

    def now(self) -> datetime:
        return self._began + self.ahead

    def monotonic(self) -> float:
        return self.ahead.total_seconds()


@pytest.fixture(scope="session")
def shared_console() -> FastAPI:
    return console_app()


@pytest.fixture(scope="session")
def masking_console() -> FastAPI:
    return console_app(masked=frozenset({Role.AGENT, Role.SUPERVISOR}))


@pytest.fixture
def clock() -> LaterClock:
    return LaterClock()


@pytest.fixture
async def door(shared_console: FastAPI, handed: Handed, clock: Clock) -> AsyncIterator[Console]:
    shared_console.state.guard = Guard(shared_console.state.guard.keeper)  # nobody has tried yet
    async with console(shared_console, replace(handed, clock=clock)) as opened:
        yield opened


async def sign_in(client: httpx.AsyncClient, name: str, password: str = PASSWORD) -> httpx.Response:
    return await client.post("/session", json={"name": name, "password": password})


# ------------------------------------------------------------------ signing in and out


async def test_a_person_signs_in_changes_something_and_signs_out_again(door: Console) -> None:
    await door.entered("ada", Role.ADMIN, password_hash=QUICK_HASH)
    browser = await door.stranger()
    assert (await browser.get("/me")).status_code == HTTPStatus.UNAUTHORIZED
    answer = await sign_in(browser, " ADA ")
    me = answer.json()
    assert (me["user"], me["role"], me["numbers_masked"]) == ("ada", "admin", False)

    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-vocero=")
    assert {part.strip().lower() for part in cookie.split(";")[1:]} >= {
        "secure",
        "httponly",
        "samesite=strict",
        "path=/",
    }
    assert "domain" not in cookie.lower()
    assert answer.headers["cache-control"] == "no-store"

    assert (await browser.get("/me")).json()["csrf"] == me["csrf"]
    trusted = {"Origin": ORIGIN, "X-CSRF-Token": me["csrf"]}
    new = {"id": "crm", "scopes": ["leads"]}
    assert (await browser.post("/keys", json=new, headers=trusted)).status_code == HTTPStatus.CREATED
    held = dict(browser.cookies)
    assert (await browser.request("DELETE", "/session", headers=trusted)).status_code == HTTPStatus.NO_CONTENT
    browser.cookies.update(held)
    assert (await browser.get("/me")).status_code == HTTPStatus.UNAUTHORIZED

    deeds = [
        (link.deed.who, link.deed.what.split("/")[-1], link.deed.said) for link in await door.store.audit.newest(9)
    ]
    assert deeds == [("person:ada", "session", ""), ("person:ada", "keys", "crm: leads"), ("person:ada", "session", "")]


async def test_the_hash_of_a_password_is_made_anew_where_its_figures_are_old(door: Console) -> None:
    await door.entered("ada", Role.ADMIN, password_hash=QUICK_HASH)
    assert (await sign_in(await door.stranger(), "ada")).is_success
    kept = (await door.store.users.get("ada")).password_hash or ""
    assert kept.startswith("$argon2id$v=19$m=47104,t=1,p=1$")
    assert (await sign_in(await door.stranger(), "ada")).is_success


async def test_who_is_refused_does_not_learn_whether_there_is_such_a_user(door: Console) -> None:
    await door.entered("ada", Role.ADMIN, password_hash=QUICK_HASH)
    await door.entered("gone", Role.ADMIN, password_hash=QUICK_HASH)
    await door.store.users.change("gone", {"disabled": True}, door.handed.clock.now())
    await door.store.users.add(NewUser(id="fresh", name="F", role=Role.ADMIN), "link", door.handed.clock.now())
    tried = [
        ("ada", "otra cosa del todo"),
        ("gone", PASSWORD),
        ("fresh", ""),
        ("nobody", PASSWORD),
        ("a\x00b", "x"),
        ("ñ" * 99, "x"),
    ]
    answers = [await sign_in(await door.stranger(f"203.0.113.{n}"), *each) for n, each in enumerate(tried)]
    assert {answer.status_code for answer in answers} == {HTTPStatus.UNAUTHORIZED}
    assert len({answer.text for answer in answers}) == 1
    assert not any("set-cookie" in answer.headers for answer in answers)


async def test_a_cookie_that_was_there_beforehand_is_never_the_one_that_signs_in(door: Console) -> None:
    await door.entered("ada", Role.ADMIN, password_hash=QUICK_HASH)
    browser, planted = await door.stranger(), new_token()
    answer = await browser.post(
        "/session", json={"name": "ada", "password": PASSWORD}, headers={"Cookie": f"__Host-vocero={planted}"}
    )
    assert answer.is_success
    assert planted not in answer.headers["set-cookie"]
    assert await door.store.sessions.find(digest_of(planted)) is None


async def test_tries_are_few_and_who_is_too_hasty_is_told_when_to_come_again(door: Console, clock: LaterClock) -> None:
    client = await door.stranger()
    answers = [await sign_in(client, "nobody", "") for _ in range(PER_MINUTE_HERE + 1)]
    assert [answer.status_code for answer in answers] == [401] * PER_MINUTE_HERE + [429]
    clock.ahead += timedelta(seconds=int(answers[-1].headers["retry-after"]))
    assert (await sign_in(client, "nobody", "")).status_code == HTTPStatus.UNAUTHORIZED


async def test_a_name_is_not_tried_from_everywhere_and_its_owner_is_not_locked_out() -> None:
    guard = Guard(ConsoleKeeper(base_url=ORIGIN))

    def tried(name: str, address: str, now: float = 0.0) -> bool:
        try:
            guard.refuse_haste(name, address, now)
        except TooOften:
            return False
        return True

    guard.remember("ada", "198.51.100.1")
    assert sum(tried("ada", f"203.0.113.{n}") for n in range(100)) == PER_MINUTE
    assert tried("ada", "198.51.100.1")
    assert sum(tried(f"n{n}", "203.0.113.200") for n in range(100)) == PER_MINUTE_OF_ADDRESS
    # a name that is tried by force costs nobody else anything
    assert tried("sara", "203.0.113.1")
    assert tried("ada", "203.0.113.201", 60.0)


# ------------------------------------------------------------------ what a foreign page may not do


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": ORIGIN + ".evil.example"},
        {"Origin": "http://consola.example.com"},
        {"Origin": ""},
        {"X-CSRF-Token": ""},
        {"X-CSRF-Token": "0" * 64},
        {"X-CSRF-Token": "é"},
    ],
    ids=str,
)
async def test_a_change_by_cookie_comes_from_our_own_page(door: Console, headers: dict[str, str]) -> None:
    browser = await door.person("ada", Role.ADMIN)
    encoded = {name: value.encode("latin-1") for name, value in headers.items()}
    answer = await browser.post("/keys", json={"id": "crm", "scopes": ["read"]}, headers=encoded)
    assert answer.status_code == HTTPStatus.FORBIDDEN
    assert await door.store.machine_keys.all() == []
    assert await door.store.audit.newest(1) == []


async def test_a_change_by_cookie_without_any_origin_is_refused(door: Console) -> None:
    browser = await door.person("ada", Role.ADMIN)
    del browser.headers["Origin"]
    assert (await browser.post("/keys", json={"id": "crm", "scopes": ["read"]})).status_code == HTTPStatus.FORBIDDEN


async def test_nobody_is_signed_in_by_a_foreign_page(door: Console) -> None:
    await door.entered("ada", Role.ADMIN, password_hash=QUICK_HASH)
    evil = {"Origin": "https://evil.example"}
    asked = {"name": "ada", "password": PASSWORD}
    answer = await (await door.stranger()).post("/session", json=asked, headers=evil)
    assert answer.status_code == HTTPStatus.FORBIDDEN
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "headers",
    [
        [("Cookie", "__Host-vocero=x")],
        [("Cookie", "__Host-vocero=" + "A" * 43)],
        [("Cookie", "__Host-vocero=" + "A" * 60_000)],
        [("Cookie", "__Host-vocero=\xff\x00"), ("Cookie", ";;=;=")],
        [("Authorization", "Bearer vocero_" + "A" * 43)],
        [("Authorization", "Bearer")],
        [("Authorization", "Basic YWRhOng=")],
        [("Authorization", "Bearer a"), ("Authorization", "Bearer b")],
        [(f"X-{n}", "y" * 50) for n in range(500)],
    ],
    ids=lambda headers: headers[0][1][:24],
)
async def test_what_is_forged_opens_nothing(door: Console, headers: list[tuple[str, str]]) -> None:
    sent = [(name, value.encode("latin-1")) for name, value in headers]
    answer = await (await door.stranger()).get("/campaigns", headers=sent)
    assert answer.status_code == HTTPStatus.UNAUTHORIZED
    assert answer.headers["content-type"] == "application/problem+json"


async def test_two_cookies_of_our_name_are_one_too_many_and_a_key_is_nobody_else(door: Console) -> None:
    browser = await door.person("ada", Role.ADMIN)
    cookie = browser.headers["Cookie"]
    doubled = await browser.get("/me", headers={"Cookie": f"{cookie}; {cookie}x"})
    assert doubled.status_code == HTTPStatus.UNAUTHORIZED
    both = await browser.get("/me", headers={"Authorization": f"Bearer {new_key()}"})
    assert both.status_code == HTTPStatus.UNAUTHORIZED


async def test_a_stranger_s_list_is_not_read(door: Console) -> None:
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        while True:
            read += 1
            yield b"x" * 65_536

    answer = await (await door.stranger()).post("/campaigns/marzo/leads", content=endless())
    assert answer.status_code == HTTPStatus.UNAUTHORIZED
    assert read <= 1


async def test_a_stranger_who_sends_slowly_is_not_waited_for(handed: Handed) -> None:
    async def never() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    keeper = ConsoleKeeper(base_url=ORIGIN, stranger_seconds=0.05)
    async with console(create_console_app(handed, LimitSettings(), keeper), handed) as door:
        answer = await (await door.stranger()).post(
            "/session", content=never(), headers={"Content-Type": "application/json"}
        )
    assert answer.status_code == HTTPStatus.REQUEST_TIMEOUT
    assert answer.headers["connection"] == "close"


def test_the_origin_is_written_as_browsers_write_it() -> None:
    assert ConsoleKeeper(base_url="https://Consola.example.com:443").origin == "https://consola.example.com"
    assert ConsoleKeeper(base_url="http://127.0.0.1:8480").origin == "http://127.0.0.1:8480"


# ------------------------------------------------------------------ how it ends


async def test_a_session_ends_idle_and_is_kept_by_whoever_is_there(door: Console, clock: LaterClock) -> None:
    browser = await door.person("ada", Role.ADMIN)
    for _ in range(3):
        clock.ahead += IDLE[Role.ADMIN] - timedelta(seconds=90)
        assert (await browser.get("/me")).is_success
    clock.ahead += IDLE[Role.ADMIN] + timedelta(seconds=1)
    assert (await browser.get("/me")).status_code == HTTPStatus.UNAUTHORIZED


async def test_two_tabs_are_one_session_and_end_together(door: Console) -> None:
    token = new_token()
    await door.entered("ada", Role.ADMIN)
    kept = (await door.store.users.get("ada")).password_hash or ""
    await door.store.sessions.begin("ada", kept, digest_of(token), door.handed.clock.now())
    one, other = await door.signed_in("ada", token), await door.signed_in("ada", token)
    assert (await one.get("/me")).json()["csrf"] == (await other.get("/me")).json()["csrf"] == csrf_of(token)
    assert (await one.delete("/session")).is_success
    assert (await other.get("/me")).status_code == HTTPStatus.UNAUTHORIZED


async def test_another_password_ends_every_other_session_and_gives_this_one_another_cookie(door: Console) -> None:
    await door.entered("ada", Role.ADMIN, password_hash=QUICK_HASH)
    here, elsewhere = await door.signed_in("ada"), await door.signed_in("ada")
    wrong = await here.put("/me/password", json={"present": "no es esa", "new": "otra frase larga y rara"})
    assert wrong.status_code == HTTPStatus.FORBIDDEN
    weak = await here.put("/me/password", json={"present": PASSWORD, "new": "ada ada ada ada"})
    assert weak.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    changed = await here.put("/me/password", json={"present": PASSWORD, "new": "otra frase larga y rara"})
    assert changed.is_success
    assert (await elsewhere.get("/me")).status_code == HTTPStatus.UNAUTHORIZED
    assert (await here.get("/me")).status_code == HTTPStatus.UNAUTHORIZED  # with the old cookie
    fresh = changed.headers["set-cookie"].split(";")[0]
    assert (await here.get("/me", headers={"Cookie": fresh})).is_success
    assert (await sign_in(await door.stranger(), "ada", "otra frase larga y rara")).is_success


async def test_a_key_opens_until_it_is_revoked_or_over(door: Console, clock: LaterClock) -> None:
    crm, old = await door.key("crm", Scope.READ), await door.key("old", Scope.READ, days=1)
    assert (await crm.get("/campaigns")).is_success
    assert (await old.get("/me")).json()["scopes"] == ["read"]
    assert (await crm.post("/campaigns/marzo/start")).status_code == HTTPStatus.FORBIDDEN
    clock.ahead += timedelta(days=1)
    assert (await old.get("/campaigns")).status_code == HTTPStatus.UNAUTHORIZED
    await door.store.machine_keys.revoke("crm", clock.now())
    assert (await crm.get("/campaigns")).status_code == HTTPStatus.UNAUTHORIZED
    (key,) = [each for each in await door.store.machine_keys.all() if each.id == "crm"]
    assert key.used_at is not None


async def test_a_key_opens_something_else_and_is_another_from_one_moment_on(door: Console) -> None:
    ada, crm = await door.person("ada", Role.ADMIN), await door.key("crm", Scope.READ)
    assert (await ada.patch("/keys/crm", json={"scopes": ["leads"]})).json()["scopes"] == ["leads"]
    assert (await crm.get("/campaigns")).status_code == HTTPStatus.FORBIDDEN
    made = (await ada.post("/keys/crm/replace")).json()
    assert (await crm.get("/campaigns")).status_code == HTTPStatus.UNAUTHORIZED
    crm.headers["Authorization"] = f"Bearer {made['key']}"
    assert (await crm.get("/campaigns")).status_code == HTTPStatus.FORBIDDEN  # known, and not theirs
    assert made["line"]["scopes"] == ["leads"]
    deeds = [link.deed for link in await door.store.audit.after(0, 10)]
    assert [(deed.target, deed.said) for deed in deeds] == [("key_id=crm", "leads"), ("key_id=crm", "")]
    await ada.post("/keys/crm/revoke")
    assert (await ada.post("/keys/crm/replace")).status_code == HTTPStatus.CONFLICT


async def test_a_long_answer_ends_with_the_session(handed: Handed, clock: LaterClock) -> None:
    app, router, going = console_app(), APIRouter(), asyncio.Event()

    async def endless() -> AsyncIterator[str]:
        for sent in itertools.count():
            yield "data: {}\n\n"
            clock.ahead += timedelta(seconds=1)
            if sent == 3:
                going.set()

    @router.get("/stream")
    async def stream() -> StreamingResponse:
        return StreamingResponse(endless(), media_type="text/event-stream")

    app.include_router(router, prefix="/api/v1")
    async with console(app, replace(handed, clock=clock)) as door:
        browser = await door.person("ada", Role.ADMIN)
        async with asyncio.TaskGroup() as tasks:
            answer = tasks.create_task(browser.get("/stream"))
            await going.wait()
            await door.store.users.change("ada", {"disabled": True}, clock.now())
    assert answer.result().text.startswith("data: {}\n\n" * 4)


# ------------------------------------------------------------------ one-time links


async def test_a_link_shows_who_it_is_for_and_lets_them_choose_once(door: Console, clock: LaterClock) -> None:
    admin = await door.person("ada", Role.ADMIN)
    made = (await admin.post("/users", json={"id": "sara", "name": "Sara <b>", "role": "supervisor"})).json()
    page = (
        made["link"].replace(door.handed.console_url, ORIGIN, 1) if door.handed.console_url else ORIGIN + made["link"]
    )
    browser = await door.stranger()
    for _ in range(2):  # looking uses nothing up
        shown = await browser.get(page)
        assert shown.status_code == HTTPStatus.OK
        assert "Sara &lt;b&gt;" in shown.text
        assert shown.headers["referrer-policy"] == "same-origin"
        assert "default-src 'none'" in shown.headers["content-security-policy"]
    for form, status in [
        ({"clave": PASSWORD, "otra": "otra"}, HTTPStatus.UNPROCESSABLE_ENTITY),
        ({"clave": "corta", "otra": "corta"}, HTTPStatus.UNPROCESSABLE_ENTITY),
    ]:
        assert (await browser.post(page, data=form, headers={"Origin": ORIGIN})).status_code == status
    chosen = await browser.post(page, data={"clave": PASSWORD, "otra": PASSWORD}, headers={"Origin": ORIGIN})
    assert (chosen.status_code, chosen.headers["location"]) == (HTTPStatus.SEE_OTHER, "/")
    browser.headers["Cookie"] = chosen.headers["set-cookie"].partition(";")[0]
    assert (await browser.get("/me")).json()["user"] == "sara"
    again = await (await door.stranger("203.0.113.8")).get(page)
    assert again.status_code == HTTPStatus.NOT_FOUND
    assert (await sign_in(await door.stranger("203.0.113.9"), "sara")).is_success
    used = [link.deed for link in await door.store.audit.newest(9) if link.deed.who == "person:sara"]
    assert [each.target for each in used] == ["", ""]

    later = (await admin.post("/users/sara/link")).json()
    clock.ahead += LINK_LASTS
    asked = {"token": later["token"], "password": PASSWORD}
    gone = await (await door.stranger("203.0.113.10")).post("/links", json=asked)
    assert gone.status_code == HTTPStatus.NOT_FOUND


# ------------------------------------------------------------------ their own seat, numbers, recordings


async def test_an_agent_sees_their_own_call_and_with_dots_where_that_is_set(
    masking_console: FastAPI, handed: Handed, dialer: QuietDialer
) -> None:
    async with console(masking_console, handed) as door:
        for name in ("ana", "luis"):
            await dialer.add_agent(Agent(id=AgentId(name), name=name.title(), campaigns=()))
            dialer.show(name, "Rosa", NUMBER)
        ana, ada = await door.person("ana", Role.AGENT, "ana"), await door.person("ada", Role.ADMIN)
        sara = await door.person("sara", Role.SUPERVISOR)
        own = await ana.get("/agents/ana")
        assert own.json()["call"]["number"] == "+•••••••••567"
        assert (await ana.get("/agents/luis")).status_code == HTTPStatus.FORBIDDEN
        assert (await ana.get("/agents")).status_code == HTTPStatus.FORBIDDEN
        assert NUMBER in (await ada.get("/agents/ana")).text
        assert NUMBER[1:] not in (await sara.get("/agents")).text
        assert (await ana.get("/me")).json()["numbers_masked"]


async def test_the_law_is_loosened_by_two_people_who_signed_in_whatever_they_call_themselves(door: Console) -> None:
    ada = await door.person("ada", Role.ADMIN)
    pack = "pack: xx\ntitle: Nada\nversion: '1'\n"
    refused = await ada.post("/policy/changes", json={"packs": [pack], "by": "Otra Persona"})
    assert refused.status_code in (HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.CREATED)
    for change in await door.store.policies.changes(pending=False):
        assert change.by.name == "ada"


# ------------------------------------------------------------------ on the wire


async def test_over_tcp_the_proxy_says_who_it_is_and_a_flood_of_headers_is_cut_off(door: Console) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    ready = asyncio.Event()
    await door.entered("ada", Role.ADMIN, password_hash=QUICK_HASH)
    async with asyncio.TaskGroup() as tasks:
        may = StrangersMay(long_answers=True)
        server = tasks.create_task(serve_tcp(door.app, "127.0.0.1", port, ready.set, may=may))
        await ready.wait()
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}/api/v1") as client:
            signed_in = await client.post(
                "/session",
                json={"name": "ada", "password": PASSWORD},
                headers={"X-Forwarded-For": "6.6.6.6, 203.0.113.5"},
            )
            assert signed_in.is_success
            with pytest.raises(httpx.TransportError):
                await client.get("/me", headers=[(f"X-{n}", "y" * 1000) for n in range(2000)])
            assert (await client.get("/me")).status_code == HTTPStatus.UNAUTHORIZED  # Secure: not over this wire
        server.cancel()
    (row,) = await door.store.audit.newest(1)
    assert row.deed.address == "203.0.113.5"


async def test_who_pauses_an_agent_is_told_as_the_agent_or_as_a_supervisor(door: Console) -> None:
    dialer = door.handed.dialer
    await door.store.agents.add(Agent(id=AgentId("ana"), name="Ana", campaigns=()), door.handed.clock.now())
    assert isinstance(dialer, QuietDialer)
    dialer.take_up(Agent(id=AgentId("ana"), name="Ana", campaigns=()))
    ana = await door.person("ana", Role.AGENT, "ana")
    sara = await door.person("sara", Role.SUPERVISOR)
    for client, source in ((sara, "supervisor"), (ana, "agent"), (await door.key("crm", Scope.AGENTS), "agent")):
        dialer.connect("ana")
        assert (await client.post("/agents/ana/pause", json={"reason": "baño"})).json()["source"] == source
