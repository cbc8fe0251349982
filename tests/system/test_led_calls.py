"""Callers at the real Asterisk, led through a tree: by keys and by words, and whatever becomes of the sound."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.support.answering import (
    ENTRY,
    NUMBER,
    Answering,
    AnsweringAsterisk,
    answering_asterisk,
    calling,
)
from tests.support.front_desk import FrontDesk, front_desk
from tests.support.incoming import WAIT_SECONDS, Caller
from tests.support.shift import until
from vocero.lab.asterisk import AsteriskProgram

pytestmark = pytest.mark.asterisk

AT_ONCE_SECONDS = 3.0
TREE = f"""\
tree: {ENTRY}
title: Recepción
timezone: America/Bogota
start: saludo
fallback: adios
words:
  no_input: [No le escuché.]
  no_match: [No le entendí.]
nodes:
  saludo: {{say: Gracias por llamar., then: menu}}
  menu:
    menu: ¿Qué necesita?
    choices:
      - {{key: 1, say: "Para un reclamo, 1.", phrases: [reclamo, un reclamo], then: linea}}
      - {{key: 2, say: "Para despedirse, 2.", phrases: [nada], then: adios}}
  linea:
    ask: Marque los cuatro números de su línea.
    kind: digits
    digits: 4
    into: linea
    then: turno
  turno: {{ticket: reclamo, with: [linea], into: turno, then: dicho, failed: adios}}
  dicho: {{say: "Su turno es {{turno:digits}}.", then: adios}}
  adios: {{hang_up: Hasta luego.}}
"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def there(
    asterisk_program: AsteriskProgram, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[AnsweringAsterisk]:
    async with answering_asterisk(asterisk_program, tmp_path_factory.mktemp("answering")) as asterisk:
        yield asterisk


@pytest.fixture
async def answering(there: AnsweringAsterisk) -> AsyncIterator[Answering]:
    async with calling(there, lively=True) as answering:
        yield answering


@pytest.fixture
async def desk(there: AnsweringAsterisk, tmp_path: Path) -> AsyncIterator[FrontDesk]:
    async with front_desk(tmp_path, (there.ports.agi, there.ports.sound), TREE) as desk:
        yield desk


async def over(call: Caller) -> None:
    async with asyncio.timeout(WAIT_SECONDS):
        await call.over.wait()


async def way(desk: FrontDesk) -> list[str]:
    (found, *_) = await desk.store.front_desk.latest()
    return [f"{left.node}.{left.way}" for left in await desk.store.front_desk.way_of(found.call.id)]


async def test_a_caller_presses_through_the_tree_and_gets_a_ticket(answering: Answering, desk: FrontDesk) -> None:
    call = await answering.callers.dial(NUMBER)
    await call.hears(0.3, within=AT_ONCE_SECONDS)
    await call.press("1")
    await call.press("2345")
    await over(call)
    expected = ["saludo.then", "menu.reclamo", "linea.then", "turno.then", "dicho.then", "adios."]

    async def on_record() -> bool:  # behind the call, where the store is slow
        return await way(desk) == expected

    await until(on_record, WAIT_SECONDS, "the call's way is on record")
