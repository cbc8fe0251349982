"""How another system is asked, and what its answer means: as the settings say it, as values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, TypeAlias

PLACE: Final = re.compile(r"\{([a-z][a-z0-9_]{0,39})\}")
"""A variable of the tree in an address or a body: ``{linea}``."""

Path: TypeAlias = tuple[str, ...]
"""Names and positions that lead into an answer; empty: all of it."""


class As(StrEnum):
    """What a value has to be, or is made of what comes."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    YES_NO = "yes_no"


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """One variable that the answer gives."""

    path: Path
    kind: As | None = None
    """None: a text, number or yes-and-no, as it comes."""
    otherwise: str | None = None
    """Where the answer lacks it; None: such an answer is of no use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """One look-up."""

    name: str
    url: str
    """With `PLACE` in its path or query."""
    posts: bool = False
    """POST instead of GET."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Secrets are among them."""
    body: Any = None
    """Of a POST: JSON with `PLACE` in its texts; None: every value by its name."""
    gives: Mapping[str, Given] = field(default_factory=dict)
    not_found_statuses: frozenset[int] = frozenset({404})
    not_found_where_empty: Path | None = None
    """What leads to nothing, an empty list, object or text, false or nought, when nobody of that name is known."""
    seconds: float = 3.0

    @property
    def asks_with(self) -> frozenset[str]:
        """Variables that stand in the address or the body."""
        return frozenset(places(self.url)) | frozenset(_places_in(self.body))


def path_from(text: str) -> Path:
    """``orders.0.status``"""
    return tuple(text.split(".")) if text else ()


def places(text: str) -> Iterator[str]:
    return (found[1] for found in PLACE.finditer(text))


def _places_in(body: object) -> Iterator[str]:
    match body:
        case str():
            yield from places(body)
        case dict():
            for each in body.values():
                yield from _places_in(each)
        case list():
            for each in body:
                yield from _places_in(each)
        case _:
            pass
