"""From what was keyed or heard to an answer of the question, or to what the person wants instead."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from cti_api.model.surveys import NO, YES, Answer, AnsweredBy, Confidence, Question, QuestionKind
from ivr.survey.inputs import Heard, Keys
from ivr.survey.keypad import ENTER, REPEAT, YES_OR_NO, Keypad, keypad_of
from ivr.survey.steps import Phrase


class Command(StrEnum):
    """What a person may say instead of an answer."""

    REPEAT = "repeat"
    SKIP = "skip"


COMMANDS: Final = (
    Phrase(Command.REPEAT, ("repita", "repita la pregunta", "otra vez", "cómo dijo", "no le escuché")),
    Phrase(Command.SKIP, ("siguiente", "la siguiente", "paso", "salte", "no sé", "no sabría decirle")),
)
YES_NO_PHRASES: Final = (
    Phrase(YES, ("sí", "claro", "claro que sí", "sí señor", "sí señora", "correcto", "así es", "de acuerdo", "bueno")),
    Phrase(NO, ("no", "no señor", "no señora", "para nada", "incorrecto", "no gracias")),
)
_ONES: Final = ("cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez")


@dataclass(frozen=True, slots=True)
class Given:
    answer: Answer


@dataclass(frozen=True, slots=True)
class Doubtful:
    """The person is asked whether it is right."""

    answer: Answer


Meaning = Given | Doubtful | Command | None
"""None: nothing that answers the question."""


def phrases_of(question: Question) -> tuple[Phrase, ...]:
    """All that is listened for after a question."""
    match question.kind:
        case QuestionKind.SCALE:
            own = tuple(Phrase(value, (spoken(question, value),)) for value in scores(question))
        case QuestionKind.YES_NO:
            own = YES_NO_PHRASES
        case QuestionKind.CHOICE:
            own = tuple(Phrase(choice.value, choice.phrases) for choice in question.choices)
        case QuestionKind.OPEN:
            own = ()
    return own + COMMANDS


def scores(question: Question) -> tuple[str, ...]:
    """Every answer of a scale."""
    steps = round((question.high - question.low) / question.step)
    return tuple(f"{question.low + place * question.step:g}" for place in range(steps + 1))


def spoken(question: Question, value: str) -> str:
    """An answer as it is said back."""
    if question.kind is QuestionKind.CHOICE:
        return next((choice.label for choice in question.choices if choice.value == value), value)
    if question.kind is QuestionKind.YES_NO:
        return "sí" if value == YES else "no"
    whole, point, _ = value.partition(".")
    if point and whole == "0":
        return "medio"
    return _ONES[int(whole)] + (" y medio" if point else "")


def understood(question: Question, happened: Keys | Heard, confidence: Confidence) -> Meaning:
    """What it means as an answer of this question. Keys leave no doubt."""
    if isinstance(happened, Keys):
        return _keyed(happened.digits, keypad_of(question), question)
    value = _value(question, happened)
    if value is None or happened.confidence < confidence.confirm:
        return None
    if isinstance(value, Command):
        return value
    answer = answer_of(question, value, AnsweredBy.VOICE, heard=happened.text, confidence=happened.confidence)
    return Given(answer) if happened.confidence >= confidence.accept else Doubtful(answer)


def yes_or_no(happened: Keys | Heard, confidence: Confidence) -> bool | Command | None:
    """What it means as an answer to a question of ours. Less sure than usual will do: it is not asked back again."""
    if isinstance(happened, Keys):
        if happened.digits == REPEAT:
            return Command.REPEAT
        keyed = YES_OR_NO.value(happened.digits)
        return None if keyed is None else keyed == YES
    if happened.confidence < confidence.confirm:
        return None
    if isinstance(happened.value, bool):
        return happened.value
    return Command.REPEAT if happened.value == Command.REPEAT else None


def answer_of(
    question: Question, value: str, by: AnsweredBy, *, heard: str = "", confidence: float | None = None
) -> Answer:
    score = float(value) if question.kind is QuestionKind.SCALE else None
    return Answer(question=question.id, value=value, score=score, by=by, heard=heard, confidence=confidence)


def _keyed(digits: str, keypad: Keypad, question: Question) -> Meaning:
    if digits == REPEAT:
        return Command.REPEAT
    if digits == ENTER:
        return Command.SKIP
    value = keypad.value(digits)
    return None if value is None else Given(answer_of(question, value, AnsweredBy.KEY))


def _value(question: Question, heard: Heard) -> str | Command | None:
    """The answer in what was heard; None where it answers another question."""
    value = heard.value
    if isinstance(value, bool):
        value = YES if value else NO
    elif isinstance(value, int | float | Decimal):
        value = f"{float(value):g}"
    if value in set(Command):
        return Command(value)
    return value if value in {phrase.value for phrase in phrases_of(question)} else None
