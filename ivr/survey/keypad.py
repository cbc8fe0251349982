"""Answering by key.

A digit that can be nothing but an answer is taken at once: 7 of 0 to 10. One that could go on is taken after a short
pause or ``#``: 1 of 0 to 10, since 10 begins with it. ``*`` alone says the question again, ``#`` alone skips it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cti_api.model.surveys import NO, YES, Question, QuestionKind

REPEAT: Final = "*"
ENTER: Final = "#"
PAUSE_SECONDS: Final = 2.0
"""After a digit that could go on. Asterisk's own default between digits is 3 s (TIMEOUT(digit) is 5 s); here at most
one more digit can come, and people who key 1 and 0 do it within one."""
YES_KEY, NO_KEY = "1", "2"


@dataclass(frozen=True, slots=True)
class Keypad:
    """What may be keyed."""

    answers: tuple[tuple[str, str], ...]
    """Digits, and the answer they are."""
    pause_seconds: float = PAUSE_SECONDS

    def value(self, digits: str) -> str | None:
        """The answer that the digits are; a ``#`` behind them changes nothing."""
        keyed = digits.removesuffix(ENTER)
        return next((value for known, value in self.answers if known == keyed), None)

    def complete(self, digits: str) -> bool:
        """Whether these digits are to be taken at once: no other could make an answer of them."""
        if not digits:
            return False
        if digits[-1] in (REPEAT, ENTER):
            return True
        return not any(known.startswith(digits) and known != digits for known, _ in self.answers)


YES_OR_NO: Final = Keypad(((YES_KEY, YES), (NO_KEY, NO)))


def keypad_of(question: Question) -> Keypad:
    """What may be keyed for a question: whole points of a scale, 1 and 2 for yes and no, a choice's own key."""
    match question.kind:
        case QuestionKind.SCALE:
            return Keypad(tuple((f"{each}", f"{each}") for each in range(int(question.low), int(question.high) + 1)))
        case QuestionKind.YES_NO:
            return YES_OR_NO
        case QuestionKind.CHOICE:
            return Keypad(tuple((choice.key, choice.value) for choice in question.choices))
        case QuestionKind.OPEN:
            return Keypad(())
