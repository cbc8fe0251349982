"""Which of several things was asked for: nearest by sound, never equality."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from audio.alike import alike, grouped, nearest
from ivr.understanding.understood import Understood, meant, not_understood

LEAST_LIKENESS: Final = 0.62
"""Below it nothing of the list was said."""
MARGIN: Final = 0.2
"""A choice this much nearer than the next is clear; a nearer one is the less sure for it."""
_CLOSE: Final = 0.9


def choice(text: str, phrases: Mapping[str, str]) -> Understood[str]:
    """The value whose phrase is nearest. `phrases`: what may be said → its value; many phrases may have one value.

    Where a phrase is all that was said, others that are only a part of it are no rivals: "ahora no puedo" is no "no".
    """
    values = grouped((value, alike(text, phrase)) for phrase, value in phrases.items())
    if not values or values[0][1] < 1.0:
        values = grouped((phrases[near.phrase], near.likeness) for near in nearest(text, list(phrases)))
    if not values or values[0][1] < LEAST_LIKENESS:
        return not_understood(text)
    best, likeness = values[0]
    second = values[1][1] if len(values) > 1 else 0.0
    rivals = tuple(value for value, each in values[1:3] if each >= LEAST_LIKENESS)
    margin = likeness - second
    if margin <= 0.02 and rivals:
        return not_understood(text, (best, *rivals))
    certain = min(1.0, likeness / _CLOSE) * min(1.0, (margin / MARGIN) ** 0.5)
    return meant(best, certain, text, rivals)
