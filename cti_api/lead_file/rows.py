"""Rows of a list to leads: the campaign's column mapping applied, every number checked, nothing silently dropped."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Final

from cti_api.errors import Fault, InputError
from cti_api.lead_file.records import BadRecord, Record, read_records
from cti_api.model.campaigns import ColumnMap
from cti_api.model.leads import NewLead
from cti_api.model.phone import PhoneNumber
from cti_api.numbers.phones import PhoneFault, parse_phone

PRIORITY: Final = re.compile(r"-?[0-9]{1,9}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedRow:
    """Something in the file that did not become part of a lead."""

    line: int
    """The line the row begins on, from 1."""
    column: str
    """The column at fault; empty when it is the row as a whole."""
    reason: str
    """One sentence for a person."""
    row_kept: bool = False
    """True: only this cell was refused (a second phone that is none); the row is a lead without it."""


def read_leads(lines: Iterable[bytes], columns: ColumnMap, region: str) -> Iterator[NewLead | RejectedRow]:
    """The rows of a UTF-8 CSV file, in their order.

    `lines` are the file's lines as bytes (a file opened in binary mode gives them); `region` is the country of numbers
    written without one. A row is rejected when it has no number that can be dialled, when one of its numbers or its
    external key was in an earlier row, or when it is damaged.

    Raises `InputError` for a file whose header cannot serve; no row raises anything.
    """
    records = read_records(lines)
    header = _header(next(records, None), columns)
    return _Rows(header, columns, region).read(records)


def _header(record: Record | BadRecord | None, columns: ColumnMap) -> list[str]:
    if record is None:
        raise InputError("The list is empty.")
    if isinstance(record, BadRecord):
        raise InputError("The list's header cannot be read.", [Fault("", record.reason, record.line)])
    names = [cell.strip() for cell in record.cells]
    faults = [
        Fault(name, "is the name of more than one column", record.line)
        for name in dict.fromkeys(names)
        if name and names.count(name) > 1
    ]
    for wanted in (columns.name, *columns.phones, columns.priority, columns.external_key):
        if wanted and wanted not in names:
            near = get_close_matches(wanted, [name for name in names if name], n=1)
            hint = f"; is it `{near[0]}`?" if near else f"; the file has {', '.join(name for name in names if name)}"
            faults.append(Fault(wanted, f"the file has no such column{hint}", record.line))
    if faults:
        raise InputError("The list does not have the campaign's columns; nothing was imported.", faults)
    return names


class _Rows:
    """Reads the rows below one header, remembering what it has seen."""

    def __init__(self, header: Sequence[str], columns: ColumnMap, region: str) -> None:
        self._header = header
        self._columns = columns
        self._region = region
        self._numbers: dict[PhoneNumber, int] = {}
        self._keys: dict[str, int] = {}
        contact = {columns.name, *columns.phones}
        self._fields = [name for name in header if name and name not in contact]

    def read(self, records: Iterable[Record | BadRecord]) -> Iterator[NewLead | RejectedRow]:
        for record in records:
            if isinstance(record, BadRecord):
                yield RejectedRow(line=record.line, column="", reason=record.reason)
            else:
                yield from self._row(record)

    def _row(self, record: Record) -> Iterator[NewLead | RejectedRow]:
        line, cells = record.line, record.cells
        if len(cells) != len(self._header):
            reason = f"the row has {len(cells)} cells where the header has {len(self._header)}"
            yield RejectedRow(line=line, column="", reason=reason)
            return
        named = dict(zip(self._header, cells, strict=True))
        phones, refused = self._phones(line, named)
        fault = self._priority_fault(line, named) or self._phone_fault(line, phones, refused)
        fault = fault or self._duplicate(line, phones, self._key(named))
        if fault is not None:
            yield fault
            return
        self._numbers.update(dict.fromkeys(phones, line))
        self._keys[self._key(named)] = line
        yield NewLead(
            name=_line(named[self._columns.name]),
            phones=phones,
            fields={name: _lines(named[name]) for name in self._fields},
            priority=int(named[self._columns.priority].strip() or "0") if self._columns.priority else 0,
            external_key=self._key(named),
            line=line,
        )
        yield from (replace(cell, row_kept=True) for cell in refused)

    def _key(self, named: dict[str, str]) -> str:
        return _line(named[self._columns.external_key]) if self._columns.external_key else ""

    def _priority_fault(self, line: int, named: dict[str, str]) -> RejectedRow | None:
        column = self._columns.priority
        if not column or not (text := named[column].strip()) or PRIORITY.match(text):
            return None
        return RejectedRow(line=line, column=column, reason="this is not a whole number")

    def _phones(self, line: int, named: dict[str, str]) -> tuple[tuple[PhoneNumber, ...], list[RejectedRow]]:
        """The row's numbers in the order of their columns, each once, and what was refused in those columns."""
        phones: dict[PhoneNumber, None] = {}
        refused: list[RejectedRow] = []
        for column in self._columns.phones:
            phone = parse_phone(named[column], self._region)
            if isinstance(phone, PhoneNumber):
                phones[phone] = None
            elif phone.fault is not PhoneFault.EMPTY:
                refused.append(RejectedRow(line=line, column=column, reason=phone.reason))
        return tuple(phones), refused

    def _phone_fault(
        self, line: int, phones: tuple[PhoneNumber, ...], refused: list[RejectedRow]
    ) -> RejectedRow | None:
        if phones:
            return None
        if refused:
            return refused[0]
        column = self._columns.phones[0]
        return RejectedRow(line=line, column=column, reason="there is no number to call")

    def _duplicate(self, line: int, phones: tuple[PhoneNumber, ...], key: str) -> RejectedRow | None:
        """A number is one lead's in a campaign, and so is a key: otherwise somebody would be called twice over."""
        if key and key in self._keys:
            column, reason = self._columns.external_key, f"the same key is in line {self._keys[key]}"
            return RejectedRow(line=line, column=column, reason=reason)
        known = next((phone for phone in phones if phone in self._numbers), None)
        if known is None:
            return None
        reason = f"the number {known.masked} is in line {self._numbers[known]}"
        return RejectedRow(line=line, column=self._columns.phones[0], reason=reason)


def _line(text: str) -> str:
    """`text` with a space for each control character: one would move the cursor, or the line, of whoever reads it."""
    if text.isprintable():
        return text.strip()
    return "".join(" " if unicodedata.category(sign) == "Cc" else sign for sign in text).strip()


def _lines(text: str) -> str:
    """The same for a note, which may have lines."""
    return "\n".join(_line(line) for line in text.splitlines()).strip()
