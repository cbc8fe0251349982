"""Sound as the live path carries it: signed 16-bit samples, little-endian, one channel, 8,000 a second.

A frame is 160 samples: 320 bytes, 20 ms. Time is counted in samples. Levels are in dBFS: the root mean square against
32,768, so that the loudest square wave has 0 and the loudest tone -3.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from cti_api.errors import InputError

RATE: Final = 8000
"""Samples a second (ITU-T G.711)."""
SAMPLE_BYTES: Final = 2
FRAME_MS: Final = 20
FRAME_SAMPLES: Final = RATE * FRAME_MS // 1000
FRAME_BYTES: Final = FRAME_SAMPLES * SAMPLE_BYTES
FULL_SCALE: Final = 32768.0
QUIETEST_DBFS: Final = -100.0
"""Below the faintest sound that 16 bits can hold."""
SILENCE: Final = bytes(FRAME_BYTES)
"""One frame in which nothing is heard."""

Samples: TypeAlias = npt.NDArray[np.int16]
Floats: TypeAlias = npt.NDArray[np.float64]


def samples_of(pcm: bytes) -> Samples:
    """The samples in `pcm`, without a copy. Raises `InputError` for half a sample."""
    if len(pcm) % SAMPLE_BYTES:
        raise InputError(f"{len(pcm)} bytes are no whole samples of 16 bits.")
    return np.frombuffer(pcm, dtype="<i2")


def pcm_of(values: Floats) -> bytes:
    """Values of -1 … 1 as bytes; what is too loud is clipped."""
    return np.clip(np.rint(values * FULL_SCALE), -FULL_SCALE, FULL_SCALE - 1).astype("<i2").tobytes()


def floats_of(pcm: bytes) -> Floats:
    """The samples in `pcm` as values of -1 … 1. Raises `InputError` for half a sample."""
    return samples_of(pcm).astype(np.float64) / FULL_SCALE


def level(pcm: bytes) -> float:
    """How loud it is, dBFS; minus infinity for digital silence and for nothing. Raises `InputError`."""
    samples = samples_of(pcm).astype(np.float64)
    power = float(np.dot(samples, samples)) / len(samples) if len(samples) else 0.0
    return 10 * math.log10(power / FULL_SCALE**2) if power else -math.inf


def frames(pcm: bytes) -> Iterator[bytes]:
    """`pcm` in frames, the last one filled up with silence."""
    for start in range(0, len(pcm), FRAME_BYTES):
        yield pcm[start : start + FRAME_BYTES].ljust(FRAME_BYTES, b"\0")


def seconds_of(pcm: bytes) -> float:
    """How long it lasts."""
    return len(pcm) / (RATE * SAMPLE_BYTES)


def faded(values: Floats, edge: int) -> Floats:
    """With the first and the last `edge` samples rising from nothing and falling to it, so that no edge clicks."""
    edge = min(edge, len(values) // 2)
    ramp = np.linspace(0.0, 1.0, edge, endpoint=False)
    soft = values.copy()
    soft[:edge] *= ramp
    soft[len(soft) - edge :] *= ramp[::-1]
    return soft


def tone(seconds: float, hertz: float = 440.0, dbfs: float = -18.0) -> bytes:
    """A tone without clicks at its ends; `dbfs`: its level."""
    amplitude = math.sqrt(2) * 10 ** (dbfs / 20)
    return pcm_of(faded(amplitude * np.sin(np.arange(round(seconds * RATE)) * 2 * np.pi * hertz / RATE), RATE // 100))
