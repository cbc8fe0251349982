"""Prompts are made once, of a recording or a voice, and are whole or not there."""

import json
import wave
from pathlib import Path

import numpy as np
import pytest

from audio.finishing import Speech
from audio.g711 import alaw_of
from audio.prompts import Prompt, build, check, sound_of
from cti_api.errors import InputError, StoreUnavailable


class Voice:
    def __init__(self, identity: str = "somebody") -> None:
        self.identity = identity
        self.said: list[str] = []

    async def say(self, text: str) -> Speech:
        self.said.append(text)
        return Speech(16000, 0.1 * np.sin(np.arange(4000 + 100 * len(text)) / 5))


WELCOME, MENU = Prompt(name="bienvenida", text="Bienvenido."), Prompt(name="menu", text="Diga qué necesita.")


@pytest.fixture
def voice() -> Voice:
    return Voice()


def recorded(path: Path, hz: float = 300) -> Path:
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(44100)
        sound.writeframes(np.rint(8000 * np.sin(np.arange(22050) * 2 * np.pi * hz / 44100)).astype("<i2").tobytes())
    return path


async def test_a_prompt_becomes_two_files_of_the_same_sound(tmp_path, voice):
    told: list[tuple[int, int]] = []
    made = await build([WELCOME, MENU], tmp_path / "new" / "folder", voice, lambda done, of: told.append((done, of)))
    assert [(each.name, each.source, each.anew) for each in made] == [
        ("bienvenida", "somebody", True),
        ("menu", "somebody", True),
    ]
    pcm = sound_of(tmp_path / "new" / "folder", "menu")
    assert (tmp_path / "new" / "folder" / "menu.alaw").read_bytes() == alaw_of(pcm)
    assert made[1].seconds == len(pcm) / 16000
    assert told == [(0, 2), (1, 2), (2, 2)]


async def test_what_is_there_already_is_not_made_again(tmp_path, voice):
    await build([WELCOME, MENU], tmp_path, voice)
    again = await build([WELCOME, MENU], tmp_path, voice)
    assert [each.anew for each in again] == [False, False]
    assert voice.said == [WELCOME.text, MENU.text]


async def test_another_text_or_voice_makes_a_prompt_anew(tmp_path, voice):
    await build([WELCOME, MENU], tmp_path, voice)
    changed = await build([Prompt(name="bienvenida", text="Buenas."), MENU], tmp_path, voice)
    assert [each.anew for each in changed] == [True, False]
    other = await build([MENU], tmp_path, Voice("somebody else"))
    assert [each.anew for each in other] == [True]


@pytest.mark.parametrize("what", ["menu.wav", "menu.alaw", "menu.json"])
@pytest.mark.parametrize("broken", [None, b"", b"\0" * 3000])
async def test_a_prompt_that_is_not_whole_any_more_is_made_anew(tmp_path, voice, what, broken):
    await build([MENU], tmp_path, voice)
    before = (tmp_path / what).read_bytes()
    (tmp_path / what).unlink() if broken is None else (tmp_path / what).write_bytes(broken)
    assert [each.anew for each in await build([MENU], tmp_path, voice)] == [True]
    assert (tmp_path / what).read_bytes() == before


async def test_a_recording_goes_before_the_voice_and_is_made_anew_when_it_changes(tmp_path, voice):
    prompt = Prompt(name="menu", text="Diga qué necesita.", file=recorded(tmp_path / "rec.wav"))
    folder = tmp_path / "out"
    assert [(each.source, each.anew) for each in await build([prompt], folder, voice)] == [("recording", True)]
    assert [each.anew for each in await build([prompt], folder, voice)] == [False]
    recorded(tmp_path / "rec.wav", hz=500)
    assert [each.anew for each in await build([prompt], folder, voice)] == [True]
    assert voice.said == []
    assert json.loads((folder / "menu.json").read_bytes())["text"] == "Diga qué necesita."


async def test_every_fault_is_named_before_anything_is_made(tmp_path, voice):
    prompts = [
        MENU,
        MENU,
        Prompt(name="../etc/passwd", text="x"),
        Prompt(name="vacio", text="  "),
        Prompt(name="falta", text="Hola", file=tmp_path / "none.wav"),
    ]
    with pytest.raises(InputError) as refused:
        await build(prompts, tmp_path / "out", voice)
    said = str(refused.value)
    for fault in (
        "prompts.menu: is there twice",
        "etc/passwd: a name has",
        "vacio: has neither",
        "falta.file: there is no",
    ):
        assert fault in said
    assert voice.said == [] and not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["", "Menu", "a/b", ".", "-a", "a" * 65, "a\n", "ñ"])
def test_names_that_would_be_odd_files_are_refused(name):
    with pytest.raises(InputError, match="a name has small letters"):
        check([Prompt(name=name, text="x")])


async def test_a_recording_that_is_no_sound_is_told_with_the_prompts_name(tmp_path, voice):
    silent = tmp_path / "rec.wav"
    with wave.open(str(silent), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(16000))
    with pytest.raises(InputError, match="The prompt menu cannot be made: it holds nothing but silence"):
        await build([Prompt(name="menu", file=silent)], tmp_path / "out", voice)


async def test_a_folder_that_cannot_be_written_is_said(tmp_path, voice):
    (tmp_path / "out").write_text("a file")
    with pytest.raises(StoreUnavailable, match="cannot be written"):
        await build([MENU], tmp_path / "out", voice)


async def test_a_prompt_made_by_something_else_is_not_played(tmp_path):
    recorded(tmp_path / "menu.wav")
    with pytest.raises(InputError, match="was not made by `vocero prompts build`"):
        sound_of(tmp_path, "menu")
    with pytest.raises(InputError, match="cannot be read"):
        sound_of(tmp_path, "none")


async def test_no_half_file_is_left(tmp_path, voice):
    await build([MENU], tmp_path, voice)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["menu.alaw", "menu.json", "menu.wav"]
