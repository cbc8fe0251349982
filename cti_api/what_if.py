"""What would be: a campaign's shifts with its limits and with others, played by whoever can (the window cannot)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from cti_api.kpi.experience import Experience


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is to be compared."""

    before: str
    """The campaign's file …"""
    after: str
    """… and the file as it would be."""
    seen: Experience
    """What its latest calls were like; with too few of them what is usual is supposed."""
    agents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A mean with half of its 95 % confidence interval."""

    mean: float
    half: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """How shifts go. Shares are 0..1."""

    policy: str
    occupancy: Figure
    """Talk and wrap-up of the agents' time."""
    calls_per_hour: Figure
    talks_per_hour: Figure
    abandoned: Figure
    """Of all who answer."""
    wait_seconds: Figure
    """Of an agent, for the next call."""
    over: int
    """Shifts with more abandoned calls than its limit allows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Supposed:
    what: str
    value: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    before: Foreseen
    after: Foreseen
    agents: int
    shifts: int
    """So many of each."""
    hours: float
    """The length of one."""
    supposed: tuple[Supposed, ...]


class Simulator(Protocol):
    """Plays shifts, beside the process that dials."""

    async def compare(self, asked: Asked) -> Compared:
        """Bounded in time and in how many at once. Raises `InputError` for what cannot be played, `Conflict` while
        others are being played, `VoceroError` where it broke off."""
        ...
