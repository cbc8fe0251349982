"""Rows of a list to leads: the mapping applied, every number checked, nothing silently dropped."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cti_api.law.departments import department_named, has_departments
from cti_api.lead_file.cells import Refusal, consents_of, instant_of, lines_of, one_line
from cti_api.lead_file.mapping import is_zone, named_columns
from cti_api.lead_file.records import BadRecord, Record
from cti_api.lead_file.seen import FirstLines
from cti_api.model.campaigns import ColumnMap
from cti_api.model.consents import Consent
from cti_api.model.leads import NewLead
from cti_api.model.phone import PhoneNumber
from cti_api.numbers.regions import region_of
from cti_api.numbers.several import PhonesFound, parse_phones

PRIORITY: Final = re.compile(r"-?[0-9]{1,9}\Z")
_KEYS: Final = 2**64 - 1
_SELDOM: Final = ("timezone", "department", "valid_from", "valid_until", "consent_channel", "priority")
"""Columns that most lists do not have."""


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
    duplicate_of: int = 0
    """The line that is of the same person, for a row that is there twice; 0 for any other."""
    cells: tuple[str, ...] = ()
    """The row as it stands in the file."""


class Rows:
    """Reads the rows below one header, remembering what it has seen."""

    def __init__(
        self, header: Sequence[str], columns: ColumnMap, region: str, timezone: str, expected: int = 0
    ) -> None:
        """`timezone`: whose days a validity has that names none; `expected`: about how many rows there are."""
        self._header = header
        self._columns = columns
        self._region = region
        self._timezone = timezone
        self._numbers = FirstLines(expected)
        self._keys = FirstLines(expected if columns.external_key else 0)
        place = {name: index for index, name in enumerate(header)}
        self._place = place
        self._phones = [(name, place[name]) for name in columns.phones]
        # What has a place of its own in the lead is not told twice; priority and key are the agent's to see too.
        own = set(named_columns(columns)) - {columns.priority, columns.external_key}
        self._fields = [(name, index) for name, index in place.items() if name not in own]
        self._own = [index for name, index in place.items() if name in own]
        self._plain = not any(getattr(columns, entry) for entry in _SELDOM)

    def read(self, records: Iterable[Record | BadRecord]) -> Iterator[NewLead | RejectedRow]:
        """A row is rejected when it has no number that can be dialled, when one of its numbers or its external key was
        in an earlier row, or when it is damaged. No row raises anything."""
        for record in records:
            if isinstance(record, BadRecord):
                yield RejectedRow(line=record.line, column="", reason=record.reason, cells=tuple(record.cells))
            else:
                yield from self._row(record)

    def _row(self, record: Record) -> Iterator[NewLead | RejectedRow]:
        line, cells = record.line, record.cells
        width = len(self._header)
        if len(cells) != width and (len(cells) < width or any(map(str.strip, cells[width:]))):
            reason = f"the row has {len(cells)} cells where the header has {width}"
            yield self._reject(record, "", reason)
            return
        found = [(name, parse_phones(cells[index], self._region)) for name, index in self._phones]
        phones = found[0][1].phones if len(found) == 1 else _once(found)
        if not phones:
            yield self._without_phone(record, found)
            return
        key = one_line(cells[self._place[self._columns.external_key]]) if self._columns.external_key else ""
        twice = self._twice(record, phones, key)
        if twice is not None:
            yield twice
            return
        refused = [(name, reason) for name, each in found for reason in each.refused]
        extra = _NOTHING_MORE if self._plain else self._extra(record, phones[0], refused)
        if isinstance(extra, RejectedRow):
            yield extra
            return
        for phone in phones:
            self._numbers.put(int(phone.digits), line)
        if key:
            self._keys.put(_hashed(key), line)
        yield NewLead(
            name=self._name(cells),
            phones=phones,
            fields={name: lines_of(cells[index]) for name, index in self._fields},
            priority=extra.priority,
            external_key=key,
            line=line,
            timezone=extra.timezone,
            department=extra.department,
            valid_from=extra.valid_from,
            valid_until=extra.valid_until,
            consents=extra.consents,
            own_cells=tuple([cells[index] for index in self._own]),
        )
        for column, reason in refused:
            yield self._reject(record, column, reason, row_kept=True)

    def _reject(self, record: Record, column: str, reason: str, *, row_kept: bool = False) -> RejectedRow:
        return RejectedRow(line=record.line, column=column, reason=reason, row_kept=row_kept, cells=tuple(record.cells))

    def _cell(self, record: Record, column: str) -> str:
        return record.cells[self._place[column]] if column else ""

    def _name(self, cells: Sequence[str]) -> str:
        names = (self._columns.name, self._columns.surname)
        return " ".join(name for column in names if column and (name := one_line(cells[self._place[column]])))

    def _without_phone(self, record: Record, found: Sequence[tuple[str, PhonesFound]]) -> RejectedRow:
        for column, phones in found:
            if phones.refused:
                return self._reject(record, column, phones.refused[0])
        return self._reject(record, self._columns.phones[0], "there is no number to call")

    def _twice(self, record: Record, phones: Sequence[PhoneNumber], key: str) -> RejectedRow | None:
        """A number is one lead's in a campaign, and so is a key: otherwise somebody would be called twice over."""
        if key and (first := self._keys.get(_hashed(key))):
            column, reason = self._columns.external_key, f"the same key is in line {first}"
        else:
            for phone in phones:
                if first := self._numbers.get(int(phone.digits)):
                    column, reason = self._columns.phones[0], f"the number {phone.masked} is in line {first}"
                    break
            else:
                return None
        return RejectedRow(
            line=record.line, column=column, reason=reason, duplicate_of=first, cells=tuple(record.cells)
        )

    def _extra(self, record: Record, phone: PhoneNumber, refused: list[tuple[str, str]]) -> _Extra | RejectedRow:
        """What the row says beside name and phones. What would call somebody at the wrong time costs the row; a consent
        that is none is told in `refused`, and the row kept without it."""
        columns, region = self._columns, self._region
        priority = self._cell(record, columns.priority).strip()
        if priority and not PRIORITY.match(priority):
            return self._reject(record, columns.priority, "this is not a whole number")
        timezone = self._cell(record, columns.timezone).strip()
        if timezone and not is_zone(timezone):
            return self._reject(record, columns.timezone, "this is no time zone: write America/Bogota")
        zone = timezone or self._timezone
        begin = instant_of(self._cell(record, columns.valid_from), region, zone, end=False)
        if isinstance(begin, Refusal):
            return self._reject(record, columns.valid_from, begin.reason)
        end = instant_of(self._cell(record, columns.valid_until), region, zone, end=True)
        if isinstance(end, Refusal):
            return self._reject(record, columns.valid_until, end.reason)
        if begin is not None and end is not None and end <= begin:
            return self._reject(record, columns.valid_until, "this is before the day from which the row is valid")
        consents = consents_of(
            self._cell(record, columns.consent_channel),
            self._cell(record, columns.consent_purpose),
            self._cell(record, columns.consent_date),
            self._cell(record, columns.consent_evidence),
            self._cell(record, columns.consent_own_initiative),
            region,
            zone,
        )
        if isinstance(consents, Refusal):
            refused.append((columns.consent_channel, consents.reason))
            consents = ()
        department = self._department(record, phone, refused)
        return _Extra(int(priority or "0"), timezone, department, begin, end, consents)

    def _department(self, record: Record, phone: PhoneNumber, refused: list[tuple[str, str]]) -> str:
        """The department's code; what is none is told, where the country of the row's first number has any."""
        told = self._cell(record, self._columns.department).strip()
        region = region_of(phone) if told else ""
        if not told or not has_departments(region):
            return ""
        found = department_named(told, region)
        if found is None:
            reason = f"`{one_line(told)[:40]}` is no department of {region}: the holidays of all of them hold"
            refused.append((self._columns.department, reason))
        return found or ""


@dataclass(frozen=True, slots=True)
class _Extra:
    priority: int = 0
    timezone: str = ""
    department: str = ""
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    consents: tuple[Consent, ...] = ()


_NOTHING_MORE: Final = _Extra()


def cells_of(lead: NewLead, header: Sequence[str]) -> tuple[str, ...]:
    """The row that a lead was read from."""
    own = iter(lead.own_cells)
    return tuple(lead.fields[name] if name in lead.fields else next(own, "") for name in header)


def _once(found: Sequence[tuple[str, PhonesFound]]) -> tuple[PhoneNumber, ...]:
    return tuple(dict.fromkeys(phone for _, each in found for phone in each.phones))


def _hashed(key: str) -> int:
    """64 bits of a key. In a million keys, two fall on one number once in thirty million lists."""
    return hash(key) & _KEYS or 1
