"""Voices made by programs: espeak-ng, small and always at hand, and Kokoro, which sounds like a person.

espeak-ng is run as a program (it is GPL-3 and stays one), with a deadline. Kokoro (Apache-2.0) takes about as long as
it speaks, so it is for prompts made beforehand; its packages and its model are installed by whoever wants it.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import struct
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np

from audio.finishing import Speech
from audio.pcm import FULL_SCALE
from cti_api.errors import InputError, SettingsError, Unreachable

LONGEST_TEXT: Final = 2_000
"""Signs: two minutes of speech."""
ESPEAK_SECONDS: Final = 10.0
"""It takes 0.05 s for ten of speech."""
NO_VOICE: Final = b"voice does not exist"
"""How it says that it has none of that name."""
_WAV_HEADER: Final = struct.Struct("<4xI4x4xIHHIIHH4xI")
_STEERING: Final = re.compile(r"[\[\]{}<>\\\x00-\x1f\x7f-\x9f]+")
"""espeak-ng reads phonemes between brackets and marks between angles; no text of ours has either."""
KOKORO_MODEL, KOKORO_VOICES = "kokoro-v1.0.int8.onnx", "voices_es.npz"


class Voice(Protocol):
    """Says a text."""

    @property
    def identity(self) -> str:
        """Who speaks and how: as long as it stays, so does what a text becomes."""
        ...

    async def say(self, text: str) -> Speech:
        """Raises `InputError` for a text that cannot be said, `SettingsError` where there is no such voice, and
        `Unreachable` when it does not come."""
        ...


class EspeakNg:
    """espeak-ng. Raises `SettingsError` where it is not installed."""

    def __init__(
        self, name: str = "es-419", *, words_a_minute: int = 150, deadline_seconds: float = ESPEAK_SECONDS
    ) -> None:
        """`name`: one of ``espeak-ng --voices=es``, with a variant if wanted: ``es-419+f3``."""
        self._name, self._words, self._deadline = name, words_a_minute, deadline_seconds
        program = shutil.which("espeak-ng")
        if program is None:
            raise SettingsError("espeak-ng, which speaks the prompts, is not installed: apt-get install espeak-ng")
        if not re.fullmatch(r"[A-Za-z0-9+_-]{1,40}", name):
            raise self._no_voice()
        self._command = (program, "-v", name, "-s", str(words_a_minute), "--stdin", "--stdout")

    @property
    def identity(self) -> str:
        return f"espeak-ng {self._name} {self._words}"

    async def say(self, text: str) -> Speech:
        sayable = _sayable(text)
        pipe = asyncio.subprocess.PIPE
        try:
            program = await asyncio.create_subprocess_exec(*self._command, stdin=pipe, stdout=pipe, stderr=pipe)
        except OSError as error:
            raise Unreachable(f"espeak-ng does not start: {error.strerror}.") from None
        try:
            async with asyncio.timeout(self._deadline):
                wav, complaint = await program.communicate(sayable.encode())
        except TimeoutError:
            raise Unreachable(f"espeak-ng had said nothing after {self._deadline:g} s.") from None
        finally:
            if program.returncode is None:
                program.kill()
                await program.wait()
        if NO_VOICE in complaint:
            raise self._no_voice()
        return _read(wav, complaint.decode("utf-8", "replace"))

    def _no_voice(self) -> SettingsError:
        return SettingsError(f"{self._name!r} is no voice of espeak-ng: choose one of espeak-ng --voices=es")


class Kokoro:
    """Kokoro-82M by kokoro-onnx, from a folder with `KOKORO_MODEL` and `KOKORO_VOICES`.

    Raises `SettingsError` where the packages or the files are missing.
    """

    def __init__(self, folder: Path, name: str = "ef_dora", *, speed: float = 1.0) -> None:
        for file in (KOKORO_MODEL, KOKORO_VOICES):
            if not (folder / file).is_file():
                raise SettingsError(f"{folder} holds no {file}: Kokoro needs it (docs/audio.md says where to get it)")
        try:
            from kokoro_onnx import Kokoro as Model
        except ImportError:
            raise SettingsError("Kokoro is not installed: pip install kokoro-onnx, or leave out its folder") from None
        try:
            self._model: Any = Model(str(folder / KOKORO_MODEL), str(folder / KOKORO_VOICES))
            voices = set(self._model.get_voices())
        except (OSError, RuntimeError, ValueError) as error:
            raise SettingsError(f"Kokoro's files in {folder} cannot be read ({error}): fetch them again") from None
        if name not in voices:
            raise SettingsError(f"Kokoro has no voice {name!r}: choose one of {', '.join(sorted(voices))}")
        self._name, self._speed = name, speed

    @property
    def identity(self) -> str:
        return f"kokoro-v1.0.int8 {self._name} {self._speed:g}"

    async def say(self, text: str) -> Speech:
        sayable = _sayable(text)
        try:
            values, rate = await asyncio.to_thread(
                self._model.create, sayable, voice=self._name, speed=self._speed, lang="es-419"
            )
        except (OSError, RuntimeError, ValueError, IndexError) as error:
            raise Unreachable(f"Kokoro does not say {sayable[:60]!r}: {error}") from None
        return Speech(int(rate), np.asarray(values, dtype=np.float64))


def _sayable(text: str) -> str:
    """Raises `InputError` for a text with nothing to say or too much."""
    sayable = " ".join(_STEERING.sub(" ", text).split())
    if not any(sign.isalnum() for sign in sayable):
        raise InputError("there is nothing to say")
    if len(sayable) > LONGEST_TEXT:
        raise InputError(f"a text of {len(sayable)} signs is too long: {LONGEST_TEXT} at most")
    return sayable


def _read(wav: bytes, complaint: str) -> Speech:
    """espeak-ng writes before it knows how long it will be, so the lengths in its header say nothing."""
    if len(wav) <= _WAV_HEADER.size or wav[:4] != b"RIFF":
        raise Unreachable(f"espeak-ng said nothing: {complaint.strip()[:200] or 'no reason given'}")
    rate = int(_WAV_HEADER.unpack_from(wav)[4])
    whole = wav[_WAV_HEADER.size : len(wav) - len(wav) % 2]
    return Speech(rate, np.frombuffer(whole, "<i2").astype(np.float64) / FULL_SCALE)
