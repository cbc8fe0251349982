"""The recordings of prompts: each under the name by which a tree calls it, whole or not there. All of this blocks."""

from __future__ import annotations

import wave
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from threading import Lock
from typing import Final

from audio.finishing import Speech, finished
from audio.pcm import RATE, floats_of
from cti_api.errors import StoreUnavailable
from cti_api.model.prompt_sessions import KeptRecording
from ivr.call.wav import write_wav
from ivr.prompts import RECORDINGS

MOST_TOLD: Final = 5_000
_WRITING: Final = Lock()
"""Two people may record the same prompt."""


def as_prompt(pcm: bytes) -> bytes:
    """What was said over a telephone, cut and levelled as every prompt is. Raises `InputError` for silence."""
    return finished(Speech(RATE, floats_of(pcm)))


def keep(prompts: Path, file: str, pcm: bytes) -> None:
    """From now on callers hear this. `file`: a path that `cti_api.campaign_file.values.sound` lets pass.

    Raises `StoreUnavailable` where it cannot be written; callers then hear what they heard before.
    """
    path = prompts / RECORDINGS / file
    try:
        with _WRITING:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_wav(path, pcm)
    except OSError as error:
        raise StoreUnavailable(f"The recording cannot be written to {path} ({error.strerror}).") from error


def kept(prompts: Path) -> list[KeptRecording]:
    """In the order of their names, the first `MOST_TOLD`. Raises `StoreUnavailable`."""
    folder = prompts / RECORDINGS
    try:
        files = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
        return sorted((_told(folder, path) for path in islice(files, MOST_TOLD)), key=lambda each: each.file)
    except OSError as error:
        raise StoreUnavailable(f"The recordings in {folder} cannot be looked through ({error.strerror}).") from error


def _told(folder: Path, path: Path) -> KeptRecording:
    at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return KeptRecording(file=path.relative_to(folder).as_posix(), at=at, seconds=_seconds(path))


def _seconds(path: Path) -> float | None:
    try:
        with wave.open(str(path), "rb") as file:
            return round(file.getnframes() / file.getframerate(), 1)
    except (wave.Error, EOFError, ZeroDivisionError):
        return None
