"""Kinds of text that may come in from outside; shared by the settings file and the API's requests."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, time
from typing import Annotated

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    PlainValidator,
    Strict,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import ErrorDetails

from cti_api.model.ids import CHANNEL_ID, SLUG
from cti_api.model.phone import E164, PhoneNumber

MAX_LINE = 200
MAX_TEXT = 4000
FIRST_YEAR, LAST_YEAR = 2000, 2099
"""Of days: beyond lie slips of the pen, and where the calendar ends what comes the day after cannot be said."""
_LAYOUT = "\n\t"


def in_words(fault: ErrorDetails) -> str:
    """What is wrong with a value, as a person says it: after the value's place, without pydantic's names of types."""
    match fault["type"]:
        case "missing":
            return "is missing"
        case "extra_forbidden":
            return "there is no such entry"
        case "value_error":
            return str(fault["ctx"]["error"])
        case "string_pattern_mismatch":
            return "has signs that it may not have"
        case "model_type" | "model_attributes_type" | "dict_type":
            return "must be a section of names with values"
        case "tuple_type" | "list_type":
            return "must be a list"
        case "json_invalid":
            return "is not JSON"
        case _:
            said = _SHOULD.sub("must ", fault["msg"]).replace("a valid ", "a ").replace("integer", "whole number")
            said = said.replace("a string", "a text").partition(", unable to parse")[0]
            return said[0].lower() + said[1:]


_SHOULD = re.compile(r"^[A-Z]\w+ should ")


def _slug(name: str) -> str:
    if not SLUG.match(name):
        raise ValueError("use lower-case letters, digits and hyphens, a letter first, at most 40 in all")
    return name


def _channel_id(name: str) -> str:
    if not CHANNEL_ID.match(name):
        raise ValueError("a call's id has 32 digits 0-9 a-f")
    return name


def _phone_number(text: object) -> PhoneNumber:
    if not isinstance(text, str) or not E164.match(text):
        raise ValueError("write the number with its country, such as +573001234567")
    return PhoneNumber(text)


def _written(told: object) -> object:
    if isinstance(told, datetime) or (isinstance(told, str) and not _NUMBER.fullmatch(told.strip())):
        return told
    raise ValueError("write a day and an hour with its zone, such as 2026-11-25T15:00:00-05:00")


def _of_this_century(day: date) -> date:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError(f"write a day between the years {FIRST_YEAR} and {LAST_YEAR}")
    return day


def _written_day(told: object) -> object:
    if isinstance(told, date) or (isinstance(told, str) and _DAY.fullmatch(told)):
        return told
    raise ValueError("write a day, such as 2026-11-25")


_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NUMBER = re.compile(r"[-+]?[0-9_]*\.?[0-9_]*(?:[eE][-+]?[0-9]+)?|[-+]?(?:inf|infinity|nan)", re.IGNORECASE)


def _clean(text: str, layout: str) -> str:
    for character in text:
        # Cc: NUL breaks PostgreSQL, CR and LF break lines; Cs: half a character, cannot be written as UTF-8
        if unicodedata.category(character) in ("Cc", "Cs") and character not in layout:
            raise ValueError(f"holds a control character ({character!a})")
    return text


Slug = Annotated[
    str,
    AfterValidator(_slug),
    WithJsonSchema({"type": "string", "pattern": "^[a-z][a-z0-9-]{0,39}$", "examples": ["mantenimiento"]}),
]
"""The name of a campaign, agent or trunk."""

CallId = Annotated[
    str,
    AfterValidator(_channel_id),
    WithJsonSchema({"type": "string", "pattern": "^[0-9a-f]{32}$", "examples": ["9a1e5c0f7d3b4e2a8c6f1d0b9e7a5c3f"]}),
]
"""The id of an attempt."""

CallerId = Annotated[str, StringConstraints(pattern=r"^1[0-9]{9}\.[0-9]{1,10}(\.[1-9][0-9]{0,2})?$")]
"""The id of a caller (`cti_api.model.ids.InboundId`)."""

Number = Annotated[
    PhoneNumber,
    PlainValidator(_phone_number),
    WithJsonSchema({"type": "string", "pattern": "^[+][1-9][0-9]{6,14}$", "examples": ["+573001234567"]}),
]
"""E.164 text that becomes a `PhoneNumber`."""

Instant = Annotated[AwareDatetime, BeforeValidator(_written)]
"""A day and an hour with its zone, as people write it (RFC 3339); a bare number is none."""

Day = Annotated[date, BeforeValidator(_written_day), AfterValidator(_of_this_century)]
"""A day of this century as people write it (RFC 3339); a bare number is none."""

LocalTime = Annotated[time, WithJsonSchema({"type": "string", "examples": ["08:00:00"]})]
"""An hour on a campaign's own clock. (JSON Schema's ``time`` has a zone.)"""

Flag = Annotated[bool, Strict()]
"""Yes or no in a body; 0 and "no" are neither."""

Line = Annotated[str, StringConstraints(max_length=MAX_LINE), AfterValidator(lambda text: _clean(text, ""))]
"""One line a person wrote: a name, a reason."""

Text = Annotated[str, StringConstraints(max_length=MAX_TEXT), AfterValidator(lambda text: _clean(text, _LAYOUT))]
"""Lines a person wrote: notes."""
