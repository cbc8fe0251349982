"""What callers hear comes from a file where there is one, and is said at once where there is none."""

from __future__ import annotations

import asyncio
import os
import wave
from pathlib import Path

import numpy as np
import pytest

from audio.finishing import Speech
from audio.pcm import seconds_of
from audio.prompts import Prompt, build
from audio.prompts import sound_of as made_of
from audio.speaker import Speaker
from cti_api.errors import InputError, Unreachable
from ivr.prompts import RECORDINGS, Sounds, name_of

MENU = "¿En qué le puedo ayudar?"


class Voice:
    """Says a text as a tone that lasts as long as the text has signs."""

    identity = "somebody"

    def __init__(self) -> None:
        self.said: list[str] = []
        self.away = False

    async def say(self, text: str) -> Speech:
        if self.away:
            raise Unreachable("the voice is away")
        self.said.append(text)
        await asyncio.sleep(0)
        return Speech(8000, 0.1 * np.sin(np.arange(2000 + 100 * len(text)) / 3))


@pytest.fixture
def voice() -> Voice:
    return Voice()


@pytest.fixture
def sounds(tmp_path: Path, voice: Voice) -> Sounds:
    return Sounds(tmp_path, Speaker(voice))


def recorded(path: Path, seconds: float) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        tone = 8000 * np.sin(np.arange(int(8000 * seconds)) / 3)
        sound.writeframes(np.rint(tone).astype("<i2").tobytes())


async def test_what_was_made_beforehand_is_played_and_not_said(tmp_path: Path, voice: Voice, sounds: Sounds) -> None:
    await build([Prompt(name=name_of(MENU), text=MENU)], tmp_path, voice)
    voice.away = True
    assert await sounds.sound_of(MENU) == made_of(tmp_path, name_of(MENU))


async def test_what_no_file_is_there_for_is_said_at_once_with_its_figures_in_words(
    voice: Voice, sounds: Sounds
) -> None:
    assert len(await sounds.sound_of("Su turno es el 1 0 1.")) > 8000
    assert voice.said == ["Su turno es el uno, cero, uno."]


async def test_sixty_callers_at_once_are_said_the_same_text_by_few_voices(voice: Voice, sounds: Sounds) -> None:
    heard = await asyncio.gather(*(sounds.sound_of("Un momento.") for _ in range(60)))
    assert len(set(heard)) == 1
    assert len(voice.said) <= 2


async def test_a_recording_made_by_telephone_goes_before_all_else_and_is_heard_when_it_is_new(
    tmp_path: Path, voice: Voice, sounds: Sounds
) -> None:
    prompt = Prompt(name=name_of(MENU, "menu.wav"), text=MENU)
    await build([prompt], tmp_path, voice)
    path = tmp_path / RECORDINGS / "menu.wav"
    recorded(path, 1.0)
    assert abs(seconds_of(await sounds.sound_of(MENU, "menu.wav")) - 1.0) < 0.05
    recorded(path, 3.0)
    os.utime(path, (1, 1))  # another moment, whatever the clock's grain
    assert abs(seconds_of(await sounds.sound_of(MENU, "menu.wav")) - 3.0) < 0.05


async def test_a_recording_that_a_build_took_from_beside_the_tree_is_found(
    tmp_path: Path, voice: Voice, sounds: Sounds
) -> None:
    recorded(tmp_path / "beside.wav", 2.0)
    prompt = Prompt(name=name_of(MENU, "grabaciones/menu.wav"), text=MENU, file=tmp_path / "beside.wav")
    await build([prompt], tmp_path, voice)
    assert abs(seconds_of(await sounds.sound_of(MENU, "grabaciones/menu.wav")) - 2.0) < 0.05


async def test_recordings_that_differ_in_their_endings_are_two(tmp_path: Path, sounds: Sounds) -> None:
    recorded(tmp_path / RECORDINGS / "menu.wav", 1.0)
    recorded(tmp_path / RECORDINGS / "menu.mp3", 2.0)
    assert abs(seconds_of(await sounds.sound_of(MENU, "menu.mp3")) - 2.0) < 0.05


@pytest.mark.parametrize("content", [None, b"", b"no sound at all"])
async def test_a_recording_that_is_missing_or_broken_is_said_by_the_voice(
    tmp_path: Path, voice: Voice, sounds: Sounds, content: bytes | None
) -> None:
    if content is not None:
        (tmp_path / RECORDINGS).mkdir()
        (tmp_path / RECORDINGS / "menu.wav").write_bytes(content)
        (tmp_path / f"{name_of(MENU)}.wav").write_bytes(content)
    assert await sounds.sound_of(MENU, "menu.wav")
    assert voice.said == [MENU]


async def test_a_text_without_words_is_no_fault(sounds: Sounds, voice: Voice) -> None:
    assert await sounds.sound_of(" . ") == b""
    assert voice.said == []


async def test_what_can_be_said_in_no_way_is_told(tmp_path: Path, voice: Voice) -> None:
    with pytest.raises(Unreachable, match="apt-get install espeak-ng"):
        await Sounds(tmp_path, None).sound_of(MENU)
    voice.away = True
    with pytest.raises(Unreachable, match="the voice is away"):
        await Sounds(tmp_path, Speaker(voice)).sound_of(MENU)
    voice.away = False
    with pytest.raises(InputError, match="too long"):
        await Sounds(tmp_path, Speaker(LongWinded())).sound_of(MENU)


class LongWinded:
    identity = "nobody"

    async def say(self, text: str) -> Speech:
        raise InputError(f"{text!r} is too long")


async def test_a_disk_that_does_not_answer_keeps_no_caller_waiting(tmp_path: Path, voice: Voice) -> None:
    stalled = tmp_path / f"{name_of(MENU)}.wav"
    os.mkfifo(stalled)  # opening it waits until somebody writes
    try:
        assert await Sounds(tmp_path, Speaker(voice), read_seconds=0.05).sound_of(MENU)
    finally:
        writer = os.open(stalled, os.O_RDWR | os.O_NONBLOCK)
        stalled.unlink()
        os.close(writer)
    assert voice.said == [MENU]


async def test_what_stays_in_memory_has_a_bound(tmp_path: Path, voice: Voice) -> None:
    texts = [f"Opción número {letter}." for letter in "abcdef"]
    await build([Prompt(name=name_of(text), text=text) for text in texts], tmp_path, voice)
    sizes = [len(made_of(tmp_path, name_of(text))) for text in texts]
    sounds = Sounds(tmp_path, None, kept_bytes=2 * sizes[0])
    for text, size in zip(texts * 2, sizes * 2, strict=True):
        assert len(await sounds.sound_of(text)) == size
        assert sounds.kept_bytes <= 2 * sizes[0]
