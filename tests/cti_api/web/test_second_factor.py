"""A second factor: setting it up, signing in with it, what stands in for it, and who may do nothing before."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from fastapi import FastAPI

from cti_api.access.actors import Role
from cti_api.access.masking import mask_text
from cti_api.access.tokens import digest_of, new_token
from cti_api.access.totp import ENROLLING_LASTS, FREE_FAILURES, PROOF_LASTS
from cti_api.console.account_page import picture_of
from cti_api.errors import NotSignedIn
from cti_api.store.factor_key import ENDING
from cti_api.store.second_factor_tables import recovery_codes, second_factors
from cti_api.web.handed import Handed
from cti_api.web.sign_in import Guard
from tests.support.console import ORIGIN, PASSWORD, Console, console, console_app
from tests.support.factors import Telephone
from tests.support.later_clock import LaterClock

QUICK_HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
STEP = timedelta(seconds=30)


@pytest.fixture(scope="module")
def shared_console() -> FastAPI:
    return console_app(second_factor_for=frozenset({Role.AUDITOR}))


@pytest.fixture
def clock() -> LaterClock:
    return LaterClock()


@pytest.fixture
async def door(shared_console: FastAPI, handed: Handed, clock: LaterClock) -> AsyncIterator[Console]:
    shared_console.state.guard = Guard(shared_console.state.guard.keeper)  # nobody has tried yet
    async with console(shared_console, replace(handed, clock=clock)) as opened:
        yield opened


async def set_up(client: httpx.AsyncClient, clock: LaterClock) -> tuple[Telephone, list[str]]:
    """A telephone that has their secret, and their recovery codes."""
    begun = await client.post("/me/second-factor", json={"password": PASSWORD})
    assert begun.status_code == HTTPStatus.CREATED, begun.text
    telephone = Telephone.that_reads(begun.json()["secret"])
    done = await client.post("/me/second-factor/confirm", json={"code": telephone.shows(clock.now())})
    assert done.is_success, done.text
    clock.ahead += STEP
    return telephone, done.json()["codes"]


async def with_factor(
    door: Console, clock: LaterClock, role: Role = Role.ADMIN
) -> tuple[httpx.AsyncClient, Telephone, list[str]]:
    await door.entered("ada", role, password_hash=QUICK_HASH)
    client = await door.signed_in("ada")
    telephone, codes = await set_up(client, clock)
    return client, telephone, codes


async def at_the_second_step(door: Console, address: str = "203.0.113.7") -> httpx.AsyncClient:
    browser = await door.stranger(address)
    answer = await browser.post("/session", json={"name": "ada", "password": PASSWORD})
    assert answer.status_code == HTTPStatus.ACCEPTED, answer.text
    assert answer.json()["next"] == "code"
    assert "__Host-vocero=" not in answer.headers["set-cookie"]
    return browser


async def code(browser: httpx.AsyncClient, typed: str) -> httpx.Response:
    return await browser.post("/session/code", json={"code": typed})


# ------------------------------------------------------------------ signing in


async def test_there_is_no_session_before_the_code(door: Console, clock: LaterClock) -> None:
    _client, telephone, _codes = await with_factor(door, clock)
    browser = await at_the_second_step(door)
    assert (await browser.get("/me")).status_code == HTTPStatus.UNAUTHORIZED
    answer = await code(browser, telephone.shows(clock.now()))
    assert (answer.status_code, answer.json()["has_second_factor"]) == (HTTPStatus.OK, True)
    assert (await browser.get("/me")).json()["user"] == "ada"


async def test_no_way_of_signing_in_goes_round_it(door: Console, clock: LaterClock) -> None:
    await with_factor(door, clock)
    kept = (await door.store.users.get("ada")).password_hash or ""
    with pytest.raises(NotSignedIn):
        await door.store.sessions.begin("ada", kept, digest_of(new_token()), clock.now())
    link = new_token()
    await door.store.users.new_link("ada", digest_of(link), clock.now())
    browser = await door.stranger("203.0.113.9")
    form = {"clave": "otras cuatro palabras sueltas", "otra": "otras cuatro palabras sueltas"}
    went = await browser.post(f"{ORIGIN}/enlace/{link}", data=form)
    assert went.headers["location"] == "/entrar/codigo"
    assert (await browser.get("/me")).status_code == HTTPStatus.UNAUTHORIZED


async def test_a_code_opens_once_whoever_brings_it(door: Console, clock: LaterClock) -> None:
    _client, telephone, _codes = await with_factor(door, clock)
    browsers = [await at_the_second_step(door, f"203.0.113.{n}") for n in range(4)]
    shown = telephone.shows(clock.now())
    answers = await asyncio.gather(*(code(browser, shown) for browser in browsers))
    assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401]
    clock.ahead += STEP
    assert (await code(browsers[0], shown)).status_code == HTTPStatus.UNAUTHORIZED


async def test_the_code_that_set_it_up_signs_nobody_in(door: Console, clock: LaterClock) -> None:
    _client, telephone, _codes = await with_factor(door, clock)
    browser = await at_the_second_step(door)
    assert (await code(browser, telephone.shows(clock.now() - STEP))).status_code == HTTPStatus.UNAUTHORIZED


async def test_the_first_step_lasts_five_minutes(door: Console, clock: LaterClock) -> None:
    _client, telephone, _codes = await with_factor(door, clock)
    browser = await at_the_second_step(door)
    clock.ahead += PROOF_LASTS
    answer = await code(browser, telephone.shows(clock.now()))
    assert answer.status_code == HTTPStatus.UNAUTHORIZED
    assert "password first" in answer.json()["detail"]


async def test_a_password_that_changed_meanwhile_ends_the_first_step(door: Console, clock: LaterClock) -> None:
    _client, telephone, _codes = await with_factor(door, clock)
    browser = await at_the_second_step(door)
    await door.store.users.set_password("ada", QUICK_HASH + "x")
    assert (await code(browser, telephone.shows(clock.now()))).status_code == HTTPStatus.UNAUTHORIZED


async def test_a_recovery_code_opens_once_and_it_is_on_record(door: Console, clock: LaterClock) -> None:
    _client, _telephone, codes = await with_factor(door, clock)
    assert (await code(await at_the_second_step(door), codes[0].upper())).is_success
    (newest,) = await door.store.audit.newest(1)
    deed = newest.deed
    assert (deed.who, deed.what) == ("person:ada", "POST /api/v1/session/code")
    assert deed.said == "by a recovery code, 7 left"
    assert (await code(await at_the_second_step(door), codes[0])).status_code == HTTPStatus.UNAUTHORIZED
    assert (await code(await at_the_second_step(door, "203.0.113.8"), codes[1])).is_success


async def test_wrong_codes_make_whoever_tries_wait_and_a_right_one_is_not_looked_at_meanwhile(
    door: Console, clock: LaterClock
) -> None:
    _client, telephone, _codes = await with_factor(door, clock)
    for n in range(FREE_FAILURES):
        browser = await at_the_second_step(door, f"198.51.100.{n}")
        assert (await code(browser, "000000")).status_code == HTTPStatus.UNAUTHORIZED
    browser = await at_the_second_step(door, "198.51.100.99")
    early = await code(browser, telephone.shows(clock.now()))
    assert (early.status_code, early.headers["retry-after"]) == (HTTPStatus.TOO_MANY_REQUESTS, "30")
    clock.ahead += STEP
    assert (await code(browser, telephone.shows(clock.now()))).is_success


async def test_codes_are_tried_as_rarely_as_passwords(door: Console, clock: LaterClock) -> None:
    await with_factor(door, clock)
    browser = await at_the_second_step(door)
    answers = [(await code(browser, "x")).status_code for _ in range(6)]
    assert answers == [401] * 5 + [429]


# ------------------------------------------------------------------ setting it up


async def test_it_holds_once_its_first_code_came_and_then_the_other_sessions_are_over(
    door: Console, clock: LaterClock
) -> None:
    await door.entered("ada", Role.ADMIN, password_hash=QUICK_HASH)
    one, other = await door.signed_in("ada"), await door.signed_in("ada")
    begun = (await one.post("/me/second-factor", json={"password": PASSWORD})).json()
    uri = urlsplit(begun["uri"])
    assert (uri.scheme, uri.netloc, uri.path) == ("otpauth", "totp", "/Vocero:ada@consola.example.com")
    facts = {name: value for name, (value,) in parse_qs(uri.query).items()}
    secret = "".join(begun["secret"])
    assert facts == {"secret": secret, "issuer": "Vocero", "algorithm": "SHA1", "digits": "6", "period": "30"}
    assert (await one.get("/me/second-factor")).json() == {"since": None, "codes_left": 0, "required": False}
    assert (await other.get("/me")).is_success

    telephone = Telephone.that_reads(begun["secret"])
    wrong = await one.post("/me/second-factor/confirm", json={"code": "000000"})
    assert (wrong.status_code, wrong.json()["rule"]) == (HTTPStatus.CONFLICT, "second_factor_wrong")
    right = await one.post("/me/second-factor/confirm", json={"code": telephone.shows(clock.now())})
    assert len(right.json()["codes"]) == 8
    assert (await one.get("/me/second-factor")).json()["codes_left"] == 8
    assert (await other.get("/me")).status_code == HTTPStatus.UNAUTHORIZED


async def test_a_secret_that_was_shown_long_ago_takes_no_code(door: Console, clock: LaterClock) -> None:
    await door.entered("ada", Role.ADMIN, password_hash=QUICK_HASH)
    client = await door.signed_in("ada")
    begun = (await client.post("/me/second-factor", json={"password": PASSWORD})).json()
    clock.ahead += ENROLLING_LASTS
    told = Telephone.that_reads(begun["secret"]).shows(clock.now())
    late = await client.post("/me/second-factor/confirm", json={"code": told})
    assert late.json()["rule"] == "second_factor_none_shown"


async def test_who_found_somebody_elses_screen_changes_nothing_of_it(door: Console, clock: LaterClock) -> None:
    client, telephone, codes = await with_factor(door, clock)
    seq = (await door.store.audit.newest(1))[0].seq
    for what, body, rule in [
        ("", {"password": "otra cosa distinta"}, "second_factor_password"),
        ("", {"password": PASSWORD}, "second_factor_on"),
        ("/off", {"password": "otra cosa distinta", "code": codes[0]}, "second_factor_password"),
        ("/off", {"password": PASSWORD, "code": "000000"}, "second_factor_wrong"),
        ("/codes", {"password": PASSWORD, "code": "ñ"}, "second_factor_wrong"),
    ]:
        refused = await client.post(f"/me/second-factor{what}", json=body)
        assert (refused.status_code, refused.json()["rule"]) == (HTTPStatus.CONFLICT, rule), what
    # what is refused leaves no row, and what was counted of it neither
    assert (await door.store.audit.newest(1))[0].seq == seq
    clock.ahead += timedelta(minutes=2)
    both = {"password": PASSWORD, "code": telephone.shows(clock.now())}
    fresh = (await client.post("/me/second-factor/codes", json=both)).json()["codes"]
    assert not set(fresh) & set(codes)
    off = {"password": PASSWORD, "code": fresh[0]}
    assert (await client.post("/me/second-factor/off", json=off)).status_code == HTTPStatus.NO_CONTENT
    assert [link.deed.what.split("/")[-1] for link in await door.store.audit.after(seq, 9)] == ["codes", "off"]
    assert (await client.post("/me/second-factor/off", json=off)).json()["rule"] == "second_factor_off"


async def test_a_password_is_changed_within_a_session_that_had_its_code(door: Console, clock: LaterClock) -> None:
    client, _telephone, _codes = await with_factor(door, clock)
    new = {"present": PASSWORD, "new": "otras cuatro palabras sueltas"}
    assert (await client.put("/me/password", json=new)).is_success


# ------------------------------------------------------------------ who must have one


async def test_a_role_that_must_have_one_does_nothing_before(door: Console, clock: LaterClock) -> None:
    await door.entered("aura", Role.AUDITOR, password_hash=QUICK_HASH)
    client = await door.signed_in("aura")
    assert (await client.get("/me")).json()["must_enrol"] is True
    for asked in ("/users", "/campaigns", "/board", "/events/stream"):
        assert (await client.get(asked)).status_code == HTTPStatus.FORBIDDEN
    for place in ("/", "/tablero", "/administracion"):
        assert (await client.get(f"{ORIGIN}{place}")).headers["location"] == "/cuenta"
    shown = await client.get(f"{ORIGIN}/cuenta")
    assert "su rol necesita un segundo factor" in shown.text
    assert 'href="/tablero"' not in shown.text
    await set_up(client, clock)
    assert (await client.get("/users")).is_success
    assert (await client.get(f"{ORIGIN}/")).headers["location"] == "/tablero"


async def test_an_admin_takes_it_from_somebody_who_lost_everything(door: Console, clock: LaterClock) -> None:
    await door.entered("zoe", Role.SUPERVISOR, password_hash=QUICK_HASH)
    hers = await door.signed_in("zoe")
    await set_up(hers, clock)
    admin = await door.person("max", Role.ADMIN)
    assert [each["has_second_factor"] for each in (await admin.get("/users")).json()] == [False, True]
    assert "Quitar segundo factor" in (await admin.get(f"{ORIGIN}/administracion/usuarios/zoe")).text
    reset = await admin.post("/users/zoe/reset-second-factor")
    assert reset.json()["has_second_factor"] is False
    assert (await hers.get("/me")).status_code == HTTPStatus.UNAUTHORIZED
    assert (await admin.post("/users/nadie/reset-second-factor")).status_code == HTTPStatus.NOT_FOUND
    (link,) = await door.store.audit.newest(1)
    assert (link.deed.who, link.deed.target) == ("person:max", "user_id=zoe")


# ------------------------------------------------------------------ what is kept


def modes_of(folder: Path) -> list[int]:
    return [file.stat().st_mode & 0o777 for file in folder.glob(f"**/*{ENDING}")]


async def test_the_database_alone_tells_no_code(door: Console, clock: LaterClock, tmp_path: Path) -> None:
    _client, telephone, codes = await with_factor(door, clock)
    rows = await door.store._database.read(
        lambda tx: [*map(str, tx.execute(sa.select(second_factors)).all()),
                    *map(str, tx.execute(sa.select(recovery_codes)).all())]
    )  # fmt: skip
    kept = " ".join(rows)
    assert telephone.secret.hex() not in kept
    assert not [each for each in codes if each in kept or each.replace("-", "") in kept]
    assert modes_of(tmp_path) == [0o600]


# ------------------------------------------------------------------ pages


async def test_the_sign_in_page_asks_for_the_code_and_goes_where_they_wanted(door: Console, clock: LaterClock) -> None:
    _client, telephone, _codes = await with_factor(door, clock)
    browser = await door.stranger()
    went = await browser.post(f"{ORIGIN}/entrar", data={"nombre": "ada", "clave": PASSWORD, "a": "/tablero"})
    assert went.headers["location"] == "/entrar/codigo?a=%2Ftablero"
    asked = await browser.get(ORIGIN + went.headers["location"])
    assert 'autocomplete="one-time-code"' in asked.text
    wrong = await browser.post(f"{ORIGIN}/entrar/codigo", data={"codigo": "000000", "a": "/tablero"})
    assert (wrong.status_code, "no corresponde" in wrong.text) == (HTTPStatus.UNAUTHORIZED, True)
    told = {"codigo": telephone.shows(clock.now()), "a": "//evil.example"}
    right = await browser.post(f"{ORIGIN}/entrar/codigo", data=told)
    assert right.headers["location"] == "/"
    assert "__Host-vocero=" in right.headers["set-cookie"]
    late = await browser.get(f"{ORIGIN}/entrar/codigo")
    assert (late.status_code, "Entre de nuevo" in late.text) == (HTTPStatus.GONE, True)


def test_a_picture_has_nothing_that_looks_like_a_number_to_be_masked() -> None:
    picture = picture_of("otpauth://totp/Vocero:ana@consola.example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
    assert mask_text(picture) == picture
    assert "style=" not in picture  # the page's policy lets none
