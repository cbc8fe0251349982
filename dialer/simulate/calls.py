"""A call of the simulated floor, until an agent has it or it is over."""

from __future__ import annotations

from enum import Enum, auto


class Fate(Enum):
    """What becomes of a call that is left to ring."""

    PERSON = auto()
    MACHINE = auto()
    FAILURE = auto()
    NOBODY = auto()


class At(Enum):
    """Where an agent is."""

    AWAY = auto()
    FREE = auto()
    TALKING = auto()
    WRAPPING = auto()


class Call:
    """One call on its channel."""

    __slots__ = ("channel", "dialed", "fate", "number", "over", "since", "use")

    def __init__(self, number: int, fate: Fate, dialed: float, channel: int, use: int) -> None:
        self.number = number
        """In the order of dialling, from 0."""
        self.fate = fate
        self.dialed = dialed
        self.since = dialed
        """When it was answered, or began to wait for an agent."""
        self.channel = channel
        self.use = use
        """How many calls the channel carried before."""
        self.over = False
        """Gone, or with an agent."""
