"""A key that was said instead of pressed: "la dos", "opción tres", and for who knows an extension "veintiuno diez"."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from audio.alike import alike
from ivr.understanding.cardinals import UNITS, words_of
from ivr.understanding.numbers import digits
from ivr.understanding.understood import SURE, Understood, meant, not_understood

AROUND: Final = frozenset({
    "el", "la", "con", "en", "es", "marco", "marque", "elijo", "quiero", "opcion", "numero", "tecla", "interno",
    "anexo", "extension", "por", "favor", "señorita", "gracias",
})  # fmt: skip
"""Words beside a key that change nothing about it; with any other word it is no key: "en dos minutos"."""
ARTICLES: Final = frozenset({"un", "una"})


TOO_ALIKE: Final = 0.6
"""A key whose word sounds like a phrase is not listened for: "uno" beside a "no"."""


def said_keys(keys: Mapping[str, Any], phrases: Collection[str]) -> dict[str, Any]:
    """Those that may be said where these phrases may be said too."""
    words = {str(value): word for word, value in UNITS.items() if word not in ARTICLES}
    return {key: value for key, value in keys.items() if not _is_like_one(words.get(key, ""), phrases)}


def key_said(text: str, keys: Mapping[str, Any]) -> Understood[Any]:
    """The value of the key. `keys`: the digits as they are pressed → value."""
    words = [word for word in words_of(text) if word not in AROUND]
    found = digits(" ".join(words))
    value = None if found.value is None else keys.get(found.value)
    if value is None or found.confidence < SURE or not ARTICLES.isdisjoint(words):
        return not_understood(text)
    return meant(value, SURE, text)


def key_words(keys: Mapping[str, Any]) -> tuple[str, ...]:
    """What a grammar has of them: those of one digit; longer ones are too many, and mostly pressed."""
    spoken = {str(value): word for word, value in UNITS.items() if word not in ARTICLES}
    return tuple(spoken[key] for key in keys if key in spoken)


def _is_like_one(word: str, phrases: Collection[str]) -> bool:
    return bool(word) and any(alike(word, phrase) >= TOO_ALIKE for phrase in phrases)
