"""Typed words to what a recogniser would have understood, by plain comparison: for trying a tree without a telephone.

Accents and capitals do not count. Words that are a whole phrase, or hold one, are certain; some words of a phrase are
middling.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Final

from cti_api.appointments.spanish import MONTHS
from ivr.tree.inputs import Heard, NoMatch
from ivr.tree.prompts import Value
from ivr.tree.sounding import folded
from ivr.tree.steps import Choosable, Kind, Listen

WHOLE, HOLDS, PART = 1.0, 0.9, 0.6
"""Confidence in each."""

_YES: Final = frozenset(["si", "claro", "correcto", "exacto", "afirmativo", "bueno", "dale", "listo", "eso", "ya"])
_NO: Final = frozenset(["no", "negativo", "incorrecto", "nunca", "tampoco"])
_DAY: Final = re.compile(r"(\d{1,2})(?: de | )(\d{1,2}|[a-z]+)(?: de | )(\d{4})")


def understood(listen: Listen, text: str) -> Heard | NoMatch:
    """What the words mean while that is listened for."""
    words = folded(text)
    found = next(_choices(listen.choices, words), None) or _other(listen.kind, text, words)
    return NoMatch() if found is None else Heard(text, found[1], found[0])


def _choices(choices: tuple[Choosable, ...], words: str) -> Iterator[tuple[float, Value]]:
    best: dict[str, float] = {}
    for choice in choices:
        for phrase in map(folded, choice.phrases):
            best[choice.value] = max(best.get(choice.value, 0.0), _likeness(phrase, words))
    ranked = sorted(((score, value) for value, score in best.items() if score), reverse=True)
    if len(ranked) > 1 and ranked[0][0] == ranked[1][0]:
        return  # as good as each other: nobody knows which
    yield from ranked[:1]


def _likeness(phrase: str, words: str) -> float:
    """0..1; of two phrases that the words hold, the longer one is meant."""
    if phrase == words:
        return WHOLE
    if f" {phrase} " in f" {words} ":
        return HOLDS - 0.1 / (1 + len(phrase))
    return PART if words and set(words.split()) <= set(phrase.split()) else 0.0


def _other(kind: Kind, text: str, words: str) -> tuple[float, Value] | None:
    digits = "".join(re.findall(r"\d+", words))
    match kind:
        case Kind.YES_NO:
            said = set(words.split())
            yes, no = bool(said & _YES), bool(said & _NO)
            return None if yes == no else (HOLDS, yes)
        case Kind.DIGITS if digits:
            return HOLDS, digits
        case Kind.NUMBER if re.search(r"\d", text):
            return HOLDS, Decimal(re.findall(r"\d+(?:\.\d+)?", text.replace(",", "."))[0])
        case Kind.DATE:
            day = _day(words)
            return None if day is None else (HOLDS, day)
        case Kind.OPEN:
            return HOLDS, text
        case _:
            return None


def _day(words: str) -> date | None:
    found = _DAY.search(words)
    if not found:
        return None
    month = int(found[2]) if found[2].isdecimal() else next((n for n, m in enumerate(MONTHS, 1) if m == found[2]), 0)
    try:
        return date(int(found[3]), month, int(found[1]))
    except ValueError:
        return None
