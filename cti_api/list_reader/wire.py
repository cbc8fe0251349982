"""What the reading process says, a line of JSON each: first what the file is or why it is refused, then its rows.

A row is an array, short because there are millions of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from cti_api.errors import Fault, InputError
from cti_api.lead_file.kind import ListKind
from cti_api.lead_file.read import FoundList
from cti_api.lead_file.rows import RejectedRow
from cti_api.model.campaigns import ColumnMap
from cti_api.model.consents import Channel, Consent
from cti_api.model.leads import NewLead
from cti_api.model.phone import PhoneNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is to be read, and how."""

    columns: ColumnMap
    region: str
    timezone: str
    """Whose days a validity has that names none."""
    guess: bool = False
    """Find out what `columns` leaves empty."""

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Job:
        told = json.loads(text)
        return cls(**{**told, "columns": columns_of(told["columns"])})


def columns_of(told: dict[str, Any]) -> ColumnMap:
    """A mapping as JSON has it."""
    return ColumnMap(**{**told, "phones": tuple(told["phones"])})


def found_line(found: FoundList) -> str:
    return json.dumps({"found": asdict(found)})


def refusal_line(error: InputError) -> str:
    return json.dumps(
        {"refused": error.args[0], "faults": [[each.path, each.message, each.line] for each in error.faults]}
    )


def found_of(line: bytes) -> FoundList:
    """The first line. Raises `InputError` where it is a refusal."""
    told = json.loads(line)
    if "refused" in told:
        raise InputError(told["refused"], [Fault(*fault) for fault in told["faults"]])
    found = told["found"]
    return FoundList(
        **{
            **found,
            "kind": ListKind(found["kind"]),
            "other_sheets": tuple(found["other_sheets"]),
            "header": tuple(found["header"]),
            "columns": columns_of(found["columns"]),
        }
    )


def rows_line(rows: Iterable[NewLead | RejectedRow], share: float) -> str:
    """`share`: how much of the file is read, 0 to 1."""
    return json.dumps([share, [_told(row) for row in rows]], separators=(",", ":"))


def rows_of(line: bytes) -> tuple[float, list[NewLead | RejectedRow]]:
    share, told = json.loads(line)
    return share, [_row(each) for each in told]


def _told(row: NewLead | RejectedRow) -> list[Any]:
    if isinstance(row, RejectedRow):
        return [0, row.line, row.column, row.reason, row.row_kept, row.duplicate_of, row.cells]
    numbers = [phone.e164 for phone in row.phones]
    plain = [1, row.line, row.name, numbers, row.fields, row.priority, row.external_key, row.own_cells]
    if not (row.timezone or row.department or row.valid_from or row.valid_until or row.consents):
        return plain
    consents = [
        [each.channel.value, _instant(each.at), each.evidence, each.purpose, each.own_initiative]
        for each in row.consents
    ]
    return [*plain, row.timezone, row.department, _instant(row.valid_from), _instant(row.valid_until), consents]


def _row(told: list[Any]) -> NewLead | RejectedRow:
    kind, line, *rest = told
    if not kind:
        column, reason, row_kept, duplicate_of, cells = rest
        return RejectedRow(
            line=line, column=column, reason=reason, row_kept=row_kept, duplicate_of=duplicate_of, cells=tuple(cells)
        )
    name, numbers, fields, priority, key, own, *more = rest
    phones = tuple([PhoneNumber(number) for number in numbers])
    if not more:
        return NewLead(
            name=name,
            phones=phones,
            fields=fields,
            priority=priority,
            external_key=key,
            line=line,
            own_cells=tuple(own),
        )
    timezone, department, begin, end, consents = more
    return NewLead(
        name=name,
        phones=phones,
        fields=fields,
        priority=priority,
        external_key=key,
        line=line,
        timezone=timezone,
        department=department,
        valid_from=_when(begin),
        valid_until=_when(end),
        consents=tuple(
            Consent(
                channel=Channel(channel),
                at=datetime.fromisoformat(at),
                evidence=evidence,
                purpose=purpose,
                own_initiative=own_initiative,
            )
            for channel, at, evidence, purpose, own_initiative in consents
        ),
        own_cells=tuple(own),
    )


def _instant(at: datetime | None) -> str | None:
    return at.isoformat() if at is not None else None


def _when(told: str | None) -> datetime | None:
    return datetime.fromisoformat(told) if told else None
