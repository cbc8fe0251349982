"""A number, and a number said digit by digit or in groups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ivr.understanding.cardinals import TENS, UNITS, Cardinal, cardinal_at, cardinals, words_of
from ivr.understanding.understood import NEARLY, PERHAPS, SURE, Understood, meant, not_understood

CORRECTS: Final = frozenset({"no", "perdon", "digo", "mejor", "corrijo"})
"""Between two numbers: the second is meant."""
AROUND: Final = frozenset({
    "el", "la", "los", "las", "es", "son", "de", "del", "en", "por", "favor", "mi", "numero", "cedula", "documento",
    "nit", "contrato", "codigo", "extension", "placa", "y", "guion", "pesos", "bolivianos", "soles", "seria",
    "serian", "como", "unos", "unas", "identidad", "carne", "dni", "cuenta", "telefono", "celular",
})  # fmt: skip
"""Words beside a number that change nothing about it."""
_ARTICLES: Final = frozenset({"un", "una"})
REPEATS: Final = {"doble": 2, "triple": 3}
MOST_DIGITS: Final = 32


def number(text: str) -> Understood[int]:
    """A whole number: "mil doscientos", "unos 350". Two numbers are none, unless the second corrects the first."""
    words = words_of(text)
    found = [each for each in cardinals(words) if not _is_article(words, each)] or list(cardinals(words))
    if not found:
        return not_understood(text)
    if len(found) == 1:
        return meant(found[0].value, _by_words_around(words, found), text)
    if corrected(words, found[-2], found[-1]):
        return meant(found[-1].value, PERHAPS, text, (found[-2].value,))
    return not_understood(text, tuple(each.value for each in found))


def corrected(words: Sequence[str], first: Cardinal, second: Cardinal) -> bool:
    """Whether the caller took the first number back: "cinco, no, perdón, seis"."""
    return any(word in CORRECTS for word in words[first.after : second.first])


def digits(text: str) -> Understood[str]:
    """Figures one after the other, said one by one or in groups: "tres cuarenta y cinco doble cero" is ``34500``.

    "Treinta uno" can be 31 or 301: it is taken as it was said, 301, and to be confirmed.
    """
    words = words_of(text)
    said, strange, doubtful = "", 0, False
    at = 0
    while at < len(words):
        times = REPEATS.get(words[at], 1)
        group = cardinal_at(words, at + (times > 1))
        if group is None:
            strange += words[at] not in AROUND
            at += 1
            continue
        if times > 1 and len(group.figures) > 1:
            doubtful = True
        if group.after - group.first == 1 and words[group.first] in TENS and group.after < len(words):
            doubtful |= UNITS.get(words[group.after], 0) > 0
        said += group.figures * times
        at = group.after
    if not said or len(said) > MOST_DIGITS:
        return not_understood(text)
    return meant(said, PERHAPS if doubtful or strange > 1 else NEARLY if strange else SURE, text)


def _is_article(words: Sequence[str], found: Cardinal) -> bool:
    """ "Un" before a number or a thing: "un ocho", "una cuenta"; the number one is "uno"."""
    return found.after - found.first == 1 and words[found.first] in _ARTICLES and len(words) > 1


def _by_words_around(words: Sequence[str], found: Sequence[Cardinal]) -> float:
    inside = {at for each in found for at in range(each.first, each.after)}
    strange = sum(word not in AROUND and word not in _ARTICLES for at, word in enumerate(words) if at not in inside)
    return SURE if not strange else NEARLY if strange <= 2 else PERHAPS
