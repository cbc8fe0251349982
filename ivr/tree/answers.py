"""What an answer means for the question that was asked, and what follows when it means nothing.

A key is certain. A spoken answer is taken when the recogniser is sure, read back when it is middling, and not
understood below that. Silence and misunderstanding are counted apart, for each has its own words, and together: after
so many tries the question is given up.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import NamedTuple, TypeAlias

from ivr.tree.inputs import Heard, Input, Keys, NoInput, NoMatch, TooManyKeys
from ivr.tree.limits import LONGEST_VALUE, MOST_KEYS_A_PROMPT
from ivr.tree.nodes import Choice, Confirm, Question, Tree
from ivr.tree.place import Meant, Place
from ivr.tree.prompts import Prompt, Value, in_words
from ivr.tree.steps import NO_KEY, YES_KEY, Kind, Listen
from ivr.tree.wording import confirming, listening


class Settled(NamedTuple):
    """The question is answered."""

    meant: Meant


class GivenUp(NamedTuple):
    """No try is left."""


class Again(NamedTuple):
    """There is something to ask."""

    place: Place
    listen: Listen


Answered: TypeAlias = Settled | GivenUp | Again


def answered(tree: Tree, question: Question, place: Place, happened: Input, now: datetime) -> Answered | None:
    """What follows from an input while the question is open; None for one that is no answer at all."""
    if not isinstance(happened, Keys | TooManyKeys | Heard | NoInput | NoMatch):
        return None
    if isinstance(happened, NoInput):
        return _missed(tree, question, replace(place, no_input=place.no_input + 1), question.no_input, place.no_input)
    if place.pending is not None:
        is_right = _meaning(Kind.YES_NO, (), question, happened, now)
        if is_right is not None and is_right.confidence >= tree.confidence.unsure:
            if is_right.value is True:
                return Settled(place.pending)
            place = replace(place, pending=None)  # asked anew, with the words for what was not understood
    else:
        meant = _meaning(question.kind, question.choices, question, happened, now)
        if meant is not None and meant.confidence >= tree.confidence.unsure:
            if not _has_to_be_confirmed(tree, question, meant):
                return Settled(meant)
            place = replace(place, pending=meant)
            return Again(place, confirming(tree, question, place, ()))
    return _missed(tree, question, replace(place, no_match=place.no_match + 1), question.no_match, place.no_match)


def _missed(tree: Tree, question: Question, place: Place, words: tuple[Prompt, ...], before: int) -> Answered:
    if place.no_input + place.no_match >= question.tries:
        return GivenUp()
    first = words[min(before, len(words) - 1)] if words else ()
    if place.pending is not None:
        return Again(place, confirming(tree, question, place, first))
    return Again(place, listening(question, place.values, first))


def _has_to_be_confirmed(tree: Tree, question: Question, meant: Meant) -> bool:
    if question.kind is Kind.OPEN or question.confirm is Confirm.NEVER:
        return False
    return question.confirm is Confirm.ALWAYS or meant.confidence < tree.confidence.sure


def _meaning(
    kind: Kind, choices: tuple[Choice, ...], question: Question, happened: Input, now: datetime
) -> Meant | None:
    match happened:
        case Keys(digits):
            return _by_keys(kind, choices, question, digits, now)
        case Heard(text, value, confidence) if value is not None:
            return _by_words(kind, choices, question, text, value, confidence)
        case _:
            return None


def _by_keys(kind: Kind, choices: tuple[Choice, ...], question: Question, digits: str, now: datetime) -> Meant | None:
    if len(digits) > MOST_KEYS_A_PROMPT or not digits.isascii():
        return None
    chosen = next((each for each in choices if each.key and each.key == digits), None)
    if chosen is not None:
        return _choosing(chosen, 1.0)
    bare = digits.removesuffix("#")
    if not bare.isdecimal():
        return None
    match kind:
        case Kind.YES_NO if bare in (YES_KEY, NO_KEY):
            return _meant(bare == YES_KEY, 1.0)
        case Kind.DIGITS:
            return _digits(question, bare, 1.0)
        case Kind.NUMBER:
            return _number(question, Decimal(bare), 1.0)
        case Kind.DATE:
            day = _day(bare, now)
            return None if day is None else _meant(day, 1.0)
        case _:
            return None


def _by_words(
    kind: Kind, choices: tuple[Choice, ...], question: Question, text: str, value: Value, confidence: float
) -> Meant | None:
    if not 0.0 <= confidence <= 1.0:
        return None
    chosen = next((each for each in choices if each.value == value), None)
    if chosen is not None:
        return _choosing(chosen, confidence)
    match kind, value:
        case Kind.YES_NO, bool():
            return _meant(value, confidence)
        case Kind.DIGITS, str() if value.isascii() and value.isdecimal():
            return _digits(question, value, confidence)
        case Kind.NUMBER, Decimal():
            return _number(question, value, confidence)
        case Kind.DATE, date():
            return _meant(value, confidence)
        case Kind.OPEN, str() if text.strip():
            return _meant(text[:LONGEST_VALUE], confidence)
        case _:
            return None


def _meant(value: Value, confidence: float) -> Meant:
    return Meant(value, in_words(value), confidence)


def _choosing(choice: Choice, confidence: float) -> Meant:
    return Meant(choice.value, choice.shown, confidence, choice)


def _digits(question: Question, digits: str, confidence: float) -> Meant | None:
    if not question.least_keys <= len(digits) <= question.most_keys:
        return None
    return Meant(digits, " ".join(digits), confidence)


def _number(question: Question, number: Decimal, confidence: float) -> Meant | None:
    try:
        too_low = question.lowest is not None and number < question.lowest
        too_high = question.highest is not None and number > question.highest
    except InvalidOperation:  # a signalling NaN is compared with nothing
        return None
    return None if too_low or too_high or not number.is_finite() else _meant(number, confidence)


def _day(digits: str, now: datetime) -> date | None:
    """A day keyed as DDMM of this year or DDMMYYYY."""
    if len(digits) not in (4, 8):
        return None
    try:
        return date(int(digits[4:]) if len(digits) == 8 else now.year, int(digits[2:4]), int(digits[:2]))
    except ValueError:
        return None
