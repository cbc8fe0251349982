"""Talking with one caller: what is said to them, and what they answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from cti_api.errors import Conflict
from ivr.call.asking import Answer, Ask, Recorded, Silent
from ivr.tree.prompts import Piece
from ivr.tree.steps import BargeIn


class Lost(Conflict):
    """The way to talk is gone. The caller may be there still: the call's AGI session knows."""


class Sounds(Protocol):
    """Makes sound of what is to be said."""

    async def sound_of(self, text: str, file: str) -> bytes:
        """8 kHz, 16 bits; `file`: its recording, if it has one. Raises `VoceroError` for what cannot be said."""
        ...


class Talk(Protocol):
    """Every method may raise `Lost`, or `CallOver` of the call's AGI session."""

    async def say(self, pieces: Sequence[Piece], barge_in: BargeIn) -> None:
        """Say this behind what is being said. Returns as soon as it may."""
        ...

    async def said(self) -> None:
        """Wait until everything is said, or cut short."""
        ...

    async def ask(self, ask: Ask) -> Answer:
        """Listen, while what was said last is still to be heard and after it."""
        ...

    async def record(self, *, longest_seconds: float, silence_seconds: float) -> Recorded | Answer:
        """After a tone, keep what the caller says. Keys end it; keys alone, before a word, are the answer."""
        ...

    def forget_keys(self) -> int:
        """Throw away what was pressed ahead; how many keys there were."""
        ...


NOBODY_SPOKE = Silent()
TONE_SECONDS: Final = 0.25
"""Of the one after which a caller speaks, and of the one in the place of a prompt that cannot be said."""
UNHURRIED = BargeIn(keys=False, speech=False)
