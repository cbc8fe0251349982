"""Sound of calls in files: WAV, 8 kHz, 16 bits, one channel."""

from __future__ import annotations

import wave
from pathlib import Path

from audio.pcm import RATE, SAMPLE_BYTES
from cti_api.errors import InputError


def write_wav(path: Path, pcm: bytes) -> None:
    """Blocks. The file is there whole or not at all, and for everybody to read: Asterisk may be another user."""
    half = path.with_name(f".{path.name}.half")
    with wave.open(str(half), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(SAMPLE_BYTES)
        file.setframerate(RATE)
        file.writeframes(pcm)
    half.chmod(0o644)
    half.replace(path)


def read_wav(path: Path) -> bytes:
    """Blocks. Raises `InputError` for a file that `write_wav` did not make, and `OSError`."""
    try:
        with wave.open(str(path), "rb") as file:
            if (file.getnchannels(), file.getsampwidth(), file.getframerate()) != (1, SAMPLE_BYTES, RATE):
                raise InputError(f"{path.name} is not 8 kHz, 16 bits, one channel.")
            return file.readframes(file.getnframes())
    except (wave.Error, EOFError) as error:
        raise InputError(f"{path.name} cannot be read: {error}") from None
