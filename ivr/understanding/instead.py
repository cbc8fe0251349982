"""What was said instead of an answer: "un asesor" where an account number was asked for, "repita" where a score was.

It may stand alone, or beside an answer ("no, un asesor"); and an answer may only sound like it ("el asesor me atendió
mal" is a comment, "sí, pasó" is a yes).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Any, Final, NamedTuple

from audio.alike import LIGHT, alike, as_it_sounds, plain, weight, words_found
from ivr.understanding.choices import choice
from ivr.understanding.understood import PERHAPS, Understood, meant, not_understood

NO_MORE: Final = 0.85
"""Of what was said, by weight and without light words, in the phrase: from here on nothing else was said."""
ENOUGH: Final = 0.5
"""Weight of what was said from which on a part of a phrase may stand for it: "sabría" may, "no" may not."""
FOUND: Final = 0.75
"""Of the phrase among other words: from here on it was said."""
WEIGHTY: Final = 0.6
"""Of a phrase that may be said among other words in any order; one that weighs less ("no sé", "paso") is part of too
many answers, and has to be said as it stands."""


class Instead(NamedTuple):
    understood: Understood[str]
    alone: bool
    """Nothing else was said."""


def instead(text: str, phrases: Mapping[str, str]) -> Instead:
    """Which of the phrases was said, if one was. `phrases`: what may be said → its value."""
    found = choice(text, phrases)
    ways = [_said(text, phrase) for phrase, value in phrases.items() if value == found.value]
    return Instead(found if any(ways) else not_understood(text), alone=_Said.ALONE in ways)


class _Said(IntEnum):
    NOT = 0
    AMONG = 1
    ALONE = 2


def _said(text: str, phrase: str) -> _Said:
    said, wanted = plain(text).split(), plain(phrase).split()
    if sum(map(weight, wanted)) < WEIGHTY:
        if alike(text, phrase) >= FOUND:
            return _Said.ALONE
        in_a_row = f" {as_it_sounds(phrase)} " in f" {as_it_sounds(text)} "
        return _Said.AMONG if in_a_row and len(wanted) > 1 else _Said.NOT
    heavy = [word for word in said if word not in LIGHT]
    if sum(map(weight, heavy)) >= ENOUGH and words_found(heavy, wanted) >= NO_MORE:
        return _Said.ALONE
    return _Said.AMONG if words_found(wanted, said) >= FOUND else _Said.NOT


def beside(answer: Understood[Any], other: Understood[str]) -> Understood[Any]:
    """What was said beside an answer: who says it means it, and it is to be confirmed."""
    return meant(other.value, min(other.confidence, PERHAPS), other.heard, (answer.value, *answer.rivals))
