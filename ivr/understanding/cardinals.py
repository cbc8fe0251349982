"""Spanish number words, and figures, among other words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from audio.alike import as_it_sounds, plain

UNITS: Final = {
    "cero": 0, "un": 1, "uno": 1, "una": 1, "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "seis": 6, "siete": 7,
    "ocho": 8, "nueve": 9,
}  # fmt: skip
TEENS: Final = {
    "diez": 10, "once": 11, "doce": 12, "trece": 13, "catorce": 14, "quince": 15, "dieciseis": 16, "diecisiete": 17,
    "dieciocho": 18, "diecinueve": 19, "veinte": 20, "veintiun": 21, "veintiuno": 21, "veintiuna": 21, "veintidos": 22,
    "veintitres": 23, "veinticuatro": 24, "veinticinco": 25, "veintiseis": 26, "veintisiete": 27, "veintiocho": 28,
    "veintinueve": 29,
}  # fmt: skip
TENS: Final = {
    "treinta": 30, "cuarenta": 40, "cincuenta": 50, "sesenta": 60, "setenta": 70, "ochenta": 80, "noventa": 90,
}  # fmt: skip
HUNDREDS: Final = {
    "cien": 100, "ciento": 100, "doscientos": 200, "trescientos": 300, "cuatrocientos": 400, "quinientos": 500,
    "seiscientos": 600, "setecientos": 700, "ochocientos": 800, "novecientos": 900,
}  # fmt: skip
_FEMININE: Final = {word[:-2] + "as": value for word, value in HUNDREDS.items() if word.endswith("os")}

BY_SOUND: Final = {
    as_it_sounds(word): word for words in (UNITS, TEENS, TENS, HUNDREDS, _FEMININE) for word in words
}  # fmt: skip
"""``dies``, ``sinco`` and ``nuebe`` are number words too."""
FIGURES: Final = re.compile(r"\d{1,15}")
GROUPED: Final = re.compile(r"\d{1,3}(?:\.\d{3})+")
"""``1.250``: a thousand and more, as figures are written there."""
DECIMAL: Final = re.compile(r"(\d{1,15})\.(\d{1,2})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cardinal:
    """A whole number found among words."""

    value: int
    first: int
    """Index of its first word."""
    after: int
    """Index of the word after it."""
    figures: str
    """As a figure; one written in figures keeps its noughts in front: ``007``."""


def words_of(text: str) -> list[str]:
    """The words of an answer, plain, number words in their own spelling; ``1.250`` is ``1250``."""
    words = []
    for word in plain(text).split():
        if GROUPED.fullmatch(word):
            words.append(word.replace(".", ""))
        else:
            words.append(BY_SOUND.get(as_it_sounds(word), word))
    return words


def cardinals(words: Sequence[str]) -> Iterator[Cardinal]:
    """Each number among `words`, as long as it can be read, from the left."""
    at = 0
    while at < len(words):
        found = cardinal_at(words, at)
        if found is None:
            at += 1
        else:
            yield found
            at = found.after


def cardinal_at(words: Sequence[str], at: int) -> Cardinal | None:
    """The number that begins with the word `at`; None where none does."""
    word = words[at] if at < len(words) else ""
    if FIGURES.fullmatch(word):
        return Cardinal(value=int(word), first=at, after=at + 1, figures=word)
    read = _millions(words, at)
    if read is None:
        return None
    value, after = read
    return Cardinal(value=value, first=at, after=after, figures=str(value))


def _word(words: Sequence[str], at: int) -> str:
    return words[at] if at < len(words) else ""


def _millions(words: Sequence[str], at: int) -> tuple[int, int] | None:
    head = _thousands(words, at)
    if head is None or _word(words, head[1]) not in ("millon", "millones"):
        return head
    tail = _thousands(words, head[1] + 1)
    return (head[0] * 1_000_000 + tail[0], tail[1]) if tail else (head[0] * 1_000_000, head[1] + 1)


def _thousands(words: Sequence[str], at: int) -> tuple[int, int] | None:
    if _word(words, at) == "mil":
        head: tuple[int, int] | None = (1, at)
    else:
        head = _hundreds(words, at)
    if head is None or _word(words, head[1]) != "mil" or head[0] == 0:
        return head
    tail = _hundreds(words, head[1] + 1)
    if tail and tail[0]:
        return head[0] * 1000 + tail[0], tail[1]
    return head[0] * 1000, head[1] + 1


def _hundreds(words: Sequence[str], at: int) -> tuple[int, int] | None:
    word = _word(words, at)
    hundreds = HUNDREDS.get(word, _FEMININE.get(word))
    if hundreds is None:
        return _below_hundred(words, at)
    tail = _below_hundred(words, at + 1)
    return (hundreds + tail[0], tail[1]) if tail and tail[0] else (hundreds, at + 1)


def _below_hundred(words: Sequence[str], at: int) -> tuple[int, int] | None:
    word = _word(words, at)
    if word in TENS:
        unit = UNITS.get(_word(words, at + 2)) if _word(words, at + 1) == "y" else None
        return (TENS[word] + unit, at + 3) if unit else (TENS[word], at + 1)
    value = TEENS.get(word, UNITS.get(word))
    return (value, at + 1) if value is not None else None
