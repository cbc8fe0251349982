"""Callers led through a tree at the real Asterisk while things fail: whoever calls hears something within 3 s, and
nothing is left of a call 5 s after its end."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sqlite3
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from random import Random

import pytest
import pytest_asyncio

from audio import recognition
from audio.recognition_wire import Model
from tests.support.answering import ENTRY, NUMBER, Answering, AnsweringAsterisk, answering_asterisk, calling
from tests.support.cutting_proxy import CuttingProxy
from tests.support.front_desk import FrontDesk, front_desk
from tests.support.incoming import WAIT_SECONDS, Caller
from tests.support.shift import until
from tests.support.speech import line, spoken
from vocero.lab.asterisk import AsteriskProgram
from vocero.lab.ports import LOOPBACK

pytestmark = pytest.mark.asterisk

AT_ONCE_SECONDS = 3.0
GONE_SECONDS = 5.0
TREE = f"""\
tree: {ENTRY}
title: Recepción
timezone: America/Bogota
start: menu
fallback: adios
words:
  no_input: [No oigo.]
  no_match: [No entiendo.]
nodes:
  menu:
    menu: ¿Qué necesita?
    wait: 1 s
    choices:
      - {{key: 1, say: "Línea, 1.", phrases: [reclamo], then: linea}}
      - {{key: 2, say: "Adiós, 2.", phrases: [nada], then: adios}}
  linea: {{ask: Marque su línea., kind: digits, digits: 4, into: linea, then: turno}}
  turno: {{ticket: reclamo, with: [linea], into: turno, then: motivo, failed: adios}}
  motivo: {{ask: Cuéntenos., kind: open, longest: 2 s, into: motivo, then: adios}}
  adios: {{hang_up: Adiós.}}
"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def there(
    asterisk_program: AsteriskProgram, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[AnsweringAsterisk]:
    async with answering_asterisk(asterisk_program, tmp_path_factory.mktemp("failing")) as asterisk:
        yield asterisk


@pytest.fixture
async def answering(there: AnsweringAsterisk) -> AsyncIterator[Answering]:
    async with calling(there, lively=True) as answering:
        yield answering


@contextlib.asynccontextmanager
async def desk_of(
    there: AnsweringAsterisk, folder: Path, *, sound_told: int | None = None, models: tuple[Model, ...] = ()
) -> AsyncIterator[FrontDesk]:
    ports = (there.ports.agi, there.ports.sound)
    async with front_desk(folder, ports, TREE, sound_told=sound_told, models=models) as desk:
        yield desk
        await until(lambda: not left(), GONE_SECONDS, "no task of a call is left")


def left() -> list[str]:
    """Tasks of calls."""
    named = [task.get_name() for task in asyncio.all_tasks()]
    kinds = ("agi.call", "agi.handler", "agi.read", "audio.read", "audio.write", "ivr.sound", "ivr.heard", "ivr.key")
    return [name for name in named if name.startswith(kinds)]


async def over(call: Caller) -> None:
    async with asyncio.timeout(WAIT_SECONDS):
        await call.over.wait()


async def ways(desk: FrontDesk) -> set[str]:
    """Of the latest call."""
    (found, *_) = await desk.store.front_desk.latest()
    return {f"{one.node}.{one.way}" for one in await desk.store.front_desk.way_of(found.call.id)}


async def more_is_heard(call: Caller) -> None:
    """Within 3 s from now."""
    before = call.audible_seconds
    await until(lambda: call.audible_seconds > before + 0.2, AT_ONCE_SECONDS, "the caller hears more")


@contextlib.contextmanager
def sound_that_is(what: str) -> Iterator[int]:
    """A port at which the sound server should be."""
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        if what == "stalled":
            taken.listen()
        yield taken.getsockname()[1]


@pytest.mark.parametrize("what", ["away", "stalled"])
async def test_without_a_sound_server_callers_are_led_by_keys(
    there: AnsweringAsterisk, answering: Answering, tmp_path: Path, what: str
) -> None:
    with sound_that_is(what) as port:
        async with desk_of(there, tmp_path, sound_told=port) as desk:
            call = await answering.callers.dial(NUMBER)
            await call.hears(0.2, within=AT_ONCE_SECONDS)
            await call.press("2")
            await over(call)
            assert "menu.nada" in await ways(desk)


async def test_a_sound_that_is_cut_in_a_call_is_followed_by_the_same_question_by_keys(
    there: AnsweringAsterisk, answering: Answering, tmp_path: Path
) -> None:
    async with CuttingProxy(there.ports.sound) as proxy, desk_of(there, tmp_path, sound_told=proxy.port) as desk:
        call = await answering.callers.dial(NUMBER)
        await call.hears(0.2, within=AT_ONCE_SECONDS)
        proxy.cut()
        await more_is_heard(call)
        await call.press("2")
        await over(call)
        assert "menu.nada" in await ways(desk)


async def test_a_telephone_that_sends_no_sound_is_led_by_keys(there: AnsweringAsterisk, tmp_path: Path) -> None:
    async with desk_of(there, tmp_path) as desk, calling(there) as answering:
        call = await answering.callers.dial(NUMBER)
        await call.hears(0.2, within=AT_ONCE_SECONDS)
        await more_is_heard(call)
        await call.press("2")
        await over(call)
        assert "menu.nada" in await ways(desk)


async def test_connections_that_say_nothing_keep_no_caller_waiting(
    there: AnsweringAsterisk, answering: Answering, tmp_path: Path
) -> None:
    (tmp_path / "shared/.call-of-a-process-that-was-killed").mkdir(parents=True)
    async with desk_of(there, tmp_path):
        assert [*(tmp_path / "shared").glob(".*")] == []
        with contextlib.ExitStack() as stack:
            for port in (there.ports.agi, there.ports.sound):
                for _ in range(50):
                    stack.enter_context(socket.create_connection((LOOPBACK, port)))
            call = await answering.callers.dial(NUMBER)
            await call.hears(0.2, within=AT_ONCE_SECONDS)
            call.hang_up()


