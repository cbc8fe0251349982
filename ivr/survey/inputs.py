"""What may happen while a survey is held."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Started:
    """The person is on the line."""


@dataclass(frozen=True, slots=True)
class Keys:
    """Digits, ``*`` or ``#``, gathered as `ivr.survey.keypad` says."""

    digits: str


@dataclass(frozen=True, slots=True)
class Heard:
    """What was understood, as `ivr.survey.question.heard` gives it."""

    text: str
    value: str | float | Decimal | bool
    """A score, yes or no, a choice's value, or a word of `ivr.survey.understood.COMMANDS`."""
    confidence: float = 1.0
    """0..1"""


@dataclass(frozen=True, slots=True)
class NoInput:
    """Silence."""


@dataclass(frozen=True, slots=True)
class NoMatch:
    """Something was said, and it is nothing of what was listened for."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A comment's recording is complete. It may come after `HungUp`, and counts then too."""

    file: str
    """Its name in the folder of recordings."""
    seconds: float


@dataclass(frozen=True, slots=True)
class HungUp:
    """The person did."""


@dataclass(frozen=True, slots=True)
class TimedOut:
    """Whoever holds the survey cannot go on: the whole time is over, or the system is going down."""


Input = Started | Keys | Heard | NoInput | NoMatch | Recorded | HungUp | TimedOut
