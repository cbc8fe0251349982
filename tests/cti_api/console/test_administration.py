"""The pages of the administration, with something on each: whoever may look sees it, and no button is in vain."""

from __future__ import annotations

import json
import re
from html import unescape

import pytest

from cti_api.access.actors import Role
from cti_api.access.matrix import MATRIX
from cti_api.web.handed import Handed
from tests.support.console import ORIGIN, Console, console, console_app
from tests.support.dialer_port import QuietDialer, pacing_decision
from tests.support.full_floor import fill, furnish, pages


@pytest.fixture
async def door(handed: Handed, dialer: QuietDialer):  # type: ignore[no-untyped-def]
    """Something of everything is there."""
    await fill(dialer, 5)
    now = handed.clock.now()
    dialer.decisions = [pacing_decision(now), pacing_decision(now, "abandonment_budget", budget_left=None)]
    await furnish(handed.store, now)
    async with console(console_app(), handed) as opened:
        yield opened


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.ADMIN, Role.AUDITOR])
async def test_each_page_shows_what_is_there_and_only_what_they_may_do(door: Console, role: Role) -> None:
    client = await door.person("ada", role)
    rules = [(rule, re.compile(re.sub(r"\{[\w:]+\}", "[^/]+", rule.path) + "$")) for rule in MATRIX]
    asked = 0
    for path, roles in (await pages(door.store)).items():
        answer = await client.get(f"{ORIGIN}{path}")
        if role not in roles:
            assert answer.status_code == 403, path
            continue
        assert answer.status_code == 200, path
        assert "style=" not in answer.text, path
        assert re.search('<main id="content"[^>]* inert>', answer.text), path  # until its code is there
        for operation in re.findall(r'data-send="([^"]+)"', answer.text):
            method, place = operation.replace(":id", "x").split(" ")
            found = [rule for rule, pattern in rules if rule.method == method and pattern.match(f"/api/v1{place}")]
            assert found, operation
            assert role in found[0].roles, operation
            asked += 1
        for body in re.findall(r'data-body="([^"]*)"', answer.text):
            assert isinstance(json.loads(unescape(body)), dict), body
    assert asked == 0 if role is Role.AUDITOR else asked >= 3


async def test_a_campaign_shows_why_it_calls_and_what_it_is_made_of(door: Console) -> None:
    page = (await (await door.person("ada", Role.ADMIN)).get(f"{ORIGIN}/administracion/campanas/mantenimiento")).text
    assert "Otra llamada podría dejar a alguien sin agente." in page
    assert "El límite de abandono no permite más." in page
    assert "Una llamada" in page or "Progresivo" in page
    assert "caller_id: &#34;+576015550100&#34;" in page


async def test_what_somebody_wrote_is_text_and_never_markup(door: Console) -> None:
    ada = await door.person("ada", Role.ADMIN)
    await ada.patch("/agents/agente-1", json={"name": "<script>alert(1)</script>"})
    for path in ("/administracion/agentes", "/administracion/agentes/agente-1"):
        page = (await ada.get(f"{ORIGIN}{path}")).text
        assert "<script>alert" not in page
        assert "&lt;script&gt;" in page


async def test_the_audit_says_whether_its_chain_holds(door: Console) -> None:
    ada = await door.person("ada", Role.ADMIN)
    await ada.post("/campaigns/renovaciones/start")
    page = (await ada.get(f"{ORIGIN}/administracion/auditoria")).text
    assert "La cadena está completa hasta la fila 1." in page
    assert "POST /campaigns/{campaign_id}/start" in page


async def test_whoever_is_sent_to_the_administration_begins_with_what_is_used_most(door: Console) -> None:
    answer = await (await door.person("ada", Role.ADMIN)).get(f"{ORIGIN}/administracion")
    assert (answer.status_code, answer.headers["location"]) == (303, "/administracion/campanas")
    assert (await (await door.person("sara", Role.SUPERVISOR)).get(f"{ORIGIN}/tablero")).status_code == 200
