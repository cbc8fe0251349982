"""Sounds that are made and not recorded."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

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
