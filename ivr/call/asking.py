"""One question to a caller, whatever it stands in, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from ivr.survey import steps as survey
from ivr.tree import steps as tree
from ivr.tree.limits import MOST_KEYS_A_PROMPT
from ivr.understanding.question import Question
from ivr.understanding.understood import Understood

MOST_KEYS: Final = MOST_KEYS_A_PROMPT
"""Of one answer; more are a stuck key or a flood."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What is listened for. Times in seconds."""

    question: Question | None
    """What may be said; None: keys alone."""
    complete: Callable[[str], bool]
    """Whether these keys are an answer at once."""
    wait_seconds: float
    """After the prompt, until the first key or word."""
    between_keys_seconds: float
    longest_seconds: float = 15.0
    """Of speech."""


@dataclass(frozen=True, slots=True)
class Pressed:
    """Keys, and the caller has finished."""

    keys: str


@dataclass(frozen=True, slots=True)
class Flooded:
    """More keys than an answer may have; they were thrown away."""

    count: int


@dataclass(frozen=True, slots=True)
class Spoken:
    """The caller spoke; understood or not."""

    understood: Understood[Any]


@dataclass(frozen=True, slots=True)
class Silent:
    """Neither key nor word within the time."""


Answer: TypeAlias = Pressed | Flooded | Spoken | Silent


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a caller said, as sound: 8 kHz, 16 bits."""

    pcm: bytes


def asked_by_tree(listen: tree.Listen, question: Question | None) -> Ask:
    """A tree's question."""
    keys = [choice.key for choice in listen.choices if choice.key]

    def complete(digits: str) -> bool:
        if listen.most_keys and len(digits) >= listen.most_keys:
            return True
        if listen.ends_with and digits.endswith(listen.ends_with):
            return True
        # a choice's key, and neither another choice nor a number could go on from it
        return listen.least_keys <= 1 and digits in keys and not _goes_on(digits, keys, listen)

    return Ask(
        question=question,
        complete=complete,
        wait_seconds=listen.wait_seconds,
        between_keys_seconds=listen.between_keys_seconds,
        longest_seconds=listen.longest_seconds,
    )


def _goes_on(digits: str, keys: Sequence[str], listen: tree.Listen) -> bool:
    numbers = listen.kind in (tree.Kind.DIGITS, tree.Kind.NUMBER, tree.Kind.DATE)
    return numbers or any(key.startswith(digits) and key != digits for key in keys)


def asked_by_survey(listen: survey.Listen, question: Question | None) -> Ask:
    """A survey's question."""
    return Ask(
        question=question,
        complete=listen.keypad.complete,
        wait_seconds=listen.seconds,
        between_keys_seconds=listen.keypad.pause_seconds,
    )
