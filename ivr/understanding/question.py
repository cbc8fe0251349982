"""A question, as it is listened for: what may be said, and what an answer in words means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, Final

from ivr.understanding.choices import choice
from ivr.understanding.dates import date_said
from ivr.understanding.instead import beside, instead
from ivr.understanding.keys import key_said, key_words, said_keys
from ivr.understanding.names import name
from ivr.understanding.numbers import digits, number
from ivr.understanding.scores import score
from ivr.understanding.understood import SURE, Understood, meant, not_understood
from ivr.understanding.yes_no import yes_no


class Kind(StrEnum):
    MENU = "menu"
    """One of `choices`: its value."""
    YES_NO = "yes_no"
    """True or False."""
    SCORE = "score"
    """A float between `lowest` and `highest`."""
    NAME = "name"
    """A key of `directory`."""
    DATE = "date"
    """A `date`."""
    NUMBER = "number"
    """An int."""
    DIGITS = "digits"
    """Figures, as text."""
    OPEN = "open"
    """The words themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What was asked, whatever tree or survey it stands in."""

    kind: Kind
    choices: Mapping[str, str] = field(default_factory=dict)
    """MENU: what may be said → its value; several phrases may have one value."""
    directory: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """NAME: key → the names one goes by."""
    instead: Mapping[str, str] = field(default_factory=dict)
    """What may be said instead of an answer, whatever is asked ("asesor", "repita") → its value."""
    keys: Mapping[str, Any] = field(default_factory=dict)
    """MENU, NAME: what is pressed for a value → that value; callers also say it. Never of YES_NO: "uno" is too near to
    "no"."""
    lowest: int = 0
    highest: int = 10
    halves: bool = True
    """SCORE: 8.5 is one."""
    today: date | None = None
    """DATE: in the caller's time zone; must be given there."""
    past: bool = False
    """DATE: a day without its year lies behind."""


YES_NO_PHRASES: Final = (
    "sí", "no", "claro que sí", "por supuesto", "sí, señor", "sí, claro", "sí, gracias", "de acuerdo", "no, gracias",
    "no, señor", "para nada", "todavía no", "claro que no", "correcto", "claro", "dale", "bueno", "listo", "ya",
    "negativo", "así es", "está bien", "de una", "perfecto",
)  # fmt: skip
_SCORE_WORDS: Final = (
    "cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez",
)  # fmt: skip
_DATE_PHRASES: Final = (
    "hoy", "mañana", "pasado mañana", "ayer", "lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo",
    "que viene", "la próxima semana", "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto",
    "septiembre", "octubre", "noviembre", "diciembre", "el", "de", "del", "primero",
)  # fmt: skip
_NUMBER_PHRASES: Final = (
    *_SCORE_WORDS, "once", "doce", "trece", "catorce", "quince", "dieciséis", "diecisiete", "dieciocho", "diecinueve",
    "veinte", "veintiuno", "veintidós", "veintitrés", "veinticuatro", "veinticinco", "veintiséis", "veintisiete",
    "veintiocho", "veintinueve", "treinta", "cuarenta", "cincuenta", "sesenta", "setenta", "ochenta", "noventa", "cien",
    "ciento", "doscientos", "trescientos", "cuatrocientos", "quinientos", "seiscientos", "setecientos", "ochocientos",
    "novecientos", "mil", "y", "doble", "triple", "millón", "millones",
)  # fmt: skip


def phrases_of(question: Question) -> tuple[str, ...]:
    """What a recogniser's grammar is made of: whole answers, or (dates, numbers) their words; and keys. An open
    question has none."""
    phrases = weighed_phrases_of(question)
    return tuple(dict.fromkeys((*phrases, *key_words(said_keys(question.keys, phrases)))))


def weighed_phrases_of(question: Question) -> tuple[str, ...]:
    """The same without keys: those are understood by their words alone, and spare who weighs each phrase a third of its
    time."""
    if question.kind is Kind.OPEN:
        return ()
    return tuple(dict.fromkeys((*_answers_of(question), *question.instead)))


def _answers_of(question: Question) -> tuple[str, ...]:
    match question.kind:
        case Kind.MENU:
            return tuple(question.choices)
        case Kind.YES_NO:
            return YES_NO_PHRASES
        case Kind.SCORE:
            words = [word for value, word in enumerate(_SCORE_WORDS) if question.lowest <= value <= question.highest]
            halves = [f"{word} y medio" for word in words[:-1]] if question.halves else []
            return (*words, *(f"un {word}" for word in words if word != "cero"), *halves)
        case Kind.NAME:
            return tuple(dict.fromkeys(each for names in question.directory.values() for each in names))
        case Kind.DATE:
            return _DATE_PHRASES + _NUMBER_PHRASES
        case Kind.NUMBER | Kind.DIGITS:
            return _NUMBER_PHRASES
        case Kind.OPEN:
            return ()


def hint_of(question: Question) -> str:
    """A sentence in which what may be said is said: it leads Whisper towards it."""
    match question.kind:
        case Kind.MENU:
            return f"Diga: {', '.join(list(question.choices)[:20])}."
        case Kind.YES_NO:
            return "¿Está de acuerdo? Sí. No. Claro que sí. No, gracias. Dale. De una. Ya pues."
        case Kind.SCORE:
            words = ", ".join(_SCORE_WORDS[max(0, question.lowest) : question.highest + 1])
            return f"Califique: {words}." + (" Ocho y medio. Un nueve." if question.halves else " Un nueve.")
        case Kind.NAME:
            return f"Quiero hablar con {', '.join(phrases_of(question)[:20])}."
        case Kind.DATE:
            return "¿Qué día? El quince de marzo. Pasado mañana. El lunes que viene."
        case Kind.NUMBER | Kind.DIGITS:
            return "El número es uno, dos, tres, cuarenta y cinco, doble cero."
        case Kind.OPEN:
            return ""


def read(question: Question, text: str) -> Understood[Any]:
    """What an answer in these words means, or what was said instead of one."""
    found = _read(question, text)
    if found.value is not None or not question.keys:
        return found
    said = key_said(text, said_keys(question.keys, weighed_phrases_of(question)))
    return found if said.value is None else said


def _read(question: Question, text: str) -> Understood[Any]:
    if question.kind is Kind.MENU:
        return choice(text, {**question.instead, **question.choices})
    answer = _answer(question, text)
    if not question.instead:
        return answer
    other, alone = instead(text, question.instead)
    if other.value is None or (answer.confidence >= SURE and question.kind is not Kind.OPEN):
        return answer
    if question.kind is Kind.OPEN:
        return other if alone else answer
    if answer.value is None or (alone and question.kind is not Kind.YES_NO):
        return other
    return beside(answer, other)


def _answer(question: Question, text: str) -> Understood[Any]:
    match question.kind:
        case Kind.MENU:
            return choice(text, question.choices)
        case Kind.YES_NO:
            return yes_no(text)
        case Kind.SCORE:
            return score(text, lowest=question.lowest, highest=question.highest, halves=question.halves)
        case Kind.NAME:
            return name(text, question.directory)
        case Kind.DATE:
            assert question.today is not None, "a date is asked for on a day"
            return date_said(text, question.today, past=question.past)
        case Kind.NUMBER:
            return number(text)
        case Kind.DIGITS:
            return digits(text)
        case Kind.OPEN:
            said = " ".join(text.split())
            return meant(said, 1.0, text) if said else not_understood(text)