async def test_an_ivr_that_ends_in_the_middle_of_a_call_leaves_the_caller_to_the_fallback(
    there: AnsweringAsterisk, answering: Answering, tmp_path: Path
) -> None:
    async def answer(answers: asyncio.Event) -> None:
        async with front_desk(tmp_path, (there.ports.agi, there.ports.sound), TREE):
            answers.set()
            await asyncio.Event().wait()

    answers = asyncio.Event()
    serving = asyncio.create_task(answer(answers))
    await answers.wait()
    call = await answering.callers.dial(NUMBER)
    await call.hears(0.2, within=AT_ONCE_SECONDS)
    serving.cancel()
    await asyncio.wait((serving,))
    await more_is_heard(call)


async def test_a_store_that_is_locked_keeps_nobody_waiting(
    there: AnsweringAsterisk, answering: Answering, tmp_path: Path
) -> None:
    async with desk_of(there, tmp_path) as desk:
        first = await answering.callers.dial(NUMBER)
        await first.hears(0.1, within=AT_ONCE_SECONDS)
        first.hang_up()
        await over(first)
        locking = sqlite3.connect(tmp_path / "vocero.db", isolation_level=None)
        locking.execute("BEGIN IMMEDIATE")
        call = await answering.callers.dial(NUMBER)
        await call.hears(0.2, within=AT_ONCE_SECONDS)
        locking.close()
        call.hang_up()
        await over(call)
        assert await desk.store.front_desk.latest()


async def test_a_tree_that_was_never_published_leaves_the_caller_to_the_fallback(
    there: AnsweringAsterisk, answering: Answering, tmp_path: Path
) -> None:
    async with front_desk(tmp_path, (there.ports.agi, there.ports.sound)):
        call = await answering.callers.dial(NUMBER)
        await call.hears(0.2, within=AT_ONCE_SECONDS)
        call.hang_up()


async def test_a_recogniser_that_is_killed_in_mid_answer_has_the_caller_asked_again(
    there: AnsweringAsterisk, answering: Answering, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recognition, "CHILD", ("-m", "tests.support.fake_recogniser"))
    dies = Model(recogniser="vosk", folder=Path("says/die"), language="es")
    async with desk_of(there, tmp_path, models=(dies,)) as desk:
        call = await answering.callers.dial(NUMBER)
        await call.hears(0.2, within=AT_ONCE_SECONDS)
        call.say(line(0.1, spoken("reclamo", peak=0.8), 0.2))
        await until(lambda: not call.to_say, WAIT_SECONDS, "it is said")
        await more_is_heard(call)
        await call.press("2")
        await over(call)
        assert "menu.nada" in await ways(desk)


async def test_a_caller_who_floods_the_call_with_keys_is_led_to_the_end(
    there: AnsweringAsterisk, answering: Answering, tmp_path: Path
) -> None:
    async with desk_of(there, tmp_path):
        call = await answering.callers.dial(NUMBER)
        await call.hears(0.1, within=AT_ONCE_SECONDS)
        await call.press("9" * 20, gap_seconds=0.01)
        await over(call)


@pytest.mark.long
async def test_a_caller_who_never_says_anything_is_led_to_the_end(
    there: AnsweringAsterisk, answering: Answering, tmp_path: Path
) -> None:
    async with desk_of(there, tmp_path):
        call = await answering.callers.dial(NUMBER)
        async with asyncio.timeout(60):
            await call.over.wait()


async def leave_anywhere(
    there: AnsweringAsterisk, answering: Answering, folder: Path, callers: int, seconds: float, random: Random
) -> None:
    """So many call in this time, do something of what can be done, and hang up at some moment."""
    word = line(0.1, spoken("reclamo"), 0.3)

    async def call_and_leave(at: float, stays: float, does: str) -> None:
        await asyncio.sleep(at)
        call = await answering.callers.dial(NUMBER, f"57300{random.randrange(10**7):07d}")
        await asyncio.sleep(stays / 2)
        if call.answered.is_set():
            if does == "speaks":
                call.say(word)
            else:
                await call.press(does)
        await asyncio.sleep(stays / 2)
        call.hang_up()

    async with desk_of(there, folder) as desk:
        async with asyncio.TaskGroup() as tasks:
            for _ in range(callers):
                does = random.choice(["", "1", "1234512", "2", "speaks", "9"])
                tasks.create_task(call_and_leave(random.uniform(0, seconds), random.uniform(0, 2.0), does))
        await answering.quiet(GONE_SECONDS)
        await until(lambda: not left(), GONE_SECONDS, "no task of a call is left")
        calls = await desk.store.front_desk.latest(callers)
        assert len(calls) > callers * 0.6, "the others left before they were answered"
        assert [one for one in calls if one.ended_at is None] == []
        last = await answering.callers.dial(NUMBER)
        await last.hears(0.2, within=AT_ONCE_SECONDS)
        last.hang_up()


async def test_of_a_hundred_callers_who_leave_anywhere_in_the_tree_nothing_is_left(
    there: AnsweringAsterisk, answering: Answering, tmp_path: Path
) -> None:
    await leave_anywhere(there, answering, tmp_path, 100, 1.0, Random(5))


@pytest.mark.long
async def test_of_a_thousand_callers_who_leave_anywhere_in_the_tree_nothing_is_left(
    there: AnsweringAsterisk, answering: Answering, tmp_path: Path
) -> None:
    await leave_anywhere(there, answering, tmp_path, 1_000, 40.0, Random(7))
