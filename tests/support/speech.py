"""Speech made by a program, noise by numbers: what a caller's line carries, with where the speech is."""

from __future__ import annotations

import subprocess
from functools import cache

import numpy as np
import soxr

from audio.pcm import RATE, Floats, pcm_of

ESPEAK_RATE = 22050
ESPEAK_HEADER_BYTES = 44


@cache
def spoken(text: str, *, voice: str = "es-419", words_a_minute: int = 140, peak: float = 0.4) -> tuple[float, ...]:
    """`text` at 8 kHz as espeak-ng says it, from its first sound to its last, in values of -1 … 1."""
    command = ["espeak-ng", "-v", voice, "-s", str(words_a_minute), "--stdout", text]
    made = subprocess.run(command, capture_output=True, check=True, timeout=20).stdout[ESPEAK_HEADER_BYTES:]
    values = soxr.resample(np.frombuffer(made, "<i2").astype(float), ESPEAK_RATE, RATE)
    values *= peak / np.abs(values).max()
    loud = np.flatnonzero(np.abs(values) > peak / 30)
    return tuple(values[loud[0] : loud[-1] + 1])


def line(*parts: float | tuple[float, ...], noise_dbfs: float = -70.0, seed: int = 1) -> bytes:
    """Seconds of silence and pieces of speech one after the other, over a line's hiss."""
    pieces = [np.zeros(round(part * RATE)) if isinstance(part, float) else np.array(part) for part in parts]
    return pcm_of(hiss(np.concatenate(pieces), noise_dbfs, seed))


def hiss(values: Floats, noise_dbfs: float, seed: int = 1) -> Floats:
    """With white noise of that level over it."""
    noise = np.random.default_rng(seed).standard_normal(len(values)) * 10 ** (noise_dbfs / 20)
    return np.asarray(values + noise)
