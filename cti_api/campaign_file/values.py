"""Single values of a campaign file: text to duration, share, clock time, day, name. A wrong one raises `ValueError`.

The message of the `ValueError` says what would be right, in the words of the file.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import time
from enum import StrEnum
from typing import Final, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cti_api.model.ids import SLUG
from cti_api.model.phone import PhoneNumber
from cti_api.numbers.phones import RefusedPhone, is_region, parse_phone

E = TypeVar("E", bound=StrEnum)

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

UNIT_SECONDS: Final = {"": 1.0, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86_400.0}
"""Units a length of time may be written in; none means seconds."""

_NUMBER: Final = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{1,9})?\Z")
_INTEGER: Final = re.compile(r"-?[0-9]{1,12}\Z")
_DURATION: Final = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?) *([a-z]*)\Z")
_CLOCK: Final = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?\Z")
_PREFIX: Final = re.compile(r"\+[1-9][0-9]{0,14}\Z")
_CODE: Final = re.compile(r"[a-z][a-z0-9_-]{0,39}\Z")
_SOUND: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_./-]{0,199}\Z")


def line_of_text(text: str) -> str:
    """One line that people read, with nothing invisible in it."""
    if not text.strip():
        raise ValueError("is empty")
    if len(text) > 200:
        raise ValueError("is longer than 200 characters")
    if not text.isprintable():
        raise ValueError("has a line break or another invisible character in it")
    return text.strip()


def long_text(text: str) -> str:
    """Text of any length, lines and tabs included."""
    hidden = next((sign for sign in text if unicodedata.category(sign) == "Cc" and sign not in "\n\t"), None)
    if hidden is not None:
        raise ValueError(f"has the control character U+{ord(hidden):04X} in it")
    return text


def slug(text: str) -> str:
    """A name that is safe in a file name, a URL and the dialplan."""
    if not SLUG.match(text):
        raise ValueError(
            "must be lower-case letters, digits and dashes, begin with a letter, and have at most 40 signs"
        )
    return text


def code(text: str) -> str:
    """A name that programs and reports use."""
    if not _CODE.match(text):
        raise ValueError("must be lower-case letters, digits, _ and -, begin with a letter, and have at most 40 signs")
    return text


def yes_no(text: str) -> bool:
    """``true`` or ``false``, as in YAML 1.2."""
    if text not in {"true", "false"}:
        raise ValueError("must be true or false")
    return text == "true"


def integer(low: int, high: int) -> Callable[[str], int]:
    """A whole number from `low` to `high`."""

    def read(text: str) -> int:
        if not _INTEGER.match(text) or not low <= int(text) <= high:
            raise ValueError(f"must be a whole number from {low} to {high}")
        return int(text)

    return read


def number(low: float, high: float) -> Callable[[str], float]:
    """A number from `low` to `high`."""

    def read(text: str) -> float:
        if not _NUMBER.match(text) or not low <= float(text) <= high:
            raise ValueError(f"must be a number from {low:g} to {high:g}")
        return float(text)

    return read


def duration(low: float, high: float) -> Callable[[str], float]:
    """A length of time in seconds, from `low` to `high`, written ``90s``, ``10 min``, ``2 h``, ``1 d`` or ``90``."""

    def read(text: str) -> float:
        found = _DURATION.match(text)
        if not found or found.group(2) not in UNIT_SECONDS:
            raise ValueError("must be a length of time such as `90 s`, `10 min`, `2 h` or `1 d`")
        seconds = float(found.group(1)) * UNIT_SECONDS[found.group(2)]
        if not low <= seconds <= high:
            raise ValueError(f"must be from {_as_duration(low)} to {_as_duration(high)}")
        return seconds

    return read


def _as_duration(seconds: float) -> str:
    for unit in ("d", "h", "min"):
        if seconds and seconds % UNIT_SECONDS[unit] == 0:
            return f"{seconds / UNIT_SECONDS[unit]:g} {unit}"
    return f"{seconds:g} s"


def share(low: float, high: float) -> Callable[[str], float]:
    """A part of the whole, 0..1, written ``3 %`` or ``0.03``; from `low` to `high`."""

    def read(text: str) -> float:
        percent = text.endswith("%")
        bare = text.removesuffix("%").rstrip(" ")
        if not _NUMBER.match(bare):
            raise ValueError("must be a share such as `3 %` or 0.03")
        value = float(bare) / 100.0 if percent else float(bare)
        if not low <= value <= high:
            hint = f"; {bare} % is written `{bare} %`" if not percent and 1 <= value <= 100 else ""
            raise ValueError(f"must be from {low * 100:g} % to {high * 100:g} %{hint}")
        return value

    return read


def one_of(kind: type[E], allowed: tuple[E, ...] | None = None) -> Callable[[str], E]:
    """One of an enum's values, written as they are."""
    words = tuple(kind) if allowed is None else allowed

    def read(text: str) -> E:
        if text not in {word.value for word in words}:
            raise ValueError(f"must be one of {', '.join(word.value for word in words)}")
        return kind(text)

    return read


