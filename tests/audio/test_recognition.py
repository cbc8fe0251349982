"""A recogniser in a process of its own: whatever becomes of it, an answer comes in time."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from audio import recognition as module
from audio.recognise import OPEN, Grammar, Recognised
from audio.recognition import Limits, NotRecognised, Recognition, Why
from audio.recognition_wire import Model
from cti_api.clock import SystemClock
from cti_api.errors import SettingsError, Unreachable
from tests.support.fake_recogniser import DIE, ECHO, FAIL, HANG, NONSENSE, SLEEP
from tests.support.shift import until

FRAME = bytes(320)
FAKE = Model(recogniser="vosk", folder=Path("fake"))


@pytest.fixture(autouse=True)
def _fake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CHILD", ("-m", "tests.support.fake_recogniser"))


@pytest.fixture
async def recogniser() -> AsyncIterator[Recognition]:
    async with with_limits() as recognition:
        yield recognition


def with_limits(*, first_pause_seconds: float = 0.01, **limits: Any) -> Recognition:
    return Recognition(FAKE, SystemClock(), Limits(first_pause_seconds=first_pause_seconds, **limits))


async def said(recogniser: Recognition, *phrases: str, frames: int = 3) -> Recognised | NotRecognised:
    listening = recogniser.open(Grammar(phrases=phrases))
    for _ in range(frames):
        listening.feed(FRAME)
    return await listening.finish()


async def back(recogniser: Recognition) -> None:
    """Until its process is loaded once more."""
    await until(lambda: recogniser.ready, 20, "the recogniser is back")


async def test_what_was_fed_is_recognised_with_the_phrases_of_its_grammar(recogniser: Recognition) -> None:
    heard = await said(recogniser, ECHO, "sí")
    assert isinstance(heard, Recognised)
    assert heard.text == "960"
    assert [each.phrase for each in heard.phrases] == [ECHO, "sí"]


async def test_utterances_of_many_callers_do_not_mix(recogniser: Recognition) -> None:
    heard = await asyncio.gather(*(said(recogniser, ECHO, frames=count) for count in range(1, 40)))
    assert [each.text for each in heard if isinstance(each, Recognised)] == [str(320 * count) for count in range(1, 40)]


async def test_what_was_heard_so_far_is_there_before_the_end(recogniser: Recognition) -> None:
    listening = recogniser.open(Grammar(phrases=(ECHO,)))
    listening.feed(FRAME)
    await until(lambda: listening.partial == "320", 30, "something was heard")
    listening.close()
    assert await listening.finish() == NotRecognised(why=Why.LATE)


async def test_a_process_that_dies_takes_its_utterances_along_and_another_is_started(recogniser: Recognition) -> None:
    first = recogniser.process_id
    waiting = recogniser.open(Grammar(phrases=(ECHO,)))
    assert await said(recogniser, DIE) == NotRecognised(why=Why.AWAY)
    assert await waiting.finish() == NotRecognised(why=Why.AWAY)
    await back(recogniser)
    assert recogniser.process_id != first
    assert isinstance(await said(recogniser, ECHO), Recognised)


async def test_while_it_is_away_callers_are_told_at_once() -> None:
    async with with_limits(first_pause_seconds=0.5) as recogniser:
        assert recogniser.process_id is not None
        os.kill(recogniser.process_id, signal.SIGKILL)
        await until(lambda: not recogniser.ready, 30, "it is gone")
        assert await said(recogniser, ECHO) == NotRecognised(why=Why.AWAY)
        await back(recogniser)
        assert isinstance(await said(recogniser, ECHO), Recognised)


async def test_one_that_hangs_is_late_then_ended_and_begun_anew() -> None:
    async with with_limits(deadline_seconds=0.05, hung_seconds=0.1) as recogniser:
        first = recogniser.process_id
        assert await said(recogniser, HANG) == NotRecognised(why=Why.LATE)
        await until(lambda: recogniser.process_id != first and recogniser.ready, 20, "another is there")


async def test_one_that_is_only_slow_is_late_and_lives_on() -> None:
    async with with_limits(deadline_seconds=0.02) as recogniser:
        first = recogniser.process_id
        assert await said(recogniser, SLEEP, "0.2") == NotRecognised(why=Why.LATE)
        assert isinstance(await said(recogniser), Recognised), "a comment has more time"
        assert recogniser.process_id == first


async def test_one_that_talks_nonsense_is_begun_anew(recogniser: Recognition) -> None:
    first = recogniser.process_id
    assert await said(recogniser, NONSENSE) == NotRecognised(why=Why.AWAY)
    await back(recogniser)
    assert recogniser.process_id != first


async def test_a_failure_over_one_utterance_is_told_and_the_others_go_on(recogniser: Recognition) -> None:
    assert await said(recogniser, FAIL) == NotRecognised(why=Why.FAILED)
    assert isinstance(await said(recogniser, ECHO), Recognised)


async def test_more_utterances_than_it_may_have_are_refused() -> None:
    async with with_limits(most_utterances=2) as recogniser:
        open_ones = [recogniser.open(Grammar(phrases=(ECHO,))) for _ in range(3)]
        assert await open_ones[2].finish() == NotRecognised(why=Why.BUSY)
        for listening in open_ones:
            listening.close()
        assert isinstance(await said(recogniser, ECHO), Recognised)


async def test_a_process_that_does_not_read_fills_no_memory() -> None:
    async with with_limits(most_backlog_bytes=100_000) as recogniser:
        sleeping = asyncio.ensure_future(said(recogniser, SLEEP, "1"))
        await asyncio.sleep(0)
        listening = recogniser.open(Grammar(phrases=(ECHO,)))
        for _ in range(2000):
            listening.feed(FRAME)
        assert await listening.finish() == NotRecognised(why=Why.BUSY)
        assert isinstance(await sleeping, Recognised)


async def test_past_its_longest_an_utterance_is_not_listened_to() -> None:
    async with with_limits(most_utterance_bytes=640) as recogniser:
        heard = await said(recogniser, ECHO, frames=5)
        assert isinstance(heard, Recognised)
        assert heard.text == "640"


async def test_an_open_comment_has_more_time() -> None:
    async with with_limits(deadline_seconds=0.0) as recogniser:
        listening = recogniser.open(OPEN)
        listening.feed(FRAME)
        assert isinstance(await listening.finish(), Recognised)


async def test_words_the_model_does_not_know_are_named_in_one_warning(
    recogniser: Recognition, caplog: pytest.LogCaptureFixture
) -> None:
    assert await recogniser.missing(["ventas", "xavier", "xuxa"]) == ("xavier", "xuxa")
    (warning,) = [record for record in caplog.records if record.levelname == "WARNING"]
    assert warning.__dict__["words"] == "xavier, xuxa"
    caplog.clear()
    assert await recogniser.missing(["ventas"]) == ()
    assert caplog.records == []


async def test_without_its_model_it_does_not_start_and_says_why() -> None:
    with pytest.raises(SettingsError, match="no model here"):
        async with Recognition(Model(recogniser="vosk", folder=Path("refused")), SystemClock()):
            pass


async def test_a_process_that_dies_at_its_start_is_unreachable() -> None:
    with pytest.raises(Unreachable, match="dies"):
        async with Recognition(Model(recogniser="vosk", folder=Path("dies")), SystemClock()):
            pass


async def test_the_real_process_refuses_a_folder_without_a_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CHILD", ("-m", "audio.recognition_child"))
    for recogniser, words in (("vosk", "alphacephei"), ("whisper", "docs/speech.md")):
        with pytest.raises(SettingsError, match=words):
            async with Recognition(Model(recogniser=recogniser, folder=tmp_path), SystemClock()):
                pass


async def test_at_the_end_its_process_is_gone() -> None:
    async with Recognition(FAKE, SystemClock()) as recognition:
        process = recognition.process_id
    assert process is not None
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)
