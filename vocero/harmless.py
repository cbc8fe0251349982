"""Text of strangers on a terminal: names, notes and reasons come from lists that anybody may have written."""

from __future__ import annotations

import unicodedata
from typing import Any, Final

_TURNS: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Signs that turn the direction of what follows (Unicode UAX #9): a name could put on another's number."""
LINES: Final = frozenset({"script", "fields", "why"})
"""What is read in lines."""


def harmless(text: str, keep: str = "") -> str:
    """`text` without what would move a terminal's cursor, change its colours or turn its lines; `keep` stays."""
    if text.isprintable():
        return text
    return "".join(sign if sign in keep or not _acts(sign) else "\N{REPLACEMENT CHARACTER}" for sign in text)


def _acts(sign: str) -> bool:
    return unicodedata.category(sign) in ("Cc", "Cs", "Zl", "Zp") or sign in _TURNS


def shown(answer: Any, keep: str = "") -> Any:
    """An answer with every text in it made harmless: it may be what a stranger wrote into a list."""
    if isinstance(answer, str):
        return harmless(answer, keep)
    if isinstance(answer, list):
        return [shown(each, keep) for each in answer]
    if isinstance(answer, dict):
        return {harmless(name): shown(value, "\n" if keep or name in LINES else "") for name, value in answer.items()}
    return answer
