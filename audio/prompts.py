"""Makes the prompts that callers hear: each is its recording if it has one, else its text as a voice says it.

Of each prompt the folder gets ``<name>.wav`` (8 kHz, 16 bits: what is played over AudioSocket), ``<name>.alaw`` (what
Asterisk plays without converting), and, last, ``<name>.json``: of what the two were made. Where that is still so, a
prompt is left as it is.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import os
import re
import wave
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from audio.aloud import aloud
from audio.finishing import Speech, finished, opened
from audio.g711 import alaw_of
from audio.pcm import RATE, SAMPLE_BYTES, level, seconds_of
from audio.synthesis import Voice
from cti_api.errors import Fault, InputError, StoreUnavailable

METHOD: Final = 2
"""Of reading (`audio.aloud`), cutting and levelling (`audio.finishing`): another number makes every prompt anew."""
NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
"""Names of prompts: they become names of files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """Something that callers hear."""

    name: str
    """Fits `NAME`."""
    text: str = ""
    """What is said; may be empty where there is a recording."""
    file: Path | None = None
    """A recording, of any kind (`audio.finishing.opened`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What became of a prompt."""

    name: str
    source: str
    """``recording`` or who spoke."""
    anew: bool
    """False: it was there already, made of the same."""
    seconds: float
    level_dbfs: float


def check(prompts: Sequence[Prompt]) -> None:
    """Raises `InputError` with every fault: names, prompts without text and recording, recordings that are not there.

    A recording that is named and missing is never replaced by a voice in silence.
    """
    faults: list[Fault] = []
    names: set[str] = set()
    for prompt in prompts:
        where = f"prompts.{prompt.name}"
        if not NAME.fullmatch(prompt.name):
            faults.append(Fault(where, "a name has small letters, figures, - and _, 64 at most"))
        elif prompt.name in names:
            faults.append(Fault(where, "is there twice"))
        names.add(prompt.name)
        if prompt.file is not None and not prompt.file.is_file():
            faults.append(Fault(f"{where}.file", f"there is no recording {prompt.file}"))
        elif prompt.file is None and not prompt.text.strip():
            faults.append(Fault(where, "has neither text nor recording"))
    if faults:
        raise InputError("The prompts cannot be made:", faults)


async def build(
    prompts: Sequence[Prompt], folder: Path, voice: Voice, tell: Callable[[int, int], None] = lambda _done, _of: None
) -> list[Made]:
    """Make what is not there yet, in the order given; `tell` hears how many are done, and of how many.

    Raises `InputError` where a prompt cannot be made (those before it stay), `SettingsError` where there is no such
    voice, `Unreachable` when it does not come, `StoreUnavailable` where the folder cannot be written.
    """
    check(prompts)
    found = []
    for done, prompt in enumerate(prompts):
        tell(done, len(prompts))
        found.append(await _one(prompt, folder, voice))
    tell(len(prompts), len(prompts))
    return found


def sound_of(folder: Path, name: str) -> bytes:
    """A prompt that was made, ready to be played. Raises `InputError` where it is missing or broken."""
    path = folder / f"{name}.wav"
    try:
        with wave.open(str(path), "rb") as sound:
            if (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) != (RATE, 1, SAMPLE_BYTES):
                raise InputError(f"{path} was not made by `vocero prompts build`: make it again.")
            pcm = sound.readframes(sound.getnframes())
    except (OSError, EOFError, wave.Error, RuntimeError) as error:
        raise InputError(f"The prompt {path} cannot be read ({error}): make it with `vocero prompts build`.") from None
    if not pcm:
        raise InputError(f"The prompt {path} is empty: make it again with `vocero prompts build`.")
    return pcm


async def _one(prompt: Prompt, folder: Path, voice: Voice) -> Made:
    try:
        recording = await asyncio.to_thread(opened, prompt.file) if prompt.file is not None else None
        source = "recording" if recording is not None else voice.identity
        digest = _digest(prompt, source, recording)
        if (kept := await asyncio.to_thread(_kept, folder, prompt.name, digest)) is not None:
            return kept
        speech = recording if recording is not None else await voice.say(aloud(prompt.text))
        pcm = await asyncio.to_thread(finished, speech)
    except InputError as error:
        raise InputError(f"The prompt {prompt.name} cannot be made: {error}") from None
    made = Made(name=prompt.name, source=source, anew=True, seconds=seconds_of(pcm), level_dbfs=round(level(pcm), 1))
    await asyncio.to_thread(_write, folder, made, digest, prompt.text, pcm)
    return made


def _digest(prompt: Prompt, source: str, recording: Speech | None) -> str:
    of: list[Any] = [METHOD, source]
    of += (
        [prompt.text] if recording is None else [recording.rate, hashlib.sha256(recording.values.tobytes()).hexdigest()]
    )
    return hashlib.sha256(json.dumps(of).encode()).hexdigest()


def _kept(folder: Path, name: str, digest: str) -> Made | None:
    """The prompt as it is, if it was made of the same and is whole."""
    try:
        note = json.loads((folder / f"{name}.json").read_bytes())
        pcm = sound_of(folder, name)
        whole = (folder / f"{name}.alaw").stat().st_size == len(pcm) // SAMPLE_BYTES
        same = whole and note["digest"] == digest and note["sound"] == hashlib.sha256(pcm).hexdigest()
    except (OSError, ValueError, LookupError, TypeError, InputError):
        return None
    if not same:
        return None
    return Made(name=name, source=note["source"], anew=False, seconds=seconds_of(pcm), level_dbfs=round(level(pcm), 1))


def _write(folder: Path, made: Made, digest: str, text: str, pcm: bytes) -> None:
    note = {
        "source": made.source,
        "text": text,
        "seconds": made.seconds,
        "digest": digest,
        "sound": hashlib.sha256(pcm).hexdigest(),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _put(folder / f"{made.name}.wav", _wav(pcm))
        _put(folder / f"{made.name}.alaw", alaw_of(pcm))
        _put(folder / f"{made.name}.json", (json.dumps(note, ensure_ascii=False, indent=1) + "\n").encode())
    except OSError as error:
        raise StoreUnavailable(f"The prompts cannot be written to {folder} ({error.strerror}).") from error


def _put(path: Path, content: bytes) -> None:
    """Whole, or as it was before; whoever plays it opens the one or the other."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        fresh.write_bytes(content)
        fresh.chmod(0o644)  # Asterisk reads it as another user
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def _wav(pcm: bytes) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(SAMPLE_BYTES)
        sound.setframerate(RATE)
        sound.writeframes(pcm)
    return out.getvalue()
