"""The page of the indicators: what each comes to, with what is behind it; strangers' words are text."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from fastapi import FastAPI

from cti_api.access.actors import Role
from cti_api.web.handed import Handed
from tests.support.console import ORIGIN, Console, console, console_app
from tests.support.dialer_port import QuietDialer
from tests.support.full_floor import MANTENIMIENTO, count, fill

PAGE = f"{ORIGIN}/tablero/indicadores"


@pytest.fixture(scope="module")
def app() -> FastAPI:
    """Made once, for half a second a test."""
    return console_app()


@pytest.fixture
async def door(app: FastAPI, handed: Handed, dialer: QuietDialer):  # type: ignore[no-untyped-def]
    """A month's calls are counted."""
    await fill(dialer, 5)
    await count(handed.store, handed.clock.now())
    async with console(app, handed) as opened:
        yield opened


def said(page: str) -> str:
    """What stands on it, without what it is made of."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


async def test_every_indicator_is_there_with_its_value_beside_its_target(door: Console) -> None:
    page = said((await (await door.person("sara", Role.SUPERVISOR)).get(PAGE)).text)
    assert "Contactabilidad 60,0 %" in page
    assert "Nivel de servicio 75,0 % por vigilar" in page
    assert "Personas satisfechas 86,7 % malo" in page
    assert "Retención Sin datos Sin datos: falta registrar contratos renovados" in page
    assert "llamadas efectivas / llamadas realizadas" in page


async def test_of_a_campaign_those_that_have_one_are_shown(door: Console) -> None:
    sara = await door.person("sara", Role.SUPERVISOR)
    page = said((await sara.get(PAGE, params={"of": f"campaign:{MANTENIMIENTO}"})).text)
    assert "Contactabilidad 60,0 %" in page
    assert "Nivel de servicio" not in page
    yesterday = (door.handed.clock.now() - timedelta(days=40)).date()
    page = said((await sara.get(PAGE, params={"from": yesterday, "to": yesterday})).text)
    assert "Contactabilidad –" in page


async def test_one_is_told_apart_and_shows_the_rows_behind_page_after_page(door: Console) -> None:
    aura = await door.person("aura", Role.AUDITOR)
    page = (await aura.get(f"{PAGE}/contact_rate", params={"by": "brand"})).text
    assert {"Kia", "Mazda", "Renault"} <= set(said(page).split())
    assert page.count("<code>") == 50
    (following,) = re.findall(r'href="([^"]+after=[^"]+)"', page)
    page = (await aura.get(f"{PAGE}/contact_rate{following.replace('&amp;', '&')}")).text
    assert page.count("<code>") == 10


async def test_agents_and_campaigns_are_called_by_their_names(door: Console) -> None:
    sara = await door.person("sara", Role.SUPERVISOR)
    page = said((await sara.get(f"{PAGE}/contact_rate", params={"by": "agent"})).text)
    assert "agente-" not in page
    assert "Mantenimiento de noviembre" in page


async def test_by_what_it_has_no_answer_it_is_not_offered_to_be_told_apart(door: Console) -> None:
    sara = await door.person("sara", Role.SUPERVISOR)
    page = (await sara.get(f"{PAGE}/csat", params={"of": "queue:soporte"})).text
    assert re.findall("by=([a-z]+)", page) == ["survey", "day", "month"]
    page = (await sara.get(f"{PAGE}/csat")).text
    assert {"agent", "queue", "hour"} < set(re.findall("by=([a-z]+)", page))


async def test_while_everything_is_counted_anew_the_page_says_so(door: Console) -> None:
    await door.store.kpi.rebuild()
    answer = await (await door.person("sara", Role.SUPERVISOR)).get(PAGE)
    assert answer.status_code == 503


async def test_what_there_is_not_is_refused(door: Console) -> None:
    sara = await door.person("sara", Role.SUPERVISOR)
    for path in ("/nada", "/asa?by=brand", "?of=campaign:NO", "?from=ayer"):
        assert (await sara.get(f"{PAGE}{path}")).status_code == 422, path
