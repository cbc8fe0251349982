"""What a payload's field may be: pieces of JSON Schema, each with a sentence for a person.

Three things may be said of a field beside what it is: `maybe` (null is a value), `sometimes` (it may be missing),
`personal` (it may say who somebody is: once that person is erased it is missing).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any


@dataclass(frozen=True, slots=True)
class Field:
    schema: Mapping[str, Any]
    says: str
    always: bool = True
    """It is never missing."""
    goes: bool = False
    """It is missing once its person was erased."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One kind of event, for whoever reads it."""

    when: str
    """It happens when …"""
    of: tuple[str, ...] = ()
    """Which of the envelope's ids it always has; it may have others."""
    payload: Mapping[str, Field]


def text(says: str) -> Field:
    return Field({"type": "string"}, says)


def truth(says: str) -> Field:
    return Field({"type": "boolean"}, says)


def whole(says: str) -> Field:
    return Field({"type": "integer"}, says)


def number(says: str) -> Field:
    return Field({"type": "number"}, says)


def seconds(says: str) -> Field:
    return Field({"type": "number", "minimum": 0}, f"Seconds {says}")


def instant(says: str) -> Field:
    return Field({"type": "string", "format": "date-time"}, says)


def names(says: str) -> Field:
    return Field({"type": "array", "items": {"type": "string"}}, says)


def records(says: str, of: Mapping[str, Field]) -> Field:
    """Any number of one shape, each with all of these fields."""
    each = {
        "type": "object",
        "properties": {name: {**field.schema, "description": field.says} for name, field in of.items()},
        "required": list(of),
    }
    return Field({"type": "array", "items": each}, says)


def values(says: str) -> Field:
    return Field({"type": "object"}, says)


def one_of(words: type[StrEnum] | tuple[str, ...], says: str) -> Field:
    listed = words if isinstance(words, tuple) else tuple(word.value for word in words)
    return Field({"enum": list(listed)}, says)


def maybe(field: Field) -> Field:
    """Null, too."""
    schema = dict(field.schema)
    if "enum" in schema:
        return replace(field, schema=schema | {"enum": [*schema["enum"], None]})
    return replace(field, schema=schema | {"type": [schema["type"], "null"]})


def sometimes(field: Field) -> Field:
    return replace(field, always=False)


def personal(field: Field) -> Field:
    return replace(field, always=False, goes=True)
