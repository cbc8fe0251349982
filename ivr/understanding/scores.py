"""A score on a scale, half points too: "un diez", "ocho y medio", "nueve de diez", "le doy un siete"."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from audio.alike import alike
from ivr.understanding.cardinals import DECIMAL, Cardinal, cardinals, words_of
from ivr.understanding.numbers import corrected
from ivr.understanding.understood import NEARLY, PERHAPS, SURE, Understood, meant, not_understood

AROUND: Final = frozenset({
    "el", "la", "le", "les", "lo", "me", "mi", "es", "un", "una", "uno", "de", "por", "favor", "doy", "daria",
    "pongo", "pondria", "creo", "que", "yo", "diria", "verdad", "pues", "seria", "puntos", "punto", "calificacion",
    "nota", "puntaje", "califico", "con", "excelente", "bueno", "buena", "regular", "malo", "mala", "pesimo", "muy",
    "mas", "o", "menos", "gracias", "senorita", "señorita", "senor", "señor", "hoy", "a", "ver", "eh", "bien",
    "todo", "digamos", "entonces", "sobre",
})  # fmt: skip
OF_SCALE: Final = frozenset({"de", "sobre", "entre", "del"})
POINT: Final = frozenset({"punto", "coma", "con"})
HALF: Final = frozenset({"medio", "media"})
DENIES: Final = frozenset({"no", "ni", "nunca", "tampoco", "menos", "casi"})
LEAST_ALIKE: Final = 0.7
"""What is this near to a score may have been one, to be confirmed."""
_MARGIN: Final = 0.1
_WORDS: Final = (
    "cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez", "once", "doce", "trece",
    "catorce", "quince", "dieciseis", "diecisiete", "dieciocho", "diecinueve", "veinte",
)  # fmt: skip
_FORMS: Final = (
    {word: float(value) for value, word in enumerate(_WORDS)}
    | {f"un {word}": float(value) for value, word in enumerate(_WORDS)}
    | {f"{word} y medio": value + 0.5 for value, word in enumerate(_WORDS)}
    | {f"{word} punto cinco": value + 0.5 for value, word in enumerate(_WORDS)}
)


def score(text: str, *, lowest: int = 0, highest: int = 10, halves: bool = True) -> Understood[float]:
    """The score that was given, between `lowest` and `highest`; one outside, or two of them, is not understood.

    `halves`: 8.5 is a score. Where it is not, "ocho y medio" is not understood, and asked again.
    """
    words = words_of(text)
    mentioned = _mentioned(words)
    inside = {at for _, first, after in mentioned for at in range(first, after)}
    said = [each for n, each in enumerate(mentioned) if not _names_the_scale(words, mentioned, n, highest)]
    if not said:
        return _by_sound(text, lowest, highest, halves)
    if len(said) > 1 and not all(_taken_back(words, one, other) for one, other in pairwise(said)):
        if len({value for value, _, _ in said}) > 1:
            return not_understood(text, tuple(value for value, _, _ in said))
        said = said[-1:]  # "diez, un diez"
    value, first, _ = said[-1]
    if first and words[first - 1] in ("punto", "coma"):
        return not_understood(text)  # the whole before its half was not heard
    if not lowest <= value <= highest or (value % 1 and not halves) or value % 0.5:
        return not_understood(text)
    others = [word for at, word in enumerate(words) if at not in inside]
    if len(said) > 1:
        return meant(value, PERHAPS, text, (said[-2][0],))
    if any(word in DENIES for word in others) and "mas o menos" not in " ".join(others):
        return meant(value, PERHAPS, text)
    strange = sum(word not in AROUND for word in others)
    return meant(value, SURE if not strange else NEARLY if strange <= 2 else PERHAPS, text)


def _mentioned(words: Sequence[str]) -> list[tuple[float, int, int]]:
    """Each number with its half: (value, index of its first word, index after its last)."""
    found: list[tuple[float, int, int]] = []
    at = 0
    whole = {each.first: each for each in cardinals(words)}
    while at < len(words):
        decimal = DECIMAL.fullmatch(words[at])
        if decimal:
            found.append((float(words[at]), at, at + 1))
            at += 1
        elif at in whole:
            value, after = _with_its_half(words, whole[at])
            if not _is_article(words, whole[at], after):
                found.append((value, at, after))
            at = after
        else:
            at += 1
    return found


def _with_its_half(words: Sequence[str], whole: Cardinal) -> tuple[float, int]:
    rest = words[whole.after : whole.after + 2]
    if len(rest) == 2 and (rest[0] == "y" or rest[0] in POINT) and rest[1] in HALF:
        return whole.value + 0.5, whole.after + 2
    if len(rest) == 2 and rest[0] in POINT and rest[1] in ("cinco", "5"):
        return whole.value + 0.5, whole.after + 2
    if len(rest) == 2 and rest[0] in POINT and rest[1] in ("cero", "0"):
        return float(whole.value), whole.after + 2
    return float(whole.value), whole.after


def _is_article(words: Sequence[str], whole: Cardinal, after: int) -> bool:
    """ "Un diez", "le doy un": the number one is "uno", or "un punto"."""
    alone = whole.after == after == whole.first + 1 and words[whole.first] in ("un", "una")
    return alone and words[after : after + 1] != ["punto"]


def _names_the_scale(words: Sequence[str], said: Sequence[tuple[float, int, int]], n: int, highest: int) -> bool:
    """ "Nueve de diez", "un ocho sobre diez": the ten is the scale's."""
    value, first, _ = said[n]
    return n > 0 and value == highest and first > 0 and words[first - 1] in OF_SCALE and said[n - 1][2] == first - 1


def _taken_back(words: Sequence[str], one: tuple[float, int, int], other: tuple[float, int, int]) -> bool:
    first, second = (
        Cardinal(value=0, first=begin, after=after, figures="") for _, begin, after in (one, other)
    )  # only where they stand matters
    return corrected(words, first, second)


def _by_sound(text: str, lowest: int, highest: int, halves: bool) -> Understood[float]:
    """The one way of giving a score that it is alike as a whole: "dres", "undos"; never sure."""
    fits: dict[float, float] = {}
    for form, value in _FORMS.items():
        if lowest <= value <= highest and (halves or not value % 1):
            fits[value] = max(fits.get(value, 0.0), alike(text, form))
    best, *others = sorted(fits.items(), key=lambda fit: -fit[1])
    if best[1] < LEAST_ALIKE or (others and best[1] - others[0][1] < _MARGIN):
        return not_understood(text)
    return meant(best[0], PERHAPS * best[1], text, (others[0][0],) if others else ())
