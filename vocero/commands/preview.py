"""`vocero leads preview`: what a list is and who is in it, before anybody is called; nothing is written anywhere."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer

from cti_api.errors import InputError
from cti_api.lead_file.mapping import asked_columns
from cti_api.lead_file.read import FoundList
from cti_api.lead_file.rows import RejectedRow
from cti_api.list_reader.reading import Reading, reading
from cti_api.list_reader.wire import Job
from cti_api.model.leads import NewLead
from cti_api.numbers.phones import is_region
from cti_api.settings import LimitSettings
from vocero import list_screens, screens
from vocero.commands.mapping import MapOption, pairs
from vocero.door import Door, door_of

EXIT_REFUSED_FILE = 2
FIRST = 12
"""Rows shown with their verdict."""
SHOWN = 20
"""Rejected rows shown."""

_MEGABYTE = 1024 * 1024


@dataclass
class _Seen:
    """Everything a list has, counted: ``leads + rejected + duplicates = data_rows``."""

    leads: int = 0
    duplicates: int = 0
    names: dict[str, str] = field(default_factory=dict)
    rejected: list[RejectedRow] = field(default_factory=list)
    refused_cells: list[RejectedRow] = field(default_factory=list)
    twice: list[RejectedRow] = field(default_factory=list)
    first: list[NewLead | RejectedRow] = field(default_factory=list)

    def take(self, row: NewLead | RejectedRow) -> None:
        if isinstance(row, NewLead):
            self.leads += 1
            self.names |= {phone.e164: row.name for phone in row.phones}
        elif row.row_kept:
            self.refused_cells += [row] if len(self.refused_cells) < SHOWN else []
        elif row.duplicate_of:
            self.duplicates += 1
            self.twice += [row] if len(self.twice) < SHOWN else []
        else:
            self.rejected.append(row)
        if len(self.first) < FIRST:
            self.first.append(row)

    @property
    def data_rows(self) -> int:
        return self.leads + len(self.rejected) + self.duplicates


def preview(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="List of people: CSV, TSV, XLSX, XLS or ODS.", dir_okay=False)],
    region: Annotated[str, typer.Option(help="Country of numbers written without one, such as CO.")],
    mapping: MapOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Every row's verdict, for a program.")] = False,
) -> None:
    """What a list is: encoding, columns, the first rows with their verdict. Nothing is imported."""
    door = door_of(context)
    try:
        seen, found = _read(file, region.strip().upper(), mapping)
    except InputError as error:
        if not as_json:
            raise
        _print_json(_document(_Seen(), str(error)))
        raise typer.Exit(EXIT_REFUSED_FILE) from None
    if as_json:
        _print_json(_document(seen, ""))
    else:
        _tell(door, seen, found)


def _read(file: Path, region: str, mapping: list[str] | None) -> tuple[_Seen, FoundList]:
    if not is_region(region):
        raise InputError(f"{region!r} is no country: write two letters, such as CO, BO or PE")
    job = Job(columns=asked_columns(pairs(mapping)), region=region, timezone="UTC", guess=True)
    seen = _Seen()
    try:
        with file.open("rb") as stream:
            limit = LimitSettings().upload_megabytes
            if stream.seek(0, 2) > limit * _MEGABYTE:
                raise InputError(f"The list is larger than {limit} MB: import it in parts.")
            with reading(stream, job) as opened:
                for row in _rows(opened):
                    seen.take(row)
                return seen, opened.found
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}") from None


def _rows(opened: Reading) -> Iterator[NewLead | RejectedRow]:
    while batch := opened.next_rows():
        yield from batch


def _document(seen: _Seen, refused: str) -> dict[str, Any]:
    return {
        "refused": bool(refused),
        "message": refused or _summary(seen),
        "data_rows": seen.data_rows,
        "leads": seen.leads,
        "rejected": len(seen.rejected),
        "duplicates": seen.duplicates,
        "e164": list(seen.names),
        "names": seen.names,
        "rejected_rows": [{"line": row.line, "column": row.column, "reason": row.reason} for row in seen.rejected],
    }


def _print_json(document: dict[str, Any]) -> None:
    """Past the console: a million numbers are no text to be laid out."""
    json.dump(document, sys.stdout, ensure_ascii=True)
    sys.stdout.write("\n")


def _summary(seen: _Seen) -> str:
    return (
        f"{seen.leads} of {seen.data_rows} rows would be leads; {len(seen.rejected)} have no number or are damaged, "
        f"{seen.duplicates} are of somebody in an earlier row."
    )


def _tell(door: Door, seen: _Seen, found: FoundList) -> None:
    door.out.print(list_screens.list_preview(asdict(found), seen.first))
    door.out.print(_summary(seen), highlight=False)
    left = [*islice(seen.rejected, SHOWN), *seen.twice, *seen.refused_cells]
    if left:
        door.out.print(screens.rejections([_rejection(row) for row in sorted(left, key=lambda row: row.line)[:SHOWN]]))


def _rejection(row: RejectedRow) -> dict[str, Any]:
    return {"line": row.line, "column": row.column, "reason": row.reason, "row_kept": row.row_kept}
