"""What was meant, from everything a recogniser says of one utterance: the words it heard, and how well the sound fits
each phrase that could have been said.

The two fail differently. Words that say something are trusted before any phrase (on a telephone line a phrase that was
not said fits next to nothing, and something always fits best); where they say nothing, a phrase that alone fits well is
taken, to be confirmed. The limits were chosen on two voices and judged on a third: docs/speech.md.
"""

from __future__ import annotations

from typing import Any, Final

from audio.alike import grouped
from audio.recognise import Recognised
from ivr.understanding.question import Kind, Question, read
from ivr.understanding.understood import NEARLY, Understood, meant, not_understood

ACT: Final = 0.8
"""From here on an answer is acted on without being confirmed."""
CONFIRM: Final = 0.35
"""From here on it is worth asking "¿Dijo ventas?"; below, the question is asked again."""

WEIGHED: Final = (Kind.MENU, Kind.YES_NO, Kind.SCORE, Kind.NAME)
"""Kinds of which each phrase is a whole answer."""
CONTRADICTS: Final = 0.05
"""Fit of a phrase from which on it speaks against words that say something else."""
FITS: Final = 0.02
"""Fit of a phrase from which on it may be taken though the words say nothing; on a telephone line they are small."""
ALONE: Final = 0.8
"""Its share among all values from which on it stands alone."""
AHEAD: Final = 0.5
"""And from which on it is worth asking about."""
_CONTRADICTED: Final = 0.7
_BY_PHRASE: Final = 0.4
_BY_PHRASE_ALONE: Final = 0.6


def weigh(question: Question, heard: Recognised) -> Understood[Any]:
    """The answer with its confidence; from `ACT` on it may be acted on, from `CONFIRM` on confirmed."""
    said = read(question, heard.text)
    if question.kind not in WEIGHED or not heard.phrases:
        return said
    best, fit, share = _best_phrase(question, heard)
    if said.value is None:
        if best is None or fit < FITS or share < AHEAD:
            return not_understood(heard.text, said.rivals)
        return meant(best, _BY_PHRASE_ALONE if share >= ALONE else _BY_PHRASE, heard.text)
    if best == said.value:
        return meant(said.value, max(said.confidence, NEARLY if share >= ALONE else 0.0), heard.text, said.rivals)
    # One number is as good as the next, and a word of it is soon lost: there any other phrase counts.
    if question.kind is Kind.SCORE or (fit >= CONTRADICTS and share >= ALONE):
        return meant(said.value, said.confidence * _CONTRADICTED, heard.text, (best, *said.rivals))
    return said


def _best_phrase(question: Question, heard: Recognised) -> tuple[Any, float, float]:
    """(value, fit, share among the values) of the phrase that fits best."""
    values = {str(value): value for value in (read(question, each.phrase).value for each in heard.phrases)}
    fits = grouped((str(read(question, each.phrase).value), each.fit) for each in heard.phrases)
    total = sum(fit**2 for _, fit in fits)
    best, fit = fits[0]
    return values[best], fit, fit**2 / total if total else 0.0


def better(one: Understood[Any], other: Understood[Any]) -> Understood[Any]:
    """Of two opinions about one utterance: where they agree they are surer together, where they differ the surer one
    is to be confirmed."""
    first, second = (one, other) if one.confidence >= other.confidence else (other, one)
    if first.value is None or second.value is None:
        return first
    if first.value == second.value:
        both = 1 - (1 - first.confidence) * (1 - second.confidence)
        return meant(first.value, both, first.heard, first.rivals)
    return meant(first.value, min(first.confidence, ACT - 0.01), first.heard, (second.value, *first.rivals))
