"""What a tree asks for beyond sound: whoever runs the calls brings it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ivr.call.leaving import Conversation
from ivr.tree.inputs import Failed, LookedUp
from ivr.tree.prompts import Value, Values
from ivr.tree.steps import BookCallBack, LookUp, Send


@dataclass(frozen=True, slots=True, kw_only=True)
class OnTheLine:
    """Who calls."""

    call_id: str
    number: str
    """In E.164; empty where it is withheld."""
    called: str
    """As the trunk writes it."""
    queue: str = ""
    """Where the call waited last."""


class LooksUp(Protocol):
    """`ivr.look_ups`."""

    async def look_up(self, step: LookUp) -> LookedUp | Failed:
        """Never raises, and ends within `LookUp.within_seconds`."""
        ...


class Desk(Protocol):
    """Each may raise `VoceroError`: it was not done, and the tree goes on by its way for that."""

    async def ticket(self, who: OnTheLine, kind: str, values: Mapping[str, Value], now: datetime) -> str:
        """Write a ticket; the number that is told."""
        ...

    async def send(self, who: OnTheLine, send: Send, now: datetime) -> None:
        """Have something sent behind the call."""
        ...

    async def call_back(self, who: OnTheLine, book: BookCallBack, now: datetime) -> None:
        """Put them into the queue's order, to be called when it is their turn."""
        ...

    async def survey(self, who: OnTheLine, name: str, values: Values) -> Conversation:
        """Begin a survey with them."""
        ...
