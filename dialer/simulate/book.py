"""Whom the simulated calls go to, and what becomes of those people."""

from __future__ import annotations

from typing import Final, Protocol

from dialer.simulate.calls import Fate

ENDLESS: Final = 1_000_000
"""People left, where the list has no end."""


class Book(Protocol):
    """Hears of every call; calls are numbered in the order of dialling, from 0."""

    def due(self, now: float) -> int:
        """How many people may be called now."""
        ...

    def dialed(self, call: int, now: float) -> None:
        """The next of them is called."""
        ...

    def answered(self, call: int, now: float) -> None:
        """Off hook."""
        ...

    def screened(self, call: int, *, machine: bool, now: float) -> None:
        """AMD has spoken."""
        ...

    def live(self, call: int, now: float) -> None:
        """An agent is needed."""
        ...

    def joined(self, call: int, agent: int, now: float) -> None:
        """An agent talks."""
        ...

    def abandoned(self, call: int, now: float) -> None:
        """The hold limit is over, and the call with it."""
        ...

    def canceled(self, call: int, now: float) -> None:
        """We hung up while it rang."""
        ...

    def ended(self, call: int, fate: Fate, now: float) -> None:
        """It is over in any other way: `fate` is what it was born to."""
        ...


class Endless:
    """A list without end, of which nothing is remembered."""

    def due(self, now: float) -> int:  # noqa: ARG002 - at any time
        return ENDLESS

    def dialed(self, call: int, now: float) -> None: ...

    def answered(self, call: int, now: float) -> None: ...

    def screened(self, call: int, *, machine: bool, now: float) -> None: ...

    def live(self, call: int, now: float) -> None: ...

    def joined(self, call: int, agent: int, now: float) -> None: ...

    def abandoned(self, call: int, now: float) -> None: ...

    def canceled(self, call: int, now: float) -> None: ...

    def ended(self, call: int, fate: Fate, now: float) -> None: ...
