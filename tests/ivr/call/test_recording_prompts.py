"""Recording prompts on the wires: who keys the code reads each text, hears it again, and decides what is kept."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest

from audio.finishing import SPEECH_DBFS, loudness
from audio.pcm import floats_of, seconds_of
from cti_api.errors import Conflict
from cti_api.model.prompt_sessions import PromptSession, PromptState, SessionState, WantedPrompt
from ivr.call import led_recording as says
from ivr.call.studio import Studio
from ivr.prompts import RECORDINGS, Sounds
from tests.support.leading import CLOCK, leading
from tests.support.shift import until
from tests.support.speech import line, spoken
from tests.support.wired_caller import SOON, TONE, WiredCaller

HELLO = WantedPrompt(file="saludo.wav", text="Gracias por llamar.")
BYE = WantedPrompt(file="fin/adios.wav", text="Que le vaya bien.")


@cache
def read_aloud() -> bytes:
    """Somebody reads a text, and is silent for as long as ends it."""
    return line(0.4, spoken("gracias"), says.SILENCE_SECONDS + 0.5)


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    return Studio(tmp_path, ["6015550109"], CLOCK, Random(7))


@contextlib.asynccontextmanager
async def dialled(studio: Studio, folder: Path, *, away: bool = False) -> AsyncIterator[WiredCaller]:
    async with leading(studio, folder) as led, led.caller(away=away) as caller:
        if not away:
            async with asyncio.timeout(SOON):
                await caller.sounding.wait()
        yield caller


async def read(caller: WiredCaller, text: str, decides: str = "") -> None:
    """Read this once it is asked for, and decide as soon as it begins to be heard again; without a decision: listen."""

    await until(lambda: (text, TONE) in pairwise(caller.heard), SOON, f"{text!r} is to be read")
    caller.say(read_aloud())
    await caller.hears(says.SO_IT_SOUNDS if decides else says.CHOICES)
    caller.heard.clear()  # by chance a piece of what they read is as loud as a text
    caller.press(decides)


def decided(studio: Studio, session: PromptSession) -> tuple[SessionState, list[PromptState]]:
    now = studio.session(session.id)
    return now.state, [each.state for each in now.prompts]


async def test_what_is_read_is_heard_again_and_kept_levelled_and_the_next_caller_hears_it(
    studio: Studio, tmp_path: Path
) -> None:
    session = studio.open([HELLO, BYE])
    async with dialled(studio, tmp_path) as caller:
        caller.press(session.code + "#")
        await read(caller, HELLO.text, "2")
        await read(caller, HELLO.text)
        assert not (tmp_path / RECORDINGS).exists(), "nothing is kept unasked"
        caller.press("1")
        await read(caller, BYE.text, "3")
        await caller.until_gone()
    assert caller.heard[-1] == says.DONE
    assert decided(studio, session) == (SessionState.DONE, [PromptState.KEPT, PromptState.SKIPPED])
    sounds = Sounds(tmp_path, None)
    pcm = await sounds.sound_of(HELLO.text, HELLO.file)
    assert loudness(floats_of(pcm)) == pytest.approx(SPEECH_DBFS, abs=1.0)
    assert seconds_of(pcm) < seconds_of(read_aloud()) - says.SILENCE_SECONDS
    [kept] = await studio.recordings()
    assert (kept.file, kept.seconds) == (HELLO.file, round(seconds_of(pcm), 1))


async def test_who_has_no_code_is_told_goodbye_after_three(studio: Studio, tmp_path: Path) -> None:
    session = studio.open([HELLO])
    wrong = "000000" if session.code != "000000" else "111111"
    async with dialled(studio, tmp_path) as caller:
        for times in range(1, says.MOST_TRIES + 1):
            await caller.hears(says.WHICH_CODE, times=times)
            caller.press(wrong + "99")
            await caller.hears(says.WRONG, times=times)
        await caller.until_gone()
    assert caller.heard[-1] == says.GOODBYE
    assert HELLO.text not in caller.heard
    assert studio.session(session.id).wrong_codes == says.MOST_TRIES


async def test_who_hangs_up_goes_on_with_what_is_left_by_the_same_code(studio: Studio, tmp_path: Path) -> None:
    session = studio.open([HELLO, BYE])
    async with dialled(studio, tmp_path) as caller:
        caller.press(session.code)
        await read(caller, HELLO.text, "1")
        await caller.hears(BYE.text)
        await caller.leave()
    assert decided(studio, session) == (SessionState.OPEN, [PromptState.KEPT, PromptState.WAITING])
    async with dialled(studio, tmp_path) as caller:
        caller.press(session.code)
        await read(caller, BYE.text, "1")
        await caller.until_gone()
    assert decided(studio, session) == (SessionState.DONE, [PromptState.KEPT] * 2)
    assert [each.file for each in await studio.recordings()] == [BYE.file, HELLO.file]


async def test_what_cannot_be_written_is_told_and_stays_as_it_was(studio: Studio, tmp_path: Path) -> None:
    (tmp_path / RECORDINGS).write_bytes(b"")  # a file where the folder belongs
    session = studio.open([HELLO])
    async with dialled(studio, tmp_path) as caller:
        caller.press(session.code)
        await read(caller, HELLO.text, "1")
        await caller.hears(says.NOT_KEPT)
        caller.press("3")
        await caller.until_gone()
    assert decided(studio, session) == (SessionState.DONE, [PromptState.SKIPPED])


async def test_where_the_sound_is_lost_nothing_can_be_recorded_and_the_code_stays_valid(
    studio: Studio, tmp_path: Path
) -> None:
    session = studio.open([HELLO])
    async with dialled(studio, tmp_path) as caller:
        caller.press(session.code)
        await caller.hears(HELLO.text)
        caller.cut_sound()
        await caller.until_gone()
    assert caller.heard[-1] == says.LOST
    assert decided(studio, session)[0] is SessionState.OPEN


async def test_where_there_never_was_sound_the_caller_is_told_so(studio: Studio, tmp_path: Path) -> None:
    session = studio.open([HELLO])
    async with dialled(studio, tmp_path, away=True) as caller:
        caller.press(session.code)
        await caller.until_gone()
    assert caller.heard.count(says.NOT_HEARD) == says.MOST_TRIES
    assert caller.heard[-1] == says.LATER
    await until(lambda: decided(studio, session)[0] is SessionState.OPEN, SOON, "the code is valid still")


async def test_where_no_number_leads_there_it_is_said_how_one_is_made(tmp_path: Path) -> None:
    with pytest.raises(Conflict, match="entry: record"):
        Studio(tmp_path, [], CLOCK, Random(7)).open([HELLO])
