"""What several shifts say together: a mean, how far it may be from the truth, and what can be told of few."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

T_95: Final = (
    12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.20, 2.18, 2.16, 2.14, 2.13, 2.12, 2.11, 2.10, 2.09,
    2.09, 2.08, 2.07, 2.07, 2.06, 2.06, 2.06, 2.05, 2.05, 2.05, 2.04,
)  # fmt: skip
"""Student's t, two-sided 95 %, for 1 to 30 degrees of freedom …"""
NORMAL_95: Final = 1.96
"""… and without end."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean with its 95 % confidence interval, `mean` ± `half`."""

    mean: float
    error: float
    """Standard error; 0 where one value says nothing of it."""
    half: float

    @property
    def low(self) -> float:
        return self.mean - self.half

    @property
    def high(self) -> float:
        return self.mean + self.half


def interval(values: Sequence[float]) -> Interval:
    """Of independent values, at least one."""
    many = len(values)
    mean = sum(values) / many
    if many < 2:
        return Interval(mean, 0.0, 0.0)
    error = sqrt(sum((value - mean) ** 2 for value in values) / (many - 1) / many)
    return Interval(mean, error, error * (T_95[many - 2] if many - 1 <= len(T_95) else NORMAL_95))


def ratio_interval(parts: Sequence[float], wholes: Sequence[float]) -> Interval:
    """Of the share that all parts have of all wholes, where both vary together from one shift to the next.

    The shares of the shifts are linearised around the common one (the usual ratio estimator).
    """
    whole = sum(wholes)
    if whole <= 0:
        return Interval(0.0, 0.0, 0.0)
    share = sum(parts) / whole
    mean_whole = whole / len(wholes)
    around = interval([(part - share * each) / mean_whole for part, each in zip(parts, wholes, strict=True)])
    return Interval(share, around.error, around.half)
