"""What is said: lines of Spanish with variables in them, each of which may have a recording.

``{nombre}`` stands for a variable's value as a voice reads it, ``{ticket:digits}`` for its signs one by one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, TypeAlias

from cti_api.appointments.spanish import MONTHS

Value: TypeAlias = "str | bool | Decimal | date"
"""What a variable holds."""

Values: TypeAlias = Mapping[str, Value]

_PLACE: Final = re.compile(r"\{([a-z][a-z0-9_]{0,39})(?::(digits))?\}")


@dataclass(frozen=True, slots=True)
class Line:
    """Something to say, as the file has it."""

    text: str
    file: str = ""
    """Its recording, a path beside the tree's file; empty: a voice is made for it."""


Prompt: TypeAlias = tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """Something to say to this caller: its variables are filled in."""

    text: str
    file: str = ""


def line_from(text: str) -> Line:
    """Raises `ValueError` for braces that are no variable."""
    if "{" in _PLACE.sub("", text) or "}" in _PLACE.sub("", text):
        raise ValueError("has a { or } that is no variable: write {nombre}, or {nombre:digits} to have it spelt")
    return Line(text)


def names_in(prompt: Prompt) -> Iterator[str]:
    """Every variable that the prompt says."""
    for line in prompt:
        yield from (found[1] for found in _PLACE.finditer(line.text))


def filled(prompt: Prompt, values: Values) -> tuple[Piece, ...]:
    """The prompt for a caller of whom `values` are known; what nobody knows is left out."""

    def said(found: re.Match[str]) -> str:
        value = values.get(found[1], "")
        return " ".join(str(value)) if found[2] else in_words(value)

    pieces = (Piece(_PLACE.sub(said, line.text), line.file) for line in prompt)
    return tuple(piece for piece in pieces if piece.text or piece.file)


def in_words(value: Value) -> str:
    """A value as it is put into a sentence."""
    match value:
        case bool():
            return "sí" if value else "no"
        case Decimal():
            return f"{value.normalize():f}" if value.is_finite() else ""
        case date():
            return f"{value.day} de {MONTHS[value.month - 1]} de {value.year}"
        case _:
            return value


def spoken(pieces: tuple[Piece, ...]) -> str:
    """The pieces as one text."""
    return " ".join(piece.text for piece in pieces)
