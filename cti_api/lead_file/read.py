"""A list from its first byte to its last row: what kind of file, in which encoding, which columns, and who is in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import SEEK_END
from itertools import chain, islice
from typing import BinaryIO, Final

from cti_api.errors import InputError
from cti_api.lead_file.delimiter import NAMES, find_delimiter, told_by_excel
from cti_api.lead_file.encoding import find_encoding
from cti_api.lead_file.header import Header, find_header
from cti_api.lead_file.kind import ListKind, kind_of
from cti_api.lead_file.lines import text_lines
from cti_api.lead_file.mapping import check_columns, guess_columns, named_columns
from cti_api.lead_file.records import read_records
from cti_api.lead_file.rows import RejectedRow, Rows
from cti_api.lead_file.sheet import open_sheet
from cti_api.model.campaigns import ColumnMap
from cti_api.model.leads import NewLead

SNIFFED_LINES: Final = 60
ROW_BYTES: Final = 60
"""About the shortest row that has a name and a number; more rows than expected are no harm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundList:
    """What a file turned out to be."""

    kind: ListKind
    encoding: str = ""
    """Empty for a spreadsheet."""
    delimiter: str = ""
    """In words (`cti_api.lead_file.delimiter.NAMES`); empty for a spreadsheet."""
    sheet: str = ""
    other_sheets: tuple[str, ...] = ()
    """Sheets that are not read though they have something in them."""
    header_line: int
    """0: there is none."""
    titles: int
    """Lines above the header."""
    header: tuple[str, ...]
    columns: ColumnMap
    """Which of them is what."""


@dataclass(frozen=True, slots=True)
class OpenList:
    """A list whose rows are about to be read."""

    found: FoundList
    rows: Iterator[NewLead | RejectedRow]
    """In the order of the file, read as they are asked for."""


def open_list(file: BinaryIO, columns: ColumnMap, region: str, timezone: str, *, guess: bool = False) -> OpenList:
    """Open a list: a file in binary mode that can be sought in.

    `region` is the country of numbers written without one, `timezone` whose days a validity has that names none.
    `guess`: find out what `columns` leaves empty. Raises `InputError` for a file that is no list, or whose columns
    cannot serve; no row raises anything.
    """
    kind = kind_of(file)
    opened = _text(file, columns, region) if kind is ListKind.TEXT else _spreadsheet(file, kind, columns, region)
    header, found = opened.header, opened.found
    if guess:
        columns = guess_columns(columns, header.names, [each.cells for each in header.sample], region)
    check_columns(columns, header.names, header.line)
    if not columns.phones:
        raise InputError("Which column has the telephones is not said.")
    rows = Rows(header.names, columns, region, timezone, opened.expected)
    return OpenList(replace(found, columns=columns), rows.read(header.records))


@dataclass(frozen=True, slots=True)
class _Opened:
    found: FoundList
    header: Header
    expected: int
    """About how many rows."""


def _text(file: BinaryIO, columns: ColumnMap, region: str) -> _Opened:
    encoding = find_encoding(file)
    lines = text_lines(file, encoding)
    head = list(islice(lines, SNIFFED_LINES))
    told = told_by_excel(head[0]) if head else None
    head = head[1:] if told else head
    delimiter = told or find_delimiter(head, named_columns(columns))
    header = find_header(read_records(chain(head, lines), delimiter, 2 if told else 1), columns, region)
    found = FoundList(
        kind=ListKind.TEXT,
        encoding=encoding.name,
        delimiter=NAMES.get(delimiter, delimiter),
        header_line=header.line,
        titles=header.titles,
        header=tuple(header.names),
        columns=columns,
    )
    return _Opened(found, header, _size(file) // ROW_BYTES)


def _size(file: BinaryIO) -> int:
    here = file.tell()
    size = file.seek(0, SEEK_END)
    file.seek(here)
    return size


def _spreadsheet(file: BinaryIO, kind: ListKind, columns: ColumnMap, region: str) -> _Opened:
    sheet = open_sheet(file)
    header = find_header(sheet.records, columns, region)
    found = FoundList(
        kind=kind,
        sheet=sheet.name,
        other_sheets=sheet.others,
        header_line=header.line,
        titles=header.titles,
        header=tuple(header.names),
        columns=columns,
    )
    return _Opened(found, header, sheet.rows)
