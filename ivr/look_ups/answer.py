"""What another system's answer means. It comes from outside: its size, form and values are believed only so far."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final, TypeAlias

from ivr.look_ups.spec import As, Given, Path, Spec
from ivr.tree.limits import LONGEST_VALUE
from ivr.tree.prompts import Value

MOST_BYTES: Final = 64 * 1024
"""Of an answer; a look-up gives a handful of values."""
LARGEST: Final = Decimal(10) ** 15
MOST_PLACES: Final = 9
_NUMBER: Final = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,9})?")


@dataclass(frozen=True, slots=True)
class Found:
    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class NotFound:
    """The other system knows no such thing."""


@dataclass(frozen=True, slots=True)
class Unusable:
    """It answered, and nothing can be made of it."""

    why: str
    """For whoever looks after the other system; nothing of the answer itself is in it."""


Answer: TypeAlias = Found | NotFound | Unusable


def read_answer(spec: Spec, status: int, body: bytes) -> Answer:
    """`body` may be of any length: what is too long is of no use."""
    if status in spec.not_found_statuses:
        return NotFound()
    if not 200 <= status < 300:
        return Unusable(f"it answered with the status {status}")
    if len(body) > MOST_BYTES:
        return Unusable(f"its answer is longer than {MOST_BYTES // 1024} KiB")
    try:
        told = json.loads(body, parse_float=Decimal, parse_int=Decimal, parse_constant=_no_constant) if body else None
    except (ValueError, ArithmeticError, RecursionError):
        return Unusable("its answer is no JSON")
    if spec.not_found_where_empty is not None and not _at(told, spec.not_found_where_empty):
        return NotFound()
    values = {}
    for name, given in spec.gives.items():
        try:
            values[name] = _value(given, _at(told, given.path))
        except ValueError as error:
            return Unusable(f"{name}: {'.'.join(given.path) or 'the answer'} {error}")
    return Found(values)


def _at(told: Any, path: Path) -> Any:
    """None where nothing is."""
    for step in path:
        if isinstance(told, dict):
            told = told.get(step)
        elif isinstance(told, list) and step.isascii() and step.isdecimal() and len(step) < 6:
            told = told[int(step)] if int(step) < len(told) else None
        else:
            return None
    return told


def _value(given: Given, told: Any) -> Value:
    """Raises `ValueError` for one that it cannot be."""
    if told is None:
        if given.otherwise is None:
            raise ValueError("is missing")
        return given.otherwise
    match given.kind, told:
        case ((None | As.TEXT), str()):
            return _text(told)
        case As.TEXT, Decimal():
            return f"{_number(told):f}"
        case ((None | As.YES_NO), bool()):
            return told
        case ((None | As.NUMBER), Decimal()):
            return _number(told)
        case As.NUMBER, str() if _NUMBER.fullmatch(told.strip()):
            return _number(Decimal(told.strip()))
        case As.DATE, str():
            return date.fromisoformat(told[:10])
        case _:
            raise ValueError(f"is no {given.kind or 'text, number or true or false'}")


def _text(told: str) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in told[:LONGEST_VALUE]).split())


def _number(told: Decimal) -> Decimal:
    if not abs(told) < LARGEST:
        raise ValueError("is too large a number")
    rounded = round(told, MOST_PLACES).normalize()
    return rounded + 0 if rounded else Decimal(0)


def _no_constant(_: str) -> None:
    raise ValueError("JSON has no such number")
