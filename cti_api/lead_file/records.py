"""The records of a text file (RFC 4180 with any delimiter), with the line each begins on and none of them fatal.

A record that cannot be read is given as `BadRecord`, and reading goes on with the line after its first. So an opened
quote that is never closed costs its own line, not the rest of the file: reading looks at most `MOST_LINES` lines ahead
for the closing one.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from cti_api.lead_file.lines import LONGEST_LINE

LONGEST_CELL: Final = 10_000
"""Characters; a long note is kept, a file inside a cell is not."""

MOST_LINES: Final = 100
"""A cell may have line breaks in it; a record may not have more lines than this."""

MOST_CELLS: Final = 1_000

_DAMAGED: Final = re.compile("[\ud800-\udfff]")
"""What `cti_api.lead_file.lines` makes of bytes that are none of their encoding's."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record of the file."""

    line: int
    """The line it begins on, from 1; of a spreadsheet the row."""
    cells: list[str]


@dataclass(frozen=True, slots=True)
class BadRecord:
    """One record that cannot be read."""

    line: int
    reason: str
    cells: tuple[str, ...] = ()
    """What of it can be shown."""


def read_records(lines: Iterable[str], delimiter: str, first_line: int = 1) -> Iterator[Record | BadRecord]:
    """The records of a file, given as its lines; those with nothing in any cell are passed over."""
    feed = _Feed(lines, first_line)
    while line := feed.take():
        if '"' not in line and len(line) <= LONGEST_CELL:
            record = _plain(feed.line - 1, line, delimiter)
        else:
            record = _quoted(feed, line, delimiter)
        if record is not None:
            yield record


def checked(line: int, cells: list[str]) -> Record | BadRecord:
    """The record, unless it has more or longer cells than any list."""
    if len(cells) > MOST_CELLS:
        return BadRecord(line, f"the row has more than {MOST_CELLS} cells")
    if any(len(cell) > LONGEST_CELL for cell in cells):
        return BadRecord(line, f"a cell is longer than {LONGEST_CELL} characters")
    if any("\0" in cell for cell in cells):
        return BadRecord(line, "a cell holds a NUL character, which no database keeps")
    return Record(line, cells)


def _plain(number: int, line: str, delimiter: str) -> Record | BadRecord | None:
    """A line without quotes, which is most of them: ten times as fast as the reader of quoted ones."""
    if not line.isascii() and _DAMAGED.search(line):
        return _damaged(number)
    line = line.rstrip("\r\n")
    if not line or line.isspace():
        return None
    cells = line.split(delimiter)
    if not any(map(str.strip, cells)):
        return None
    if "\r" in line:
        return BadRecord(number, "there is a carriage return inside of the row", tuple(cells))
    if "\0" in line or len(cells) > MOST_CELLS:
        return checked(number, cells)
    return Record(number, cells)


def _quoted(feed: _Feed, line: str, delimiter: str) -> Record | BadRecord | None:
    first, taken = feed.line - 1, [line]
    reader = csv.reader(_ahead(feed, taken), delimiter=delimiter, strict=True)
    try:
        cells = next(reader)
    except (csv.Error, _Unreadable) as error:
        feed.give_back(taken[1:])
        return BadRecord(first, _why(error), (line.rstrip("\r\n"),) if len(line) <= LONGEST_CELL else ())
    if any(_DAMAGED.search(each) for each in taken):
        feed.give_back(taken[1:])
        return _damaged(first)
    return checked(first, cells) if any(map(str.strip, cells)) else None


class _Unreadable(Exception):
    """A line that is not looked into."""


def _ahead(feed: _Feed, taken: list[str]) -> Iterator[str]:
    """Lines for one record, of which the first was taken; `taken` gets the others."""
    line = taken[0]
    while line:
        if len(line) > LONGEST_LINE:
            raise _Unreadable(f"the line is longer than {LONGEST_LINE // 1024} KiB")
        yield line
        if len(taken) >= MOST_LINES:
            return
        line = feed.take()
        if line:
            taken.append(line)


def _damaged(number: int) -> BadRecord:
    # Not shown: what it meant is not known.
    return BadRecord(number, "the line is not in the encoding of the others: save the file as CSV UTF-8")


def _why(error: Exception) -> str:
    text = str(error)
    if "unexpected end of data" in text:
        return f"a quote is opened and not closed within {MOST_LINES} lines"
    if "field larger than field limit" in text:
        return f"a cell is longer than {LONGEST_CELL} characters"
    if "expected after" in text:
        return "there is text after a closing quote; a quote inside of a quoted cell is written twice"
    if "new-line character" in text:
        return "there is a carriage return inside of the row"
    return text


class _Feed:
    """Lines with their numbers; some can be given back."""

    def __init__(self, lines: Iterable[str], first_line: int) -> None:
        self._lines = iter(lines)
        self._returned: deque[str] = deque()
        self.line = first_line
        """Number of the next line."""

    def take(self) -> str:
        """The next line; empty at the end of the file."""
        line = self._returned.popleft() if self._returned else next(self._lines, "")
        if line:
            self.line += 1
        return line

    def give_back(self, lines: list[str]) -> None:
        """These come next again, in this order."""
        self._returned.extendleft(reversed(lines))
        self.line -= len(lines)
