"""Two recognisers as ears: the second is asked where the first is unsure, and whatever happens an answer comes."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import closing
from pathlib import Path

import pytest

from audio import recognition as module
from audio.recognition import Why
from audio.recognition_wire import Model
from cti_api.clock import SystemClock
from ivr.hearing import Hearing, hearing
from ivr.understanding.question import Kind, Question
from tests.support.shift import until

CLOCK = SystemClock()
FIRST = Model(recogniser="vosk", folder=Path("says"), language="es")
SECOND = Model(recogniser="whisper", folder=Path("says-too"), language="es")
FRAME = bytes(320)
MENU = Question(kind=Kind.MENU, choices={"ventas": "v", "soporte": "s", "die": "x"})


@pytest.fixture(autouse=True)
def _fake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CHILD", ("-m", "tests.support.fake_recogniser"))


def saying(model: Model, words: str) -> Model:
    """The fake's folder is what it hears, whatever it is fed."""
    return Model(recogniser=model.recogniser, folder=Path("says") / words)


async def answer(ears: Hearing, question: Question = MENU) -> tuple[object, str, Why | None]:
    with closing(ears.listen(question)) as answering:
        answering.feed(FRAME)
        heard = await answering.finish()
    return heard.understood.value, heard.by, heard.why


async def test_a_sure_first_opinion_is_enough() -> None:
    async with hearing([saying(SECOND, "soporte"), saying(FIRST, "ventas")], CLOCK) as ears:
        assert await answer(ears) == ("v", "vosk", None)


async def test_where_the_first_is_unsure_the_second_is_asked_about_the_same_sound() -> None:
    async with hearing([saying(FIRST, "bla bla"), saying(SECOND, "soporte")], CLOCK) as ears:
        assert await answer(ears) == ("s", "vosk+whisper", None)


async def test_a_first_that_dies_leaves_the_second_to_answer() -> None:
    async with hearing([saying(FIRST, "die"), saying(SECOND, "soporte")], CLOCK) as ears:
        assert await answer(ears) == ("s", "whisper", None)


async def test_a_second_that_dies_leaves_the_first_opinion() -> None:
    async with hearing([saying(FIRST, "bla bla"), saying(SECOND, "die")], CLOCK) as ears:
        assert await answer(ears) == (None, "vosk", None)


async def test_one_alone_hears_too_and_an_open_question_goes_to_whisper() -> None:
    comment = Question(kind=Kind.OPEN)
    async with hearing([saying(FIRST, "uno"), saying(SECOND, "todo muy bien")], CLOCK) as ears:
        assert await answer(ears, comment) == ("todo muy bien", "whisper", None)
    async with hearing([saying(SECOND, "ventas")], CLOCK) as ears:
        assert await answer(ears) == ("v", "whisper", None)


async def test_a_model_that_is_not_there_is_warned_of_and_done_without(caplog: pytest.LogCaptureFixture) -> None:
    async with hearing([Model(recogniser="vosk", folder=Path("refused")), saying(SECOND, "ventas")], CLOCK) as ears:
        assert ears.can_hear
        assert await answer(ears) == ("v", "whisper", None)
    (warning,) = [record for record in caplog.records if record.levelname == "WARNING"]
    assert warning.__dict__["why"] == "no model here"


async def test_without_any_callers_use_keys(caplog: pytest.LogCaptureFixture) -> None:
    async with hearing([], CLOCK) as ears:
        assert not ears.can_hear
        assert await answer(ears) == (None, "", Why.AWAY)
    assert "keys" in caplog.text


async def test_while_both_are_away_callers_are_told_at_once_and_later_heard_again() -> None:
    async with hearing([saying(FIRST, "ventas")], CLOCK) as ears:
        (recognition,) = ears._all
        assert recognition.process_id is not None
        os.kill(recognition.process_id, signal.SIGKILL)
        await until(lambda: not ears.can_hear, 30, "it is gone")
        assert await answer(ears) == (None, "vosk", Why.AWAY)
        await until(lambda: ears.can_hear, 20, "it is back")
        assert await answer(ears) == ("v", "vosk", None)


async def test_words_that_will_not_be_heard_are_named() -> None:
    async with hearing([saying(FIRST, "ventas")], CLOCK) as ears:
        strange = Question(kind=Kind.MENU, choices={"xerox": "x", "ventas": "v"})
        assert await ears.missing(strange) == ("xerox",)
        assert await ears.missing(Question(kind=Kind.OPEN)) == ()


async def test_an_answer_that_nobody_waits_for_leaves_nothing_behind() -> None:
    async with hearing([saying(FIRST, "ventas")], CLOCK) as ears:
        for _ in range(200):
            with closing(ears.listen(MENU)) as answering:
                answering.feed(FRAME)
        assert await answer(ears) == ("v", "vosk", None)
        assert len(asyncio.all_tasks()) <= 2  # the test and the keeper
