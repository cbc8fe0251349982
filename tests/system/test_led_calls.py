"""Callers at the real Asterisk, led through a tree; and somebody who records what it says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio

from audio.pcm import RATE, floats_of
from cti_api.model.prompt_sessions import SessionState, WantedPrompt
from ivr.prompts import Sounds
from tests.support.answering import (
    ENTRY,
    NUMBER,
    RECORD_NUMBER,
    Answering,
    AnsweringAsterisk,
    answering_asterisk,
    calling,
)
from tests.support.front_desk import FrontDesk, front_desk
from tests.support.incoming import WAIT_SECONDS, Caller
from tests.support.shift import until
from tests.support.speech import line, spoken
from vocero.lab.asterisk import AsteriskProgram
from vocero.lab.sounds import linear

pytestmark = pytest.mark.asterisk

AT_ONCE_SECONDS = 3.0
SPEAKS_SECONDS = 0.8
"""Between two keys."""
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
  adios: {{hang_up: {{text: Hasta luego., file: adios.wav}}}}
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


def holds(heard: bytes, sound: bytes) -> bool:
    """Whether what was heard (A-law) has a quarter of a second of this sound in it."""
    values = np.array(linear(heard), dtype=np.float64)
    power = np.concatenate([[0.0], np.cumsum(values * values)])
    many = RATE // 4
    for start in range(RATE // 10, len(sound) // 2 - many, many // 2):
        part = floats_of(sound)[start : start + many]
        around = np.sqrt(np.maximum(power[many:] - power[:-many], 1.0)) * np.linalg.norm(part)
        if np.max(np.correlate(values, part, "valid") / around) > 0.95:
            return True
    return False


async def test_a_prompt_is_recorded_by_telephone_and_the_next_caller_hears_it(
    answering: Answering, desk: FrontDesk, tmp_path: Path
) -> None:
    session = desk.studio.open([WantedPrompt(file="adios.wav", text="Hasta luego.")])
    who = await answering.callers.dial(RECORD_NUMBER)
    await who.hears(0.3, within=AT_ONCE_SECONDS)
    await who.press(session.code)
    who.say(line(*[0.3, spoken("adiós y gracias")] * 30))  # all the time, whatever is being said to them

    async def kept() -> bool:
        await who.press("1", gap_seconds=SPEAKS_SECONDS)  # to the tone, to the end of the recording, and keep it
        return desk.studio.session(session.id).state is SessionState.DONE

    await until(kept, WAIT_SECONDS, "the prompt is kept")
    await over(who)
    sound = await Sounds(tmp_path / "prompts", None).sound_of("Hasta luego.", "adios.wav")

    call = await answering.callers.dial(NUMBER)
    await call.hears(0.3, within=AT_ONCE_SECONDS)
    await call.press("2")
    await over(call)
    assert holds(bytes(call.sound), sound)
    assert not holds(bytes(call.sound), sound[::-1]), "not just anything is taken for it"
