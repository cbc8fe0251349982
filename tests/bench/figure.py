"""A measured figure beside what it should be."""

from __future__ import annotations

from dataclasses import dataclass
from operator import ge, le

GOALS = {"≤": le, "≥": ge}


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of ``make bench``."""

    name: str
    value: float | None
    """None: it could not be measured here, and is neither reached nor missed; the name says why."""
    unit: str
    goal: str = ""
    """``≤ 5`` or ``≥ 150``; empty for a figure that is only told."""
    error: float = 0.0
    """Standard error of a mean: a goal counts as reached within it."""

    @property
    def ok(self) -> bool | None:
        """Whether the goal is met; None without one, and where nothing was measured."""
        if not self.goal or self.value is None:
            return None
        sign, limit = self.goal.split()
        kindly = self.value + self.error if sign == "≥" else self.value - self.error
        return bool(GOALS[sign](kindly, float(limit.replace("_", ""))))

    def __str__(self) -> str:
        if self.value is None:
            return f"{self.name:<62} {'not run':>12} {self.unit:<6} {self.goal}".rstrip()
        said = {None: "", True: "ok", False: "MISSED"}[self.ok]
        give = f" ± {self.error:.2f}" if self.error else ""
        return f"{self.name:<62} {self.value:>12,.2f}{give} {self.unit:<6} {self.goal:<10} {said}".rstrip()
