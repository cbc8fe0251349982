"""Sounds that are made and not recorded."""

from __future__ import annotations

import io
import subprocess
import wave
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import soxr

from audio.g711 import alaw_of, pcm_of_alaw, pcm_of_ulaw, ulaw_of
from audio.pcm import floats_of, pcm_of

RATE = 8000


def tone(hertz: float, seconds: float, loudness: float = 0.5) -> npt.NDArray[np.float64]:
    """A sine, -1 … 1."""
    return loudness * np.sin(2 * np.pi * hertz * np.arange(int(seconds * RATE)) / RATE)


def line_noise(count: int, seed: int) -> npt.NDArray[np.float64]:
    """`count` samples of what a bad line sounds like, with a mean power of 1: more of the low than of the high."""
    random = np.random.default_rng(seed)
    low = np.cumsum(random.standard_normal(count))
    low -= np.convolve(low, np.ones(81) / 81, "same")
    noise = 0.6 * low / low.std() + 0.4 * random.standard_normal(count)
    return noise / noise.std()


SPOKEN = 0.02
"""Loudness from which on a sample counts as speech, where its power is measured."""
LAWS: dict[str, tuple[Callable[[bytes], bytes], Callable[[bytes], bytes]]] = {
    ".alaw": (alaw_of, pcm_of_alaw),
    ".ulaw": (ulaw_of, pcm_of_ulaw),
}


def over_a_line(pcm: bytes, law: str, noise_db: float | None, seed: int) -> bytes:
    """Speech with the quiet before and after it, in noise that is so many dB weaker (None: without), through G.711."""
    speech = floats_of(pcm)
    heard = np.concatenate([np.zeros(RATE // 5), speech, np.zeros(RATE * 3 // 10)])
    if noise_db is not None:
        power = np.sqrt(np.mean(speech[np.abs(speech) > SPOKEN] ** 2))
        heard = heard + line_noise(len(heard), seed) * power * 10 ** (-noise_db / 20)
    packed, unpacked = LAWS[law]
    return unpacked(packed(pcm_of(heard)))


def spoken(text: str, voice: str, words_per_minute: int) -> bytes:
    """`text` by espeak-ng: 8 kHz, 16 bits, over a clean line."""
    program = ["espeak-ng", "-v", voice, "-s", str(words_per_minute), "--stdout", text]
    done = subprocess.run(program, check=True, capture_output=True, timeout=30)
    with wave.open(io.BytesIO(done.stdout)) as file:
        rate, content = file.getframerate(), file.readframes(file.getnframes())
    samples = np.frombuffer(content[: len(content) // 2 * 2], "<i2") / 32768
    loud = soxr.resample(samples, rate, RATE)
    return over_a_line(pcm_of(loud * 0.6 / np.abs(loud).max()), ".ulaw", None, 0)
