"""Shares and means of a sample, with the interval in which those of everybody lie."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

Z_95: Final = 1.959963984540054
"""The normal distribution's 97.5 % point: two-sided intervals of 95 %."""


class Interval(NamedTuple):
    low: float
    high: float


def wilson(part: int, whole: int, z: float = Z_95) -> Interval | None:
    """Of a share `part` / `whole`, 0..1; None of nothing.

    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927), 209-212. It
    keeps within 0..1 and holds for few answers and for shares near the ends, where the textbook's does not.
    """
    if not 0 <= part <= whole:
        raise ValueError(f"{part} of {whole} is no share")
    if whole == 0:
        return None
    share, penalty = part / whole, z * z / whole
    middle = (share + penalty / 2) / (1 + penalty)
    half = z / (1 + penalty) * math.sqrt(share * (1 - share) / whole + penalty / (4 * whole))
    # rounding may miss the ends by a hair
    return Interval(0.0 if part == 0 else middle - half, 1.0 if part == whole else middle + half)


def of_mean(total: float, squares: float, count: int, low: float, high: float, z: float = Z_95) -> Interval | None:
    """Of the mean of `count` values on a scale from `low` to `high`, with that total and sum of squares; None of fewer
    than two. The normal approximation, mean ± z · s / √n: rough under about thirty values."""
    if count < 2:
        return None
    mean = total / count
    spread = math.sqrt(max(squares - count * mean * mean, 0.0) / (count - 1))
    half = z * spread / math.sqrt(count)
    return Interval(max(low, mean - half), min(high, mean + half))
