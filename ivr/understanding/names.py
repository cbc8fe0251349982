"""A person or unit of a directory, by name: in any order, without the second surname, as it sounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from audio.alike import alike, as_it_sounds, plain
from ivr.understanding.understood import Understood, meant, not_understood

AROUND: Final = frozenset({
    "quiero", "quisiera", "deseo", "necesito", "hablar", "comunicarme", "comuniqueme", "comunicar", "comunica",
    "paseme", "pase", "me", "puede", "podria", "con", "el", "la", "los", "las", "al", "a", "de", "del", "por",
    "favor", "señor", "señora", "señorita", "don", "doña", "doctor", "doctora", "ingeniero", "ingeniera",
    "licenciado", "licenciada", "profesor", "profesora", "arquitecto", "abogado", "abogada", "oficina", "extension",
    "buenos", "buenas", "dias", "tardes", "noches", "busco", "esta", "se", "encuentra", "un", "una", "es", "que",
    "y", "gracias",
})  # fmt: skip
LEAST_LIKENESS: Final = 0.7
MARGIN: Final = 0.15
_WITHOUT: Final = 0.02
"""Taken off for each word of a name that was not said."""


def name(text: str, directory: Mapping[str, Sequence[str]]) -> Understood[str]:
    """The key of whoever was named. `directory`: key → the names one goes by, each whole ("Ana María Díaz Rojas").

    Two people whom the words fit alike are not understood; they are the `rivals`, to be asked about.
    """
    heard = [word for word in plain(text).split() if word not in AROUND]
    if not heard:
        return not_understood(text)
    fits = ((max(_fit(heard, each) for each in names), key) for key, names in directory.items() if names)
    found = sorted(fits, key=lambda each: -each[0])
    if not found or found[0][0] < LEAST_LIKENESS:
        return not_understood(text)
    best, key = found[0]
    near = tuple(each for likeness, each in found[1:6] if best - likeness < MARGIN and likeness >= LEAST_LIKENESS)
    margin = best - found[1][0] if len(found) > 1 else 1.0
    if margin < 0.05:
        return not_understood(text, (key, *near))
    return meant(key, best * min(1.0, (margin / MARGIN) ** 0.5), text, near)


def _fit(heard: Sequence[str], whole: str) -> float:
    """How much of what was heard is in the name, a little less for each word of the name that was left out."""
    words = [word for word in plain(whole).split() if word not in AROUND or len(whole.split()) == 1]
    if not words:
        return 0.0
    left_out = max(0, len(words) - len(heard))
    said = sum(len(as_it_sounds(word)) for word in heard)
    found = sum(max(alike(word, each) for each in words) * len(as_it_sounds(word)) for word in heard)
    return max(0.0, (found / said if said else 0.0) - _WITHOUT * left_out)
