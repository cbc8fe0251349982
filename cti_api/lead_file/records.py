"""The records of a CSV file (RFC 4180, with ``,`` or ``;``), with the line each begins on and none of them fatal.

A record that cannot be read is given as `BadRecord`, and reading goes on with the line after its first. So an opened
quote that is never closed costs its own line, not the rest of the file: reading looks at most `MOST_LINES` lines ahead
for the closing one.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO, Final

LONGEST_LINE: Final = 256 * 1024
"""Bytes. A list has a few hundred per row."""

LONGEST_CELL: Final = 10_000
"""Characters; a long note is kept, a file inside a cell is not."""

MOST_LINES: Final = 100
"""A cell may have line breaks in it; a record may not have more lines than this."""

MOST_CELLS: Final = 1_000

BOM: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Record:
    """One record of the file."""

    line: int
    """The line it begins on, from 1."""
    cells: list[str]


@dataclass(frozen=True, slots=True)
class BadRecord:
    """One record that cannot be read."""

    line: int
    reason: str


def delimiter_of(header: bytes) -> str:
    """``;`` where the header line has more of them than commas, else ``,``."""
    return ";" if header.count(b";") > header.count(b",") else ","


def lines_of(file: IO[bytes]) -> Iterator[bytes]:
    """The file's lines for `read_records`; of one that is too long only as much as shows that, whatever it is."""
    while line := file.readline(LONGEST_LINE + 1):
        rest = line
        while len(rest) > LONGEST_LINE and not rest.endswith(b"\n"):
            rest = file.readline(LONGEST_LINE + 1)
        yield line


def read_records(lines: Iterable[bytes]) -> Iterator[Record | BadRecord]:
    """The records of a UTF-8 file (byte order mark allowed), given as its lines; empty ones are passed over."""
    feed = _Feed(lines)
    while feed.peek() and not feed.peek().strip():
        feed.take()
    delimiter = delimiter_of(feed.peek())
    while feed.peek():
        first, taken = feed.line, list[bytes]()
        reader = csv.reader(_decoded(feed, taken), delimiter=delimiter, strict=True)
        try:
            cells = next(reader)
            if any(cells):
                yield _checked(Record(first, cells))
        except (csv.Error, UnicodeDecodeError, _Unreadable) as error:
            feed.give_back(taken[1:])
            yield BadRecord(first, _why(error))


class _Unreadable(Exception):
    """A line that is not looked into."""


def _decoded(feed: _Feed, taken: list[bytes]) -> Iterator[str]:
    """Lines for one record; `taken` gets each as it was."""
    while len(taken) < MOST_LINES and (line := feed.take()):
        taken.append(line)
        if len(line) > LONGEST_LINE:
            raise _Unreadable(f"the line is longer than {LONGEST_LINE // 1024} KiB")
        yield line.decode("utf-8")


def _checked(record: Record) -> Record | BadRecord:
    if len(record.cells) > MOST_CELLS:
        return BadRecord(record.line, f"the row has more than {MOST_CELLS} cells")
    if any(len(cell) > LONGEST_CELL for cell in record.cells):
        return BadRecord(record.line, f"a cell is longer than {LONGEST_CELL} characters")
    if any("\0" in cell for cell in record.cells):
        return BadRecord(record.line, "a cell holds a NUL character, which no database keeps")
    return record


def _why(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "the line is not UTF-8: save the file as CSV UTF-8 and import it again"
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

    def __init__(self, lines: Iterable[bytes]) -> None:
        self._lines = iter(lines)
        first = next(self._lines, b"").removeprefix(BOM)
        self._returned = deque([first] if first else [])
        self._taken = 0

    @property
    def line(self) -> int:
        """Number of the next line, from 1."""
        return self._taken + 1

    def take(self) -> bytes:
        """The next line; empty at the end of the file."""
        line = self._returned.popleft() if self._returned else next(self._lines, b"")
        self._taken += bool(line)
        return line

    def peek(self) -> bytes:
        """The next line, left where it is."""
        if not self._returned:
            line = next(self._lines, b"")
            if not line:
                return b""
            self._returned.append(line)
        return self._returned[0]

    def give_back(self, lines: list[bytes]) -> None:
        """These come next again, in this order."""
        self._returned.extendleft(reversed(lines))
        self._taken -= len(lines)
