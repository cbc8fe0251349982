"""Talking with one caller on the wires: what they hear, what their keys and words come to, and what fails."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import cache
from pathlib import Path

import pytest

from audio import recognition
from audio.recognition_wire import Model
from ivr.call.asking import Ask, Flooded, Pressed, Recorded, Silent, Spoken
from ivr.call.leaving import Leaving
from ivr.call.talk import UNHURRIED, Talk
from ivr.tree.prompts import Piece
from ivr.tree.steps import BargeIn
from ivr.understanding.question import Kind, Question
from tests.support.leading import Said, leading
from tests.support.shift import until
from tests.support.speech import line, spoken
from tests.support.wired_caller import SOON, TONE, Voices, WiredCaller

AT_ONCE = BargeIn()
MENU = Question(kind=Kind.MENU, choices={"ventas": "v", "soporte": "s", "sleep": "x"})
FOUND_SECONDS = 1.5
"""For the thread that finds speech to have done so: some milliseconds, more on a machine that has no time for it."""
WHAT, WHICH = "¿Qué necesita?", "¿Cuál línea?"


def one_key(keys: str) -> bool:
    return len(keys) == 1


def never(keys: str) -> bool:
    return False


def asking(
    complete: Callable[[str], bool] = one_key,
    *,
    question: Question | None = None,
    wait_seconds: float = 5.0,
    between_keys_seconds: float = 3.0,
) -> Ask:
    return Ask(
        question=question,
        complete=complete,
        wait_seconds=wait_seconds,
        between_keys_seconds=between_keys_seconds,
    )


@cache
def word() -> bytes:
    return line(0.2, spoken("ventas"), 0.8)


async def talked(
    folder: Path,
    how: Callable[[Talk], Awaitable[Leaving | None]],
    does: Callable[[WiredCaller], Awaitable[None]],
    *,
    voices: Voices | None = None,
    models: tuple[Model, ...] = (),
    away: bool = False,
    plays: bool = True,
) -> tuple[Said, WiredCaller]:
    """One call: `how` it is led, and what the caller `does`."""
    said = Said(how)
    async with leading(said, folder, voices=voices, models=models) as led, led.caller(away=away, plays=plays) as caller:
        if not away:
            async with asyncio.timeout(SOON):
                await caller.sounding.wait()
        await does(caller)
        await caller.until_gone()
    return said, caller


async def nothing(caller: WiredCaller) -> None:
    pass


# ------------------------------------------------------------------ keys


async def test_a_key_is_an_answer_and_stops_the_prompt(tmp_path: Path) -> None:
    answers: list[object] = []

    async def how(talk: Talk) -> None:
        await talk.say([Piece(WHAT), Piece("Marque uno.")], AT_ONCE)
        answers.append(await talk.ask(asking()))

    async def does(caller: WiredCaller) -> None:
        await caller.hears(WHAT)
        caller.press("1")

    voices = Voices()
    voices.seconds[WHAT] = 30.0
    _, caller = await talked(tmp_path, how, does, voices=voices)
    assert (answers, caller.heard) == ([Pressed("1")], [WHAT])


async def test_keys_pressed_ahead_answer_the_next_question_too_and_its_prompt_is_not_said_to_the_end(
    tmp_path: Path,
) -> None:
    answers: list[object] = []

    async def how(talk: Talk) -> None:
        for text in (WHAT, WHICH):
            await talk.say([Piece(text)], AT_ONCE)
            answers.append(await talk.ask(asking()))
        await talk.say([Piece("Gracias.")], UNHURRIED)
        await talk.said()

    async def does(caller: WiredCaller) -> None:
        await caller.hears(WHAT)
        caller.press("12")

    voices = Voices()
    voices.seconds |= {WHAT: 30.0, WHICH: 30.0}
    _, caller = await talked(tmp_path, how, does, voices=voices)
    assert answers == [Pressed("1"), Pressed("2")]
    assert caller.heard[-1] == "Gracias."


async def test_keys_pressed_ahead_can_be_forgotten(tmp_path: Path) -> None:
    answers: list[object] = []

    async def how(talk: Talk) -> None:
        await talk.say([Piece(WHAT)], AT_ONCE)
        answers.append(await talk.ask(asking()))
        answers.append(talk.forget_keys())
        answers.append(await talk.ask(asking(wait_seconds=0.05)))

    async def does(caller: WiredCaller) -> None:
        await caller.hears(WHAT)
        caller.press("9123")

    assert (await talked(tmp_path, how, does))[1].heard == [WHAT]
    assert answers == [Pressed("9"), 3, Silent()]


async def test_of_a_thousand_keys_none_is_an_answer(tmp_path: Path) -> None:
    answers: list[object] = []

    async def how(talk: Talk) -> None:
        await talk.say([Piece(WHAT)], AT_ONCE)
        answers.append(await talk.ask(asking(never)))
        answers.append(await talk.ask(asking(wait_seconds=0.05)))

    async def does(caller: WiredCaller) -> None:
        await caller.hears(WHAT)
        caller.press("7" * 1000)

    await talked(tmp_path, how, does)
    flooded, then = answers
    assert isinstance(flooded, Flooded)
    assert flooded.count > 32
    assert then in (Silent(), Pressed("7"))


async def test_keys_that_stop_short_are_an_answer_after_a_pause(tmp_path: Path) -> None:
    answers: list[object] = []

    async def how(talk: Talk) -> None:
        answers.append(await talk.ask(asking(never, between_keys_seconds=0.1)))

    async def does(caller: WiredCaller) -> None:
        caller.press("12")

    await talked(tmp_path, how, does)
    assert answers == [Pressed("12")]


# ------------------------------------------------------------------ words


@pytest.fixture
def _fake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recognition, "CHILD", ("-m", "tests.support.fake_recogniser"))


HEARS = (Model(recogniser="vosk", folder=Path("says/ventas"), language="es"),)
ECHOES = (Model(recogniser="vosk", folder=Path("echoes"), language="es"),)


@pytest.mark.usefixtures("_fake")
async def test_words_are_an_answer_and_stop_the_prompt(tmp_path: Path) -> None:
    answers: list[object] = []

    async def how(talk: Talk) -> None:
        await talk.say([Piece(WHAT), Piece("O diga su motivo.")], AT_ONCE)
        answers.append(await talk.ask(asking(question=MENU)))

    async def does(caller: WiredCaller) -> None:
        await caller.hears(WHAT)
        caller.say(word())

    voices = Voices()
    voices.seconds[WHAT] = 30.0
    _, caller = await talked(tmp_path, how, does, voices=voices, models=HEARS)
    (answer,) = answers
    assert isinstance(answer, Spoken)
    assert answer.understood.value == "v"
    assert caller.heard == [WHAT]


@pytest.mark.usefixtures("_fake")
async def test_who_says_nothing_is_silent(tmp_path: Path) -> None:
    answers: list[object] = []

    async def how(talk: Talk) -> None:
        await talk.say([Piece(WHAT)], AT_ONCE)
        answers.append(await talk.ask(asking(question=MENU)))

    async def does(caller: WiredCaller) -> None:
        await caller.hears(WHAT)
        await asyncio.sleep(0.5)
        caller.be_silent(6)

    await talked(tmp_path, how, does, models=HEARS)
    assert answers == [Silent()]


@pytest.mark.usefixtures("_fake")
async def test_a_key_wins_over_words_that_are_being_said(tmp_path: Path) -> None:
    answers: list[object] = []

    async def how(talk: Talk) -> None:
        await talk.say([Piece(WHAT)], AT_ONCE)
        answers.append(await talk.ask(asking(question=MENU)))
        answers.append(await talk.ask(asking(wait_seconds=0.2)))

    async def does(caller: WiredCaller) -> None:
        await caller.hears(WHAT)
        caller.say(word()[:8000])
        caller.press("2")
        caller.say(word()[8000:])

    await talked(tmp_path, how, does, models=HEARS)
    assert answers == [Pressed("2"), Silent()], "and nothing of the words is left for the next question"


@pytest.mark.usefixtures("_fake")
async def test_a_key_is_taken_while_the_recogniser_is_late(tmp_path: Path) -> None:
    answers: list[object] = []
    sleeps = Question(kind=Kind.MENU, choices={"sleep": "s", "2": "x"})

    async def how(talk: Talk) -> None:
        await talk.say([Piece(WHAT)], AT_ONCE)
        answers.append(await talk.ask(asking(question=sleeps)))

    async def does(caller: WiredCaller) -> None:
        await caller.hears(WHAT)
        caller.say(word())
        await asyncio.sleep(FOUND_SECONDS)
        caller.press("1")

    await talked(tmp_path, how, does, models=ECHOES)
    assert answers == [Pressed("1")]


@pytest.mark.usefixtures("_fake")
async def test_a_recogniser_that_dies_over_an_answer_leaves_the_caller_not_understood_and_then_to_the_keys(
    tmp_path: Path,
) -> None:
    answers: list[object] = []
    dies = Question(kind=Kind.MENU, choices={"die": "d"})

    async def how(talk: Talk) -> None:
        await talk.say([Piece(WHAT)], AT_ONCE)
        answers.append(await talk.ask(asking(question=dies)))
        answers.append(await talk.ask(asking(question=dies)))

    async def does(caller: WiredCaller) -> None:
        await caller.hears(WHAT)
        caller.say(word())
        await until(lambda: bool(answers), SOON, "the first answer is known")
        caller.press("1")

    await talked(tmp_path, how, does, models=ECHOES)
    first, second = answers
    assert isinstance(first, Spoken)
    assert not first.understood.understood
    assert second == Pressed("1")


# ------------------------------------------------------------------ recording


async def recorded(folder: Path, does: Callable[[WiredCaller], Awaitable[None]]) -> object:
    answers: list[object] = []

    async def how(talk: Talk) -> None:
        answers.append(await talk.record(longest_seconds=10, silence_seconds=1.0))

    await talked(folder, how, does)
    return answers[0]


async def test_what_is_said_is_recorded_until_a_pause(tmp_path: Path) -> None:
    async def does(caller: WiredCaller) -> None:
        await caller.hears(TONE)
        caller.say(word())
        caller.be_silent(1.5)

    kept = await recorded(tmp_path, does)
    assert isinstance(kept, Recorded)
    assert len(kept.pcm) > len(word()) / 2


async def test_a_key_ends_a_recording(tmp_path: Path) -> None:
    async def does(caller: WiredCaller) -> None:
        await caller.hears(TONE)
        caller.say(word()[:-6400])
        await asyncio.sleep(FOUND_SECONDS)
        caller.press("5")

    assert isinstance(await recorded(tmp_path, does), Recorded)


async def test_a_key_before_a_word_is_the_answer_and_no_recording(tmp_path: Path) -> None:
    async def does(caller: WiredCaller) -> None:
        caller.press("5")

    assert await recorded(tmp_path, does) == Pressed("5")


async def test_who_hangs_up_in_the_middle_of_a_recording_has_said_what_they_said(tmp_path: Path) -> None:
    async def does(caller: WiredCaller) -> None:
        await caller.hears(TONE)
        caller.say(word()[:-6400])
        await asyncio.sleep(FOUND_SECONDS)
        await caller.leave()

    kept = await recorded(tmp_path, does)
    assert isinstance(kept, Recorded)
    assert len(kept.pcm) > 3200


# ------------------------------------------------------------------ what is said


async def test_everything_is_said_before_the_call_ends_also_before_a_piece_without_sound(tmp_path: Path) -> None:
    async def how(talk: Talk) -> None:
        await talk.say([Piece("Hasta luego."), Piece("…")], UNHURRIED)
        await talk.said()

    voices = Voices()
    voices.seconds |= {"Hasta luego.": 0.4, "…": 0.0}
    _, caller = await talked(tmp_path, how, nothing, voices=voices)
    assert caller.heard == ["Hasta luego."]
    assert caller.spoken_seconds("Hasta luego.") == pytest.approx(0.4)


async def test_a_prompt_that_cannot_be_said_is_a_tone_and_not_silence(tmp_path: Path) -> None:
    async def how(talk: Talk) -> None:
        await talk.say([Piece("Hasta luego.")], UNHURRIED)
        await talk.said()
        await talk.ask(asking(wait_seconds=0.1))

    voices = Voices()
    voices.unsayable.add("Hasta luego.")
    _, caller = await talked(tmp_path, how, nothing, voices=voices)
    assert caller.heard == [TONE]


# ------------------------------------------------------------------ without the sound


async def test_where_asterisk_does_not_find_our_files_the_dialplan_has_the_call(tmp_path: Path) -> None:
    async def how(talk: Talk) -> None:
        await talk.say([Piece(WHAT)], AT_ONCE)

    said, caller = await talked(tmp_path, how, nothing, away=True, plays=False)
    assert said.told == ["broken"]
    assert "VOCERO_NEXT" not in caller.variables


async def test_without_a_sound_server_the_call_goes_on_by_keys(tmp_path: Path) -> None:
    answers: list[object] = []

    async def how(talk: Talk) -> None:
        await talk.say([Piece(WHAT)], AT_ONCE)
        answers.append(await talk.ask(asking(question=MENU)))
        answers.append(await talk.record(longest_seconds=5, silence_seconds=1))

    async def does(caller: WiredCaller) -> None:
        caller.press("1")

    said, caller = await talked(tmp_path, how, does, away=True)
    assert (said.talks, answers, caller.heard) == (["OverKeys"], [Pressed("1"), Silent()], [WHAT])
    assert not [*tmp_path.glob("*")], "no file of the call is left"  # noqa: ASYNC240


async def test_by_keys_too_keys_ahead_are_kept_a_flood_is_none_and_silence_is_silence(tmp_path: Path) -> None:
    answers: list[object] = []

    async def how(talk: Talk) -> None:
        answers.append(await talk.ask(asking()))
        answers.append(await talk.ask(asking()))
        answers.append(await talk.ask(asking(never)))
        answers.append(await talk.ask(asking(wait_seconds=0.05)))

    async def does(caller: WiredCaller) -> None:
        caller.press("12" + "7" * 33)

    await talked(tmp_path, how, does, away=True)
    assert answers == [Pressed("1"), Pressed("2"), Flooded(33), Silent()]


async def test_a_sound_that_is_lost_in_the_middle_leaves_the_call_to_the_keys(tmp_path: Path) -> None:
    answers: list[object] = []

    async def how(talk: Talk) -> None:
        await talk.say([Piece(WHAT)], AT_ONCE)
        answers.append(await talk.ask(asking()))

    async def does(caller: WiredCaller) -> None:
        await caller.hears(WHAT)
        caller.cut_sound()
        caller.keys.append("3")

    said, caller = await talked(tmp_path, how, does)
    assert (said.talks, said.told, answers) == (["OverSound", "OverKeys"], [], [Pressed("3")])
    assert caller.heard == [WHAT, WHAT]


@pytest.mark.parametrize("away", [False, True])
async def test_who_hangs_up_is_gone(tmp_path: Path, away: bool) -> None:
    async def how(talk: Talk) -> None:
        await talk.say([Piece(WHAT)], AT_ONCE)
        await talk.ask(asking(never, wait_seconds=60))

    async def does(caller: WiredCaller) -> None:
        await caller.hears(WHAT)
        await caller.leave()

    said, _ = await talked(tmp_path, how, does, away=away)
    assert said.told == ["gone"]


async def test_what_leads_a_call_and_fails_leaves_it_to_the_dialplan(tmp_path: Path) -> None:
    async def how(talk: Talk) -> None:
        raise ZeroDivisionError

    said, caller = await talked(tmp_path, how, nothing)
    assert said.told == ["broken"]
    assert "VOCERO_NEXT" not in caller.variables
