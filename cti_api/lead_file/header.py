"""Where a list begins: under title lines, with a header or without one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Final

from cti_api.errors import Fault, InputError
from cti_api.lead_file.mapping import named_columns, numbered
from cti_api.lead_file.records import BadRecord, Record
from cti_api.lead_file.vocabulary import known_words
from cti_api.model.campaigns import ColumnMap
from cti_api.numbers.several import parse_phones

LOOKED_AT: Final = 100
"""Records from which header and columns are found out."""

MOST_TITLES: Final = 20
"""Records above the header: who exported it, when, with which filter."""


@dataclass(frozen=True, slots=True)
class Header:
    """The names of the columns."""

    names: list[str]
    line: int
    """The line they stand in; 0 for a file without a header, whose columns are ``column_1`` and so on."""
    titles: int
    """Records above it that belong to nobody."""
    sample: list[Record]
    """The first records below it."""
    records: Iterator[Record | BadRecord]
    """Every record below it, those of the sample too."""


def find_header(records: Iterable[Record | BadRecord], asked: ColumnMap, region: str) -> Header:
    """Raises `InputError` for a file without any row, or whose header cannot be read."""
    records = iter(records)
    head = list(islice(records, LOOKED_AT))
    if not head:
        raise InputError("The list is empty.")
    place = _place(head, asked, region)
    if place is None:
        width = max((len(each.cells) for each in head if isinstance(each, Record)), default=0)
        names, line, below = numbered([""] * width), 0, head
    else:
        found = head[place]
        if isinstance(found, BadRecord):
            raise InputError("The list's header cannot be read.", [Fault("", found.reason, found.line)])
        _refuse_twice(found, asked)
        names, line, below = numbered(found.cells), found.line, head[place + 1 :]
    sample = [each for each in below if isinstance(each, Record)]
    return Header(names, line, place or 0, sample, chain(below, records))


def _place(head: Sequence[Record | BadRecord], asked: ColumnMap, region: str) -> int | None:
    """Which of the first records is the header; None where there is none."""
    wanted = set(named_columns(asked))
    for place, each in enumerate(head[:MOST_TITLES]):
        if wanted and isinstance(each, Record) and wanted <= set(numbered(each.cells)):
            return place
    telling = {place: known_words(each.cells) for place, each in enumerate(head[:MOST_TITLES])}
    best = max(telling, key=lambda place: telling[place])
    if telling[best] >= 2:
        return best
    by_number = bool(wanted) and all(name.startswith("column_") for name in wanted)
    above: list[int] = []
    for place, each in enumerate(head[: MOST_TITLES + 1]):
        if isinstance(each, Record) and any(parse_phones(cell, region).phones for cell in each.cells if cell):
            width = sum(1 for cell in each.cells if cell.strip())
            return _of_those_above(head, above, width, by_number)
        above.append(place)
    # Nobody has a number that can be dialled: the row with the most words of a header, else the first.
    best = max(above, key=lambda place: known_words(head[place].cells))
    return best if known_words(head[best].cells) else None if by_number else 0


def _of_those_above(
    head: Sequence[Record | BadRecord], above: Sequence[int], width: int, by_number: bool
) -> int | None:
    """The header among the records above the first row with a number."""
    if not above:
        return None
    known = {place: known_words(head[place].cells) for place in above}
    best = max(above, key=lambda place: known[place])
    if known[best]:
        return best
    last = head[above[-1]]
    if isinstance(last, BadRecord):
        return None if by_number else above[-1]
    cells = [cell for cell in last.cells if cell.strip()]
    words = all(not any(map(str.isdigit, cell)) for cell in cells)
    return above[-1] if words and 2 * len(cells) >= width and not by_number else None


def _refuse_twice(header: Record, asked: ColumnMap) -> None:
    names = [" ".join(cell.split()) for cell in header.cells]
    faults = [
        Fault(name, "is the name of more than one column", header.line)
        for name in named_columns(asked)
        if names.count(name) > 1
    ]
    if faults:
        raise InputError("Which column is meant is not clear; nothing was imported.", faults)