def region(text: str) -> str:
    """An ISO 3166 country in capitals."""
    if not is_region(text):
        raise ValueError("must be a country's two letters in capitals, such as CO")
    return text


def timezone(text: str) -> str:
    """An IANA time zone."""
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # OSError: the name of a folder of zones
        raise ValueError("must be a time zone such as America/Bogota") from error
    return text


def phone_in(country: str) -> Callable[[str], PhoneNumber]:
    """A phone number, international (``+57…``) or as people in `country` write it."""

    def read(text: str) -> PhoneNumber:
        number = parse_phone(text, country)
        if isinstance(number, RefusedPhone):
            raise ValueError(number.reason)
        return number

    return read


def prefix(text: str) -> str:
    """The beginning of E.164 numbers."""
    if not _PREFIX.match(text):
        raise ValueError("must be a plus sign and digits, such as +573")
    return text


def keypad_digit(text: str) -> str:
    """One digit of the telephone's keypad."""
    if len(text) != 1 or text not in "0123456789":
        raise ValueError("must be one digit, 0 to 9")
    return text


def sound(text: str) -> str:
    """A sound file's path, inside the campaign file's folder."""
    if not _SOUND.match(text) or ".." in text or "//" in text:
        raise ValueError("must be a file name or path inside the campaign file's folder: letters, digits, _ - . and /")
    return text


def clock(text: str) -> time:
    """A time of day ``HH:MM`` or ``HH:MM:SS``; ``24:00`` gives 00:00, which ends a window at midnight."""
    if text == "24:00":
        return time(0)
    found = _CLOCK.match(text)
    if found:
        hour, minute, second = (int(part or 0) for part in found.groups())
        if hour < 24 and minute < 60 and second < 60:
            return time(hour, minute, second)
    raise ValueError("must be a time of day such as 08:00")


def window(text: str) -> tuple[time, time]:
    """A window ``08:00-12:00`` within one day; its end is excluded and may be 24:00."""
    first, dash, last = text.partition("-")
    if not dash:
        raise ValueError("must be a window such as 08:00-12:00")
    start, end = clock(first.strip()), clock(last.strip())
    if first.strip() == "24:00" or (end <= start and last.strip() != "24:00"):
        raise ValueError("must end after it begins; a window over midnight is two windows, …-24:00 and 00:00-…")
    return start, end


def window_of_minutes(text: str) -> tuple[time, time]:
    """A `window` whose ends are whole minutes, as laws and workshops have them."""
    start, end = window(text)
    if start.second or end.second:
        raise ValueError("must be to the minute, such as 08:00-12:00")
    return start, end


def days(text: str) -> tuple[int, ...]:
    """Weekdays, 0 Monday … 6 Sunday: ``sat``, or ``mon-fri``."""
    first, dash, last = text.partition("-")
    if first in DAYS and (last in DAYS if dash else True):
        start, end = DAYS.index(first), DAYS.index(last) if dash else DAYS.index(first)
        if start <= end:
            return tuple(range(start, end + 1))
    raise ValueError(f"must be a day or a range of days: {', '.join(DAYS)}, mon-fri")
