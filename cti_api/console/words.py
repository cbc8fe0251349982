"""What people read on the pages, in one file for each language: another language is another file, and no code."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

_FOLDER: Final = Path(__file__).parent / "words"
LANGUAGE: Final = "es"


class Words:
    """The sentences of one language, each found by where it is used: ``sign_in.title``."""

    def __init__(self, language: str, tree: Mapping[str, Any]) -> None:
        self.language = language
        self.tree = tree
        """All of them."""

    def __call__(self, place: str, /, **values: object) -> str:
        """The sentence with `values` filled in. Raises `KeyError` for one that is not there."""
        found: Any = self.tree
        for name in place.split("."):
            found = found[name]
        if not isinstance(found, str):
            raise KeyError(place)
        return found.format(**values) if values else found

    def part(self, place: str) -> Any:
        """Everything below `place`, for the page's own code."""
        found: Any = self.tree
        for name in place.split("."):
            found = found[name]
        return found


@cache
def words_of(language: str = LANGUAGE) -> Words:
    """Raises `OSError` for a language that has no file."""
    return Words(language, json.loads((_FOLDER / f"{language}.json").read_text(encoding="utf-8")))
