"""P4 on the real Asterisk, end to end: each row of the routing table is reached, by keys and by voice (R4.3, R4.4)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from audio.finishing import finished
from audio.prompts import build
from audio.recognition_wire import Model
from audio.synthesis import EspeakNg
from cti_api.store.front_desk import StoredCall
from ivr.prompts import prompts_of_tree
from ivr.tree.case_file import Case, parse_cases
from ivr.tree.nodes import Queue
from ivr.tree.read import parse_tree
from ivr.tree.run_cases import run_case
from tests.support.answering import ENTRY, NUMBER, Answering, answering_asterisk, calling
from tests.support.front_desk import FrontDesk, front_desk
from tests.support.incoming import Caller
from tests.support.shift import LOOK_SECONDS, until
from tests.support.speech_models import WHISPER
from vocero.lab.asterisk import AsteriskProgram

pytestmark = pytest.mark.asterisk

FOLDER = Path(__file__).parents[2] / "examples" / "p4_front_desk"
ALWAYS_OPEN = {
    "tree: mesa-de-entrada": f"tree: {ENTRY}",
    "holidays: BO\n": "",
    "mon-fri: 08:00-18:30": "mon-sun: 00:00-24:00",
    "      sat: 09:00-13:00\n": "",
}
"""The test runs at any hour."""


def always_open() -> str:
    text = (FOLDER / "tree.yaml").read_text(encoding="utf-8")
    for shown, here in ALWAYS_OPEN.items():
        assert shown in text
        text = text.replace(shown, here)
    return text


TEXT = always_open()
TREE = parse_tree(TEXT)
CASES = parse_cases((FOLDER / "cases.yaml").read_text(encoding="utf-8"), TREE.timezone)
BY_KEYS = [case for case in CASES if case.name.endswith(": por teclas")]
BY_VOICE = [case for case in CASES if case.name.endswith(": por voz")]
THERE_SECONDS = 30.0
UNDERSTOOD_SECONDS = 8.0
"""After the last word: the pause that ends it, the recogniser on a busy machine, and what is said before the next
question."""

Opens = Callable[..., AbstractAsyncContextManager[FrontDesk]]


@pytest.fixture
async def answering(asterisk_program: AsteriskProgram, tmp_path: Path) -> AsyncIterator[Answering]:
    async with (
        answering_asterisk(asterisk_program, tmp_path / "asterisk") as there,
        calling(there, lively=True) as found,
    ):
        yield found


@pytest.fixture
def opens(answering: Answering, tmp_path: Path) -> Opens:
    """The front desk with its prompts made: the time for that is no caller's."""

    @asynccontextmanager
    async def opened(*models: Model) -> AsyncIterator[FrontDesk]:
        (tmp_path / "prompts").mkdir()
        await build(prompts_of_tree(TREE, FOLDER), tmp_path / "prompts", EspeakNg())
        ports = (answering.ivr_port, answering.ivr_port + 1)
        async with front_desk(tmp_path, ports, TEXT, models=models) as desk:
            yield desk

    return opened


async def led(desk: FrontDesk) -> dict[str, StoredCall]:
    """Every call, by the caller's number."""
    return {call.call.number: call for call in await desk.store.front_desk.latest()}


def desk_of(call: StoredCall) -> str:
    """As a case writes it: the queue that a call was handed to."""
    node = TREE.nodes[call.node]
    return f"queue {node.name}" if call.ending and isinstance(node, Queue) else call.node


async def handed_over(answering: Answering, desk: FrontDesk, callers: int) -> None:
    """Wait until so many calls are with a desk, cutting short what they are told before."""

    async def are_there() -> bool:
        if len([call for call in (await led(desk)).values() if call.ending]) == callers:
            return True
        async with asyncio.TaskGroup() as tasks:
            for call in answering.callers.calls:
                tasks.create_task(call.press("#"))
        return False

    await until(are_there, THERE_SECONDS, f"{callers} callers are handed over")


async def test_r4_3_fourteen_callers_at_once_key_their_way_to_each_desk_of_the_routing_table(
    answering: Answering, opens: Opens
) -> None:
    expected = {f"+5730011100{place:02d}": case.end for place, case in enumerate(BY_KEYS)}
    assert len(expected) == 14

    async def keyed(call: Caller, case: Case) -> None:
        await call.hears(0.1)
        for does in case.does:  # ahead of the prompts, as who knows the way does
            await call.press(does.what)

    async with opens() as desk:
        async with asyncio.TaskGroup() as tasks:
            for number, case in zip(expected, BY_KEYS, strict=True):
                call = await answering.callers.dial(NUMBER, user=number.removeprefix("+"))
                tasks.create_task(keyed(call, case))
        await handed_over(answering, desk, 14)
        assert {number: desk_of(call) for number, call in (await led(desk)).items()} == expected


@pytest.mark.long
@pytest.mark.timeout(900)
async def test_r4_3_fourteen_callers_say_their_way_to_each_desk_of_the_routing_table(
    answering: Answering, opens: Opens
) -> None:
    if not WHISPER.exists():
        pytest.skip("not run: there is no model of Whisper: make speech-models")
    expected = {f"+5730011100{place:02d}": case.end for place, case in enumerate(BY_VOICE)}
    assert len(expected) == 14
    found = {}
    async with opens(Model(recogniser="whisper", folder=WHISPER, language="es", threads=2)) as desk:
        for place, (number, case) in enumerate(zip(expected, BY_VOICE, strict=True), start=1):
            call = await answering.callers.dial(NUMBER, user=number.removeprefix("+"))
            await said(desk, call, number, case)
            await handed_over(answering, desk, place)
            call.hang_up()
            found[number] = desk_of((await led(desk))[number])
    assert found == expected


async def said(desk: FrontDesk, call: Caller, number: str, case: Case) -> None:
    """Say what the case says, each when it is asked for; who is asked back says yes, who is not understood repeats."""
    voice = EspeakNg("es-419+f3")
    for place, does in enumerate(case.does):
        passed = len(run_case(TREE, replace(case, does=case.does[:place])).path) - 1
        assert await left(desk, number, passed, THERE_SECONDS), f"{case.name}: «{does.what}» is not asked for"
        if does.what.isdecimal():
            await call.press(f"{does.what}#")
            continue
        for words in (does.what, "sí", does.what, "sí"):
            call.say(finished(await voice.say(words)))
            if await left(desk, number, passed + 1, UNDERSTOOD_SECONDS):
                break
        else:
            pytest.fail(f"{case.name}: «{does.what}» was not understood")


async def left(desk: FrontDesk, number: str, nodes: int, within_seconds: float) -> bool:
    """Whether this caller left so many nodes in time."""
    for _ in range(round(within_seconds / LOOK_SECONDS)):
        call = (await led(desk)).get(number)
        if call is not None and len(await desk.store.front_desk.way_of(call.call.id)) >= nodes:
            return True
        await asyncio.sleep(LOOK_SECONDS)
    return False
