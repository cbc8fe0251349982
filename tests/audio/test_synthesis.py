"""Voices made by programs, and programs that misbehave."""

import asyncio
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from audio.finishing import Speech
from audio.pcm import level, seconds_of
from audio.speaker import Speaker
from audio.synthesis import KOKORO_MODEL, KOKORO_VOICES, LONGEST_TEXT, EspeakNg, Kokoro
from cti_api.errors import InputError, SettingsError, Unreachable

SOON = 10.0


def program(folder: Path, does: str) -> None:
    """In the place of espeak-ng."""
    (folder / "espeak-ng").write_text(f"#!/bin/sh\n{does}\n")
    (folder / "espeak-ng").chmod(0o755)


def children() -> str:
    """The numbers of the programs that this process has started and not seen the end of."""
    return Path(f"/proc/self/task/{threading.main_thread().native_id}/children").read_text()


async def test_a_text_becomes_speech():
    speech = await EspeakNg().say("Buenos días")
    assert speech.rate == 22050
    assert 0.5 < len(speech.values) / speech.rate < 2.5
    assert 0.1 < np.abs(speech.values).max() <= 1


async def test_nothing_in_a_text_steers_the_voice():
    """Phonemes between brackets, marks, options."""
    voice = EspeakNg()
    plain = await voice.say("Luis x")
    for hostile in ("Luis [[x]]", "Luis <x>", "Luis \0\nx", "  Luis   {x}"):
        assert len((await voice.say(hostile)).values) == len(plain.values), hostile
    assert len((await voice.say("-f /etc/passwd")).values) / 22050 < 4


@pytest.mark.parametrize("text", ["", " \n", "[[]]", "¿?", "a" * (LONGEST_TEXT + 1)])
async def test_a_text_that_cannot_be_said_is_refused(text):
    with pytest.raises(InputError):
        await EspeakNg().say(text)


async def test_a_program_that_hangs_is_ended_at_the_deadline(tmp_path, monkeypatch):
    program(tmp_path, "exec sleep 60")
    before = children()
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    with pytest.raises(Unreachable, match=r"had said nothing after 0\.2 s"):
        await EspeakNg(deadline_seconds=0.2).say("hola")
    assert children() == before


async def test_a_voice_that_there_is_not_is_told_and_to_a_caller_it_only_does_not_come():
    with pytest.raises(SettingsError, match="'nadie' is no voice of espeak-ng"):
        await EspeakNg("nadie").say("hola")
    with pytest.raises(Unreachable, match="'nadie' is no voice of espeak-ng"):
        await Speaker(EspeakNg("nadie")).say("hola")


@pytest.mark.parametrize(
    ("does", "why"), [("echo no such voice >&2; exit 1", "no such voice"), ("exit 0", "no reason given")]
)
async def test_a_program_that_says_nothing_is_told_with_its_reason(tmp_path, monkeypatch, does, why):
    program(tmp_path, does)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    with pytest.raises(Unreachable, match=why):
        await EspeakNg().say("hola")


def test_without_espeak_ng_the_sentence_says_how_to_install_it(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SettingsError, match="apt-get install espeak-ng"):
        EspeakNg()


def test_a_voice_with_an_odd_name_is_refused():
    with pytest.raises(SettingsError, match="is no voice of espeak-ng"):
        EspeakNg("-f /etc/passwd")


def test_kokoro_says_what_it_lacks(tmp_path, monkeypatch):
    with pytest.raises(SettingsError, match="holds no kokoro-v1"):
        Kokoro(tmp_path)
    for file in (KOKORO_MODEL, KOKORO_VOICES):
        (tmp_path / file).touch()
    monkeypatch.setitem(sys.modules, "kokoro_onnx", None)
    with pytest.raises(SettingsError, match="pip install kokoro-onnx"):
        Kokoro(tmp_path)


class Tone:
    """A voice that counts what it says, and takes its time where it is told to."""

    identity = "tone"

    def __init__(self) -> None:
        self.said: list[str] = []
        self.at_once = self.most_at_once = 0
        self.may_end = asyncio.Event()
        self.may_end.set()

    async def say(self, text: str) -> Speech:
        self.said.append(text)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await self.may_end.wait()
        finally:
            self.at_once -= 1
        return Speech(16000, 0.1 * np.sin(np.arange(8000) / 5))


async def test_what_was_said_is_kept_and_ready_to_be_played():
    voice = Tone()
    speaker = Speaker(voice)
    first = await speaker.say("uno")
    assert await speaker.say("uno") is first
    assert voice.said == ["uno"]
    assert 0.45 < seconds_of(first) < 0.55 and level(first) == pytest.approx(-20, abs=1)


async def test_the_oldest_sayings_are_forgotten_where_there_are_too_many():
    voice = Tone()
    speaker = Speaker(voice, kept_bytes=20_000)
    for text in ("uno", "dos", "uno", "tres", "uno", "dos"):
        await speaker.say(text)
    assert voice.said == ["uno", "dos", "tres", "dos"]


async def test_a_voice_that_does_not_come_is_given_up_and_costs_no_turn():
    voice = Tone()
    voice.may_end.clear()
    speaker = Speaker(voice, deadline_seconds=0.05, at_once=1)
    with pytest.raises(Unreachable, match=r"had not come after 0\.05 s"):
        await speaker.say("uno")
    voice.may_end.set()
    assert await speaker.say("uno")


async def test_no_more_speak_at_once_than_may():
    voice = Tone()
    speaker = Speaker(voice, at_once=2, deadline_seconds=SOON)
    voice.may_end.clear()
    async with asyncio.TaskGroup() as tasks:
        for each in range(6):
            tasks.create_task(speaker.say("abcdef"[each]))
        await asyncio.sleep(0)
        voice.may_end.set()
    assert voice.most_at_once == 2
    assert sorted(voice.said) == list("abcdef")
