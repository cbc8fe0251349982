"""The API's own sentences in the language of the pages: what is wrong in a file, why a row or a message was refused.

The API, the command line and the log speak English. A sentence is found by itself, with ``{}`` where its values stand,
in the file of the other language: whoever writes a check writes one sentence, and a house test asks for the other. A
value that is a sentence of ours as well (a hint at the end, the fault of a number) comes in the other language, too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

from cti_api.console.words import LANGUAGE

_FOLDER: Final = Path(__file__).parent / "words"
PLACE: Final = "{}"
REMEMBERED: Final = 2048
"""Sentences; a bad list says the same few of them a million times."""
LONGEST: Final = 4000
"""Characters; what is longer quotes somebody, and is not looked through."""
DEEPEST: Final = 3
"""Sentences within sentences."""


@dataclass(frozen=True, slots=True)
class _Pattern:
    """One sentence with its places."""

    found: re.Pattern[str]
    said: str
    own: str
    """Of it, beside its values: the more, the surer it is meant."""


def said(sentence: str) -> str:
    """The sentence as people read it on the pages; empty for one that is not known."""
    return _said(sentence, DEEPEST) if len(sentence) <= LONGEST else ""


@lru_cache(REMEMBERED)
def _said(sentence: str, depth: int) -> str:
    for pattern in _patterns_for(sentence):
        if (found := pattern.found.fullmatch(sentence)) is None:
            continue
        values = found.groups()
        inner = [_said(value, depth - 1) if depth and value else "" for value in values]
        if any(map(str.isalpha, pattern.own)) or any(inner):
            return _filled(pattern.said, [own or value for own, value in zip(inner, values, strict=True)])
    return ""


def said_too(problem: dict[str, Any]) -> dict[str, Any]:
    """A problem's body, whose sentence and faults have it in `said` as well."""
    if (detail := said(problem["detail"])) and "said" not in problem:
        problem["said"] = detail
    for fault in problem.get("faults", ()):
        if words := said(fault["message"]):
            fault["said"] = words
    return problem


def _filled(template: str, values: Sequence[str]) -> str:
    """Braces that have no number are the sentence's own."""
    return _NUMBERED.sub(lambda found: values[int(found[1])], template)


_NUMBERED: Final = re.compile(r"\{([0-9])\}")


def _patterns_for(sentence: str) -> Sequence[_Pattern]:
    """Those it may be: by its first word, or beginning with a value."""
    return *_patterns().get(_first_word(sentence), ()), *_patterns().get("", ())


@cache
def _patterns() -> dict[str, tuple[_Pattern, ...]]:
    """By the first word, empty for a value; in each the surest first."""
    by_word: dict[str, list[_Pattern]] = {}
    for sentence, other in sentences().items():
        parts = sentence.split(PLACE)
        pattern = re.compile("(.*?)".join(map(re.escape, parts)), re.DOTALL)
        by_word.setdefault(_first_word(parts[0] if len(parts) > 1 else sentence, whole=len(parts) == 1), []).append(
            _Pattern(pattern, other, "".join(parts))
        )
    return {word: tuple(sorted(some, key=lambda each: -len(each.own))) for word, some in by_word.items()}


def _first_word(text: str, *, whole: bool = True) -> str:
    """Empty where the text has none that is surely complete: of one that goes on, the word needs its space."""
    word, space, _rest = text.partition(" ")
    return word if whole or space else ""


@cache
def sentences(language: str = LANGUAGE) -> dict[str, str]:
    """English to the other language. Raises `OSError` for one that has no file."""
    known: dict[str, str] = json.loads((_FOLDER / f"{language}_sentences.json").read_text(encoding="utf-8"))
    return known
