"""A copy of a public list of people who do not want to be contacted, as a file: one number in each line.

    3001234567
    +57 601 742 0000; sms whatsapp
    "300 765 4321","voice",2024-04-10

A line may go on with the channels that the person excluded (none: all of them) and the day since which it is listed. A
first line without a digit is a heading.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from cti_api.law.terms import Channel
from cti_api.model.phone import PhoneNumber
from cti_api.numbers.phones import LONGEST_TEXT, RefusedPhone, parse_phone

LONGEST_LINE: Final = 1000
"""Characters; a line longer than this is of another kind of file."""

OVER_EVERYWHERE: Final = timedelta(hours=36)
"""From a day's beginning in UTC to its end where it ends last (UTC-12)."""

_SEPARATORS: Final = re.compile(r"[;,\t]")
_BETWEEN_WORDS: Final = re.compile(r"[\s|/+]+")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")


@dataclass(frozen=True, slots=True)
class RegistryEntry:
    """One number of a public list."""

    number: PhoneNumber
    channels: frozenset[Channel] = frozenset(Channel)
    """On which the person does not want to be contacted."""
    since: datetime | None = None
    """None: not said, so no consent is later."""


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """A line that names nobody."""

    line: int
    """From 1."""
    reason: str


def read_registry(lines: Iterable[str], region: str, first: int = 1) -> Iterator[RegistryEntry | RefusedLine]:
    """What each line says; numbers without a country are of `region`. Empty lines say nothing.

    `first`: the place of the first of them in the file.

    Where the channels or the day cannot be read, the stricter is taken: all channels, and no day.
    """
    for place, line in enumerate(lines, start=first):
        written = line.strip().lstrip("\ufeff")
        if not written or (place == 1 and not any(sign.isdigit() for sign in written)):
            continue
        if len(written) > LONGEST_LINE:
            yield RefusedLine(place, "the line is too long for a number")
            continue
        cells = [cell.strip().strip('"').strip() for cell in _SEPARATORS.split(written)]
        number = parse_phone(cells[0][: LONGEST_TEXT + 1], region)
        if isinstance(number, RefusedPhone):
            yield RefusedLine(place, number.reason)
            continue
        channels = _channels(cells[1]) if len(cells) > 1 else frozenset(Channel)
        yield RegistryEntry(number, channels, _day(cells[2]) if len(cells) > 2 else None)


def _channels(cell: str) -> frozenset[Channel]:
    known = {channel.value: channel for channel in Channel}
    words = [word for word in _BETWEEN_WORDS.split(cell.lower()) if word]
    if not words or any(word not in known for word in words):
        return frozenset(Channel)
    return frozenset(known[word] for word in words)


def _day(cell: str) -> datetime | None:
    """When that day is over in every time zone, so that a consent of the same day is not taken for a later one."""
    if not _DAY.match(cell):
        return None
    try:
        return datetime.fromisoformat(cell).replace(tzinfo=UTC) + OVER_EVERYWHERE
    except (ValueError, OverflowError):
        return None
