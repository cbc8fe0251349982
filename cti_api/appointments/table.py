"""A small table that a person made: CSV or spreadsheet, its first row the names of the columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import BinaryIO, Final

from cti_api.errors import InputError
from cti_api.lead_file.delimiter import find_delimiter, told_by_excel
from cti_api.lead_file.encoding import find_encoding
from cti_api.lead_file.kind import ListKind, kind_of
from cti_api.lead_file.lines import text_lines
from cti_api.lead_file.records import BadRecord, Record, read_records
from cti_api.lead_file.sheet import open_sheet
from cti_api.lead_file.vocabulary import folded

SNIFFED_LINES: Final = 60
MOST_ROWS: Final = 50_000

Row = tuple[int, dict[str, str]]
"""The line, and the cells by what they are."""


def read_table(file: BinaryIO, words: Mapping[str, str], needed: Sequence[str]) -> Iterator[Row | BadRecord]:
    """Rows of a table, each with its line. `words`: for what a column is, the names it may have (folded, with a space
    between them; a name of several words is written with ``_``). Columns that are nothing of it are passed over.

    Raises `InputError` for a file that is no table, has more than `MOST_ROWS` rows, or has no column for something
    `needed` (``a|b``: one of them).
    """
    records = _records(file)
    header = next(records, None)
    if not isinstance(header, Record):
        raise InputError("The file is empty, or its first row cannot be read.")
    known = {name: what for what, names in words.items() for name in names.split()}
    columns: dict[str, int] = {}
    for place, cell in enumerate(header.cells):
        what = known.get("_".join(folded(cell).split()))
        if what is not None:
            columns.setdefault(what, place)
    for wanted in needed:
        if not any(each in columns for each in wanted.split("|")):
            names = " or ".join(f"`{words[each].split()[0]}`" for each in wanted.split("|"))
            raise InputError(f"The file has no column {names} in its first row.")
    return _rows(records, columns)


def _rows(records: Iterator[Record | BadRecord], columns: dict[str, int]) -> Iterator[Row | BadRecord]:
    for count, record in enumerate(records):
        if count >= MOST_ROWS:
            raise InputError(f"The file has more than {MOST_ROWS} rows: bring it in in parts.")
        if isinstance(record, BadRecord):
            yield record
            continue
        cells = record.cells
        yield record.line, {what: cells[place].strip() if place < len(cells) else "" for what, place in columns.items()}


def _records(file: BinaryIO) -> Iterator[Record | BadRecord]:
    if kind_of(file) is not ListKind.TEXT:
        return open_sheet(file).records
    lines = text_lines(file, find_encoding(file))
    head = list(islice(lines, SNIFFED_LINES))
    told = told_by_excel(head[0]) if head else None
    head = head[1:] if told else head
    return read_records(chain(head, lines), told or find_delimiter(head), 2 if told else 1)
