"""What a provider answered, in the only terms that matter: does it have the message?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol, Self

from cti_api.messages.machine import Step
from cti_api.model.messages import Message, storable_text

LONGEST_WORDS: Final = 300
LONGEST_ID: Final = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """`step` is one of ``TAKEN``, ``REFUSED``, ``NOT_TAKEN`` and ``NO_ANSWER``."""

    step: Step
    words: str = ""
    """The provider's own, or what went wrong on the way."""
    provider_id: str = ""
    wait: timedelta | None = None
    """How long the provider asks us to wait."""


def taken(provider_id: str = "") -> Answer:
    return Answer(Step.TAKEN, provider_id=storable_text(provider_id)[:LONGEST_ID])


def refused(words: str) -> Answer:
    """Not this message, now or ever: a person has to look."""
    return Answer(Step.REFUSED, storable_text(words)[:LONGEST_WORDS])


def not_taken(words: str, wait: timedelta | None = None) -> Answer:
    """It is known that the provider did not take it, for a reason that passes."""
    return Answer(Step.NOT_TAKEN, storable_text(words)[:LONGEST_WORDS], wait=wait)


def no_answer(words: str) -> Answer:
    """It may have taken it."""
    return Answer(Step.NO_ANSWER, storable_text(words)[:LONGEST_WORDS])


Going = Callable[[], None]
"""Called right before the first byte that may make the other side have the message."""


def unheard() -> None:
    """For whoever does not ask."""


class Provider(Protocol):
    """One way out. Between ``__aenter__`` and ``__aexit__`` it sends."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, *_: object) -> None: ...

    async def send(self, message: Message, going: Going = unheard) -> Answer:
        """Hand the message over, once. Never raises for what the other side does; its waits have deadlines.

        What is prepared first (a picture, a connection) comes before `going`: if that fails, nothing has gone.
        """
        ...

    async def check(self) -> str:
        """Look whether it would work without sending anything: a sentence for a person.

        Raises `Unreachable` or `ActionRefused` where it would not.
        """
        ...
