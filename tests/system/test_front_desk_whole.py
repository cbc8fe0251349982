"""P4 on the real Asterisk, end to end: each row of the routing table is reached, by keys and by voice (R4.3, R4.4)."""

from __future__ import annotations

import asyncio
import csv
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from audio.finishing import finished
from audio.g711 import alaw_of
from audio.prompts import build, sound_of
from audio.recognition_wire import Model
from audio.synthesis import EspeakNg
from cti_api.clock import SystemClock
from cti_api.look_up_settings import LookUpSettings
from cti_api.store.front_desk import StoredCall
from ivr.look_ups.configured import specs_of
from ivr.look_ups.look_ups import LookUps
from ivr.prompts import name_of, prompts_of_tree
from ivr.tree.case_file import Case, parse_cases
from ivr.tree.nodes import Choice, Menu, Queue
from ivr.tree.prompts import filled
from ivr.tree.read import parse_tree
from ivr.tree.run_cases import Way, run_case
from tests.support.answering import NUMBER, Answering, answering_asterisk, calling
from tests.support.front_desk import FrontDesk, front_desk
from tests.support.incoming import Caller
from tests.support.shift import LOOK_SECONDS, until
from tests.support.speech_models import WHISPER
from vocero.lab.asterisk import AsteriskProgram
from vocero.lab.front_desk import TREE_FILE, always_open
from vocero.lab.help_desk import HelpDesk

pytestmark = pytest.mark.asterisk

FOLDER = TREE_FILE.parent
TEXT = always_open()
TREE = parse_tree(TEXT)
CASES = parse_cases((FOLDER / "cases.yaml").read_text(encoding="utf-8"), TREE.timezone)
BY_KEYS = [case for case in CASES if case.name.endswith(": por teclas")]
BY_VOICE = [case for case in CASES if case.name.endswith(": por voz")]
THERE_SECONDS = 30.0
UNDERSTOOD_SECONDS = 8.0
"""After the last word: the pause that ends it, the recogniser on a busy machine, and what is said before the next
question."""

CLOCK = SystemClock()
WITH_ACCOUNT = 11
"""Rows before whose desk the account is looked at."""
Opens = Callable[..., AbstractAsyncContextManager[FrontDesk]]


@pytest.fixture
async def answering(asterisk_program: AsteriskProgram, tmp_path: Path) -> AsyncIterator[Answering]:
    async with (
        answering_asterisk(asterisk_program, tmp_path / "asterisk") as there,
        calling(there, lively=True) as found,
    ):
        yield found


@pytest.fixture
def billing() -> Iterator[HelpDesk]:
    with HelpDesk(date(2026, 11, 25)) as serving:
        yield serving


@pytest.fixture
def opens(answering: Answering, billing: HelpDesk, tmp_path: Path) -> Opens:
    """The front desk with its prompts made: the time for that is no caller's. It asks `billing` for accounts."""
    asked = specs_of({name: LookUpSettings(**each) for name, each in billing.look_ups.items()})

    @asynccontextmanager
    async def opened(text: str, *models: Model) -> AsyncIterator[FrontDesk]:
        (tmp_path / "prompts").mkdir()
        await build(prompts_of_tree(TREE, FOLDER), tmp_path / "prompts", EspeakNg())
        ports = (answering.ivr_port, answering.ivr_port + 1)
        async with (
            LookUps(asked, CLOCK) as look_ups,
            front_desk(tmp_path, ports, text, models=models, look_ups=look_ups) as desk,
        ):
            yield desk

    return opened


async def led(desk: FrontDesk) -> dict[str, StoredCall]:
    """Every call, by the caller's number."""
    return {call.call.number: call for call in await desk.store.front_desk.latest()}


def desk_of(call: StoredCall) -> str:
    """As a case writes it: the queue that a call was handed to."""
    node = TREE.nodes[call.node]
    return f"queue {node.name}" if call.ending and isinstance(node, Queue) else call.node


