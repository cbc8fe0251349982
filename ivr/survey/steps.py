"""What is to be done next, in its order; of the shape of the steps of a tree.

Steps that store something (`Answered`, `Followed`) come before what is said after them: they are carried out in one
transaction for each `Taken`, and only then the person hears more.
"""

from __future__ import annotations

from dataclasses import dataclass

from cti_api.model.surveys import Answer, FollowedUp, Outcome, QuestionKind
from ivr.survey.keypad import Keypad


@dataclass(frozen=True, slots=True)
class Say:
    text: str


@dataclass(frozen=True, slots=True)
class Phrase:
    """What may be said for one value."""

    value: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listen:
    """Gives `Keys`, `Heard`, `NoInput` or `NoMatch`. Speaking or a key stops what is being said."""

    kind: QuestionKind
    """Never `QuestionKind.OPEN`."""
    phrases: tuple[Phrase, ...]
    """All that is listened for, commands included, so that a grammar can be made of it."""
    keypad: Keypad
    seconds: float
    """Of silence, after which it is `NoInput`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Gives `Recorded`, or `NoInput` where nothing was said. A tone comes first; ``#`` and silence end it."""

    question: str
    most_seconds: float
    silence_seconds: float


@dataclass(frozen=True, slots=True)
class Answered:
    """Store this answer now, whatever comes after."""

    answer: Answer


@dataclass(frozen=True, slots=True)
class Followed:
    """Store this with the answers of the same `Taken`, in one transaction."""

    follow_up: FollowedUp


@dataclass(frozen=True, slots=True)
class Transfer:
    """Put the person through; the survey is over."""

    queue: str


@dataclass(frozen=True, slots=True)
class Ended:
    """Store that the sitting is over; what is still said is only polite."""

    outcome: Outcome


@dataclass(frozen=True, slots=True)
class HangUp:
    pass


Step = Say | Listen | Record | Answered | Followed | Transfer | Ended | HangUp
