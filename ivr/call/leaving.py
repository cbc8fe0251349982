"""Where a caller goes from a tree or a survey, and how they may come back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeAlias

from ivr.call.talk import Talk


@dataclass(frozen=True, slots=True, kw_only=True)
class ToQueue:
    queue: str
    most_wait_seconds: float | None = None
    """None: the queue's own."""
    offers_call_back: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ToTransfer:
    to: str
    ring_seconds: float


@dataclass(frozen=True, slots=True)
class ToTheEnd:
    """We are done: the call ends."""


Leaving: TypeAlias = ToQueue | ToTransfer | ToTheEnd


class Conversation(Protocol):
    """What leads a call. It remembers where it is: it can go on over another `Talk`."""

    async def go_on(self, talk: Talk) -> Leaving:
        """Until the caller goes elsewhere. May raise whatever `talk` does; the next call of it goes on from there."""
        ...

    async def came_back(self, returned: str) -> None:
        """From where they went: ``done``, or one of the words of `ivr.tree.inputs.Why`."""
        ...

    async def handed_over(self) -> None:
        """They are on their way to people, and may come back."""
        ...

    async def gone(self) -> None:
        """The caller hung up."""
        ...

    async def broken(self) -> None:
        """Something failed: the dialplan says so to the caller, and nobody leads the call any more."""
        ...
