"""What every recogniser is asked, and what it answers.

A recogniser turns the sound of one utterance into words. It knows beforehand what may be said (a `Grammar`), it is fed
while the caller speaks, and it always answers with what it heard, however strange: what is made of the words is decided
by `ivr.understanding`. Values only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

RATE: Final = 8000
"""Samples a second of what is fed: signed 16-bit little-endian, one channel."""
BYTES_PER_SECOND: Final = 2 * RATE
MOST_PHRASES: Final = 500
"""Of one grammar; a menu has ten, a directory some hundreds."""
LONGEST_PHRASE: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Grammar:
    """What may be said next."""

    phrases: tuple[str, ...] = ()
    """Each as it is spoken; none: anything may be said (an open comment)."""
    hint: str = ""
    """A sentence that leads towards what may be said, for recognisers that take one."""
    loose: bool = False
    """The phrases are words that follow each other in any order (a number, a date): none is a whole answer."""
    missing: tuple[str, ...] = ()
    """Words of `phrases` that the recogniser does not know: it will never hear them."""

    @property
    def is_open(self) -> bool:
        return not self.phrases


OPEN: Final = Grammar()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """A phrase of the grammar, and how well the sound fits it."""

    phrase: str
    fit: float
    """0..1, taken alone."""
    share: float
    """0..1, among the phrases of the grammar; all of them together make 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """One utterance, in words."""

    text: str
    """As it was heard, without regard to the grammar where the recogniser can; empty: nothing was heard."""
    confidence: float
    """0..1 that `text` is what was said, by the recogniser's own measure."""
    phrases: tuple[Scored, ...] = ()
    """Phrases of the grammar, best first; empty for an open one, or where none was scored."""


NOTHING: Final = Recognised(text="", confidence=0.0)


class Utterance(Protocol):
    """One answer of one caller. Its methods compute: off the event loop they belong, one at a time."""

    def feed(self, pcm: bytes) -> None:
        """Some more of the sound."""
        ...

    def partial(self) -> str:
        """The words so far; empty where the recogniser hears only whole utterances."""
        ...

    def finish(self) -> Recognised:
        """The caller has ended. Nothing is fed afterwards."""
        ...


class Recogniser(Protocol):
    """A loaded model. Different utterances may be fed in different threads at once."""

    def grammar(self, phrases: tuple[str, ...], hint: str = "", *, loose: bool = False) -> Grammar:
        """`phrases` as this recogniser will listen for them, with the words it does not know."""
        ...

    def open(self, grammar: Grammar) -> Utterance:
        """Begin to listen."""
        ...
