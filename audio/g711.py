"""G.711: the two ways in which telephone lines pack a sample of 16 bits into one byte.

A-law outside, µ-law inside North America and Japan. Both ways are tables, made once from the formulas of ITU-T G.711
as the reference code of ITU-T G.191 (``g711.c``) has them.
"""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from audio.pcm import samples_of

Integers: TypeAlias = npt.NDArray[np.int64]

_BIAS: Final = 33
"""Of µ-law, in 14-bit steps: it makes each segment begin at a power of two."""


def alaw_of(pcm: bytes) -> bytes:
    """Samples of 16 bits as A-law bytes. Raises `InputError` for half a sample."""
    return bytes(_ALAW_OF[samples_of(pcm).view("<u2")])


def pcm_of_alaw(packed: bytes) -> bytes:
    """A-law bytes as samples of 16 bits."""
    return _OF_ALAW[np.frombuffer(packed, np.uint8)].tobytes()


def ulaw_of(pcm: bytes) -> bytes:
    """Samples of 16 bits as µ-law bytes. Raises `InputError` for half a sample."""
    return bytes(_ULAW_OF[samples_of(pcm).view("<u2")])


def pcm_of_ulaw(packed: bytes) -> bytes:
    """µ-law bytes as samples of 16 bits."""
    return _OF_ULAW[np.frombuffer(packed, np.uint8)].tobytes()


def _magnitudes() -> tuple[Integers, Integers]:
    """Of every sample, in the order of its unsigned value: the magnitude as one's complement has it, and the bit of
    its sign in a code, which is set where it is positive."""
    samples = np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int64)
    return np.where(samples < 0, ~samples, samples), np.where(samples < 0, 0, 0x80)


def _segment(magnitude: Integers, first: int) -> Integers:
    """How many times `magnitude` passes `first`, doubled each time."""
    return np.asarray(sum(magnitude >= first << n for n in range(8)), dtype=np.int64)


def _alaw_codes() -> npt.NDArray[np.uint8]:
    magnitude, sign = _magnitudes()
    magnitude >>= 4
    segment = _segment(magnitude, 16)
    step = magnitude >> np.maximum(segment - 1, 0) & 0x0F
    return np.asarray((sign | segment << 4 | step) ^ 0x55, dtype=np.uint8)


def _alaw_samples() -> npt.NDArray[np.int16]:
    code = np.arange(256) ^ 0x55
    segment, step = code >> 4 & 7, code & 0x0F
    middle = (step << 4) + 8 + np.where(segment > 0, 256, 0)
    magnitude = middle << np.maximum(segment - 1, 0)
    return np.asarray(np.where(code & 0x80, magnitude, -magnitude), dtype="<i2")


def _ulaw_codes() -> npt.NDArray[np.uint8]:
    magnitude, sign = _magnitudes()
    magnitude = np.minimum((magnitude >> 2) + _BIAS, 0x1FFF)
    segment = _segment(magnitude, 64)
    step = magnitude >> segment + 1 & 0x0F
    return np.asarray(sign | (7 - segment) << 4 | 15 - step, dtype=np.uint8)


def _ulaw_samples() -> npt.NDArray[np.int16]:
    code = 255 - np.arange(256)
    segment, step = code >> 4 & 7, code & 0x0F
    magnitude = ((step * 2 + _BIAS << segment) - _BIAS) * 4
    return np.asarray(np.where(code & 0x80, -magnitude, magnitude), dtype="<i2")


_ALAW_OF: Final = _alaw_codes()
_OF_ALAW: Final = _alaw_samples()
_ULAW_OF: Final = _ulaw_codes()
_OF_ULAW: Final = _ulaw_samples()