def queued(answering: Answering) -> dict[str, str]:
    """In which queue each channel came to wait, by Asterisk's own journal."""
    if not answering.asterisk.journal.exists():
        return {}
    with answering.asterisk.journal.open(newline="") as file:
        rows = [row for row in csv.reader(file) if row and row[0] == "VOCERO_QUEUED"]
    return {row[2]: re.findall(r"queue=([a-z0-9-]+)", row[-1])[0] for row in rows}


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
    answering: Answering, opens: Opens, billing: HelpDesk
) -> None:
    expected = {f"+5730011100{place:02d}": case.end for place, case in enumerate(BY_KEYS)}
    assert len(expected) == 14

    async def keyed(call: Caller, case: Case) -> None:
        await call.hears(0.1)
        for does in case.does:  # ahead of the prompts, as who knows the way does
            await call.press(does.what)

    async with opens(TEXT) as desk:
        async with asyncio.TaskGroup() as tasks:
            for number, case in zip(expected, BY_KEYS, strict=True):
                call = await answering.callers.dial(NUMBER, user=number.removeprefix("+"))
                tasks.create_task(keyed(call, case))
        await handed_over(answering, desk, 14)
        calls = await led(desk)
        assert {number: desk_of(call) for number, call in calls.items()} == expected
        await until(lambda: len(queued(answering)) == 14, THERE_SECONDS, "Asterisk's journal has them all in a queue")
        channels = queued(answering)
        assert {number: f"queue {channels[call.call.channel_id]}" for number, call in calls.items()} == expected
    assert billing.asked.total() == WITH_ACCOUNT  # R4.4


@pytest.mark.long
@pytest.mark.timeout(900)
async def test_r4_3_fourteen_callers_say_their_way_to_each_desk_of_the_routing_table(
    answering: Answering, opens: Opens, tmp_path: Path
) -> None:
    if not WHISPER.exists():
        pytest.skip("not run: there is no model of Whisper: make speech-models")
    expected = {f"+5730011100{place:02d}": case.end for place, case in enumerate(BY_VOICE)}
    assert len(expected) == 14
    found = {}
    async with opens(TEXT, Model(recogniser="whisper", folder=WHISPER, threads=2)) as desk:
        for place, (number, case) in enumerate(zip(expected, BY_VOICE, strict=True), start=1):
            call = await answering.callers.dial(NUMBER, user=number.removeprefix("+"))
            await said(desk, call, number, case, tmp_path / "prompts")
            await handed_over(answering, desk, place)
            call.hang_up()
            found[number] = desk_of((await led(desk))[number])
    assert found == expected


async def said(desk: FrontDesk, call: Caller, number: str, case: Case, prompts: Path) -> None:
    """Say what the case says, each when it is asked for; who is asked back says whether it is right, and who is not
    understood says it in other words."""
    voice = EspeakNg()
    for place, does in enumerate(case.does):
        before, after = (run_case(TREE, replace(case, does=case.does[:until_])) for until_ in (place, place + 1))
        node, passed = before.path[-1], len(before.path) - 1
        assert await left(desk, number, passed, THERE_SECONDS), f"{case.name}: «{does.what}» is not asked for"
        if does.what.isdecimal():
            await call.press(f"{does.what}#")
            continue
        menu = TREE.nodes[node]
        assert isinstance(menu, Menu)
        (meant,) = (choice for choice in menu.question.choices if Way(node, choice.value) in after.ways)
        questions = {choice: asked_back(choice, prompts) for choice in menu.question.choices}
        for words in (does.what, *meant.phrases[: menu.question.tries - 1]):
            heard = len(call.sound)
            call.say(finished(await voice.say(words)))
            for _ in range(round(UNDERSTOOD_SECONDS / LOOK_SECONDS)):
                if await is_left(desk, number, passed + 1):
                    break
                asked = next((choice for choice, sound in questions.items() if sound in call.sound[heard:]), None)
                if asked is not None:
                    heard = len(call.sound)
                    call.say(finished(await voice.say("sí" if asked == meant else "no")))
                await asyncio.sleep(LOOK_SECONDS)
            else:
                continue
            break


def asked_back(choice: Choice, prompts: Path) -> bytes:
    """What a caller hears who is asked whether that was meant: the first second and a half, A-law."""
    (piece,) = filled(TREE.confirm, {"heard": choice.shown})
    return alaw_of(sound_of(prompts, name_of(piece.text)))[:12_000]


async def left(desk: FrontDesk, number: str, nodes: int, within_seconds: float) -> bool:
    """Whether this caller left so many nodes in time."""
    for _ in range(round(within_seconds / LOOK_SECONDS)):
        if await is_left(desk, number, nodes):
            return True
        await asyncio.sleep(LOOK_SECONDS)
    return False


async def is_left(desk: FrontDesk, number: str, nodes: int) -> bool:
    call = (await led(desk)).get(number)
    return call is not None and len(await desk.store.front_desk.way_of(call.call.id)) >= nodes
