"""How alike two pieces of Spanish sound, as people in Latin America say them: no difference between b and v, between
s, z and soft c, between ll and y, and the h is silent.

A recogniser seldom writes what was said letter by letter; what it wrote is compared by sound with what could have been
said. Pure.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final

LONGEST: Final = 400
"""Signs of a text that are looked at: nobody answers a menu with more, and comparing costs the product of lengths."""

_AS_IT_SOUNDS: Final = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        ("ch", "X"),
        ("sh", "X"),
        ("ph", "f"),
        ("qu(?=[ei])", "k"),
        ("q", "k"),
        ("gu(?=[ei])", "G"),
        ("g(?=[ei])", "j"),
        ("c(?=[ei])", "s"),
        ("z", "s"),
        ("c", "k"),
        ("v", "b"),
        ("w", "u"),
        ("ll", "y"),
        (r"y\b", "i"),
        ("h", ""),
        ("ñ", "N"),
        (r"x\b", "s"),
        (r"\bx", "j"),
        ("x", "ks"),
        (r"m(?=[bp])", "n"),
        ("G", "g"),
        (r"(.)\1+", r"\1"),
    )
)

LIGHT: Final = frozenset({
    "a", "al", "con", "cual", "cuales", "de", "del", "el", "ella", "en", "es", "esta", "este", "favor", "la", "las",
    "le", "les", "lo", "los", "me", "mi", "mis", "para", "por", "que", "quiero", "quisiera", "se", "ser", "si",
    "su", "sus", "te", "un", "una", "unas", "uno", "unos", "y", "yo", "necesito", "deseo", "puede", "pueden",
    "podria", "ver", "hacer", "tengo", "hay", "comunica", "comunicar", "comuniqueme", "pase", "paseme", "digame",
    "deme", "poner", "pedir", "area", "sobre", "pregunta",
})  # fmt: skip
"""Words around what is asked for: they weigh little beside it."""
LIGHT_WEIGHT: Final = 0.06
_SAME_WORD: Final = 0.75
_OTHER_WORD: Final = 0.5
"""Letters in common of two words that have nothing to do with each other: they count for nothing."""
_A_PART: Final = 0.8
"""All that was said is in the phrase, and the phrase says more: "cancelar" of "cancelar el servicio"."""
_ENOUGH: Final = 0.5
"""Weight of what was said from which on it may stand for a phrase: "quiero" alone may not."""


def plain(text: str) -> str:
    """Lower case, without accents (ñ stays) and signs; decimals keep their point: ``8,5`` is ``8.5``."""
    text = re.sub(r"[\0\1]", " ", unicodedata.normalize("NFC", text[:LONGEST])).casefold().replace("ñ", "\0")
    text = "".join(sign for sign in unicodedata.normalize("NFD", text) if not unicodedata.combining(sign))
    text = re.sub(r"(?<=\d)[.,](?=\d)", "\1", text.replace("\0", "ñ"))
    return " ".join(re.sub(r"[^\w\1]|_", " ", text).replace("\1", ".").split())


@lru_cache(maxsize=8192)
def as_it_sounds(text: str) -> str:
    """The same letters for what sounds the same; blanks between words stay."""
    text = plain(text)
    for pattern, sound in _AS_IT_SOUNDS:
        text = pattern.sub(sound, text)
    return text


def alike(one: str, other: str) -> float:
    """0..1 by the letters of their sound: 1 when nobody could tell them apart."""
    return _likeness(as_it_sounds(one).replace(" ", ""), as_it_sounds(other).replace(" ", ""))


@lru_cache(maxsize=16384)
def _likeness(one: str, other: str) -> float:
    longest = max(len(one), len(other))
    return 1 - _edits(one, other) / longest if longest else 1.0


def _edits(one: str, other: str) -> float:
    """Letters to change, add or leave out; a vowel for another counts half, it is what a telephone blurs."""
    row = [float(n) for n in range(len(other) + 1)]
    for i, mine in enumerate(one, 1):
        above, row[0] = row[0], float(i)
        for j, theirs in enumerate(other, 1):
            swap = 0.0 if mine == theirs else 0.5 if mine in "aeiou" and theirs in "aeiou" else 1.0
            above, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, above + swap)
    return row[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """A phrase, and how well what was heard fits it."""

    phrase: str
    likeness: float
    """0..1."""


def nearest(heard: str, phrases: Sequence[str]) -> tuple[Near, ...]:
    """All `phrases` by how well `heard` fits them, best first; equals stay in the order given.

    A phrase fits where all of it is alike, or where its weighty words are found among other words in any order: "quiero
    poner un reclamo, por favor" fits "reclamos".
    """
    if not plain(heard):
        return tuple(Near(phrase=phrase, likeness=0.0) for phrase in phrases)
    found = [Near(phrase=phrase, likeness=_fit(heard, phrase)) for phrase in phrases]
    return tuple(sorted(found, key=lambda near: -near.likeness))


def _fit(heard: str, phrase: str) -> float:
    said, wanted = plain(heard).split(), plain(phrase).split()
    enough = min(1.0, sum(map(weight, said)) / _ENOUGH)
    return max(
        alike(heard, phrase),
        0.97 * words_found(wanted, said),
        _A_PART * enough * words_found(said, wanted),
    )


def words_found(wanted: Sequence[str], among: Sequence[str]) -> float:
    """0..1: how much of `wanted`, by weight, sounds like a word of `among` (or like two of them run together)."""
    pieces = [*among, *(one + other for one, other in pairwise(among))]
    weights = [weight(word) for word in wanted]
    if not pieces or not sum(weights):
        return 0.0
    best = [max(_word_likeness(word, piece) for piece in pieces) for word in wanted]
    return sum(part * each for part, each in zip(weights, best, strict=True)) / sum(weights)


def weight(word: str) -> float:
    """How much a word says: a long one more than a short one, one that everybody says nearly nothing."""
    return LIGHT_WEIGHT if word in LIGHT else min(len(word), 8) / 8


def _word_likeness(word: str, piece: str) -> float:
    """As `alike`; the same stem with another end ("reclamo", "reclamos", "reclamar") is nearly the same word."""
    one, other = as_it_sounds(word), as_it_sounds(piece)
    same = 0
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs:
            break
        same += 1
    whole = _likeness(one, other)
    if same >= 5 and same >= 0.6 * max(len(one), len(other)):
        return max(whole, 0.9)
    fading = _SAME_WORD * (whole - _OTHER_WORD) / (_SAME_WORD - _OTHER_WORD)
    return whole if whole >= _SAME_WORD else max(0.0, fading)


def grouped(nears: Iterable[tuple[str, float]]) -> tuple[tuple[str, float], ...]:
    """The best of each value, best first."""
    best: dict[str, float] = {}
    for value, likeness in nears:
        best[value] = max(best.get(value, 0.0), likeness)
    return tuple(sorted(best.items(), key=lambda each: -each[1]))
