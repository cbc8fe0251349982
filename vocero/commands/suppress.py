"""`vocero leads suppress`: numbers that nobody calls again, one by one or a whole file of them."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import typer
from rich.markup import escape

from cti_api.errors import InputError
from cti_api.lead_file.mapping import asked_columns
from cti_api.lead_file.rows import RejectedRow
from cti_api.list_reader.reading import Reading, reading
from cti_api.list_reader.wire import Job
from cti_api.model.leads import NewLead
from cti_api.model.phone import PhoneNumber
from cti_api.numbers.phones import is_region, parse_phone
from cti_api.numbers.several import parse_phones
from vocero import screens
from vocero.commands.campaign import AsJson
from vocero.commands.files import writing
from vocero.commands.import_list import as_text
from vocero.commands.mapping import MapOption, pairs
from vocero.door import door_of

BATCH = 1000
"""Numbers of one request (`cti_api.web.suppression.Numbers`)."""
SHOWN = 20
"""Rejected rows that are told."""


def suppress(
    context: typer.Context,
    number: Annotated[str | None, typer.Argument(help="As people write it: 300 123 4567, +573001234567.")] = None,
    file: Annotated[
        Path | None,
        typer.Option(help="A file of numbers as people write them: text, CSV, TSV, XLSX, XLS or ODS.", dir_okay=False),
    ] = None,
    source: Annotated[str, typer.Option(help="Who asked for it, how and why; kept with each number.")] = "",
    region: Annotated[str, typer.Option(help="Country of numbers that name none.")] = "CO",
    mapping: MapOption = None,
    person: Annotated[
        bool, typer.Option("--person", help="The other numbers of whoever has this one, too: the person said no.")
    ] = False,
    rejected: Annotated[
        Path | None, typer.Option(help="Write every row of the file without a number to this CSV, with the reason.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Do not call this number, or these, again, in any campaign. The same file again changes nothing."""
    door = door_of(context)
    if (number is None) is (file is None):
        raise InputError("Name one number, or a file of them with --file.")
    region = region.strip().upper()
    if not is_region(region):
        raise InputError(f"{region!r} is no country: write two letters, such as CO, BO or PE")
    if number is not None:
        known = parse_phone(number, region)
        if not isinstance(known, PhoneNumber):
            raise InputError(f"{number!r} is no number to be suppressed: {known.reason}")
        with door.control() as control:
            wanted = {"number": known.e164, "source": source or "command line", "person": person}
            control.post("/suppressions", wanted)
        door.err.print(f"[green]✓[/] {known.e164} will not be called again.", highlight=False)
        return
    assert file is not None
    job = Job(columns=asked_columns(pairs(mapping)), region=region, timezone="UTC", guess=True)
    result = _Result(file=file.name, source=source or f"file {file.name}"[:200])
    with ExitStack() as stack:
        control, moved = stack.enter_context(door.control()), stack.enter_context(door.progress("Suppressing"))
        opened = stack.enter_context(reading(stack.enter_context(_opened(file)), job))
        left = None
        if rejected is not None:
            stack.enter_context(writing(rejected))
            left = csv.writer(stack.enter_context(rejected.open("w", encoding="utf-8-sig", newline="")))
            left.writerow(["line", "column", "reason", *map(as_text, opened.found.header)])
        for numbers, rows in _read(opened, region):
            for first in range(0, len(numbers), BATCH):
                told = {"numbers": numbers[first : first + BATCH], "source": result.source, "person": person}
                result.new += control.post("/suppressions/numbers", told)["new"]
            result.take(numbers, rows)
            if left is not None:
                left.writerows([row.line, row.column, row.reason, *map(as_text, row.cells)] for row in rows)
            moved(round(opened.share * 1000), 1000)
    if as_json:
        door.out.print_json(data=result.document())
        return
    door.out.print(
        f"[green]✓[/] {result.numbers} numbers of {escape(file.name)} will not be called again; "
        f"{result.new} of them were new.",
        highlight=False,
    )
    if result.rejected:
        door.out.print(f"[yellow]![/] {result.rejected} rows have no number, or one that is none:", highlight=False)
        door.out.print(screens.rejections(result.shown))


@dataclass
class _Result:
    file: str
    source: str
    numbers: int = 0
    new: int = 0
    rejected: int = 0
    shown: list[dict[str, Any]] = field(default_factory=list)

    def take(self, numbers: list[str], rows: list[RejectedRow]) -> None:
        self.numbers += len(numbers)
        self.rejected += len(rows)
        self.shown += [
            {"line": row.line, "column": row.column, "reason": row.reason, "row_kept": row.row_kept}
            for row in rows[: SHOWN - len(self.shown)]
        ]

    def document(self) -> dict[str, Any]:
        return {
            "file": self.file,
            "source": self.source,
            "numbers": self.numbers,
            "new": self.new,
            "rejected": self.rejected,
            "rejected_rows": self.shown,
        }


def _opened(file: Path) -> BinaryIO:
    try:
        return file.open("rb")
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}") from None


def _read(opened: Reading, region: str) -> Iterator[tuple[list[str], list[RejectedRow]]]:
    """Batch by batch: the numbers, each once in its batch, and what named none.

    A row that would be no lead (its number was there already, a date in it is none) still names a number: it is taken.
    """
    place = {name: index for index, name in enumerate(opened.found.header)}
    columns = [place[name] for name in opened.found.columns.phones]
    while batch := opened.next_rows():
        numbers: dict[PhoneNumber, None] = {}
        without: list[RejectedRow] = []
        for row in batch:
            if isinstance(row, NewLead):
                found = row.phones
            else:
                cells = [row.cells[index] for index in columns if index < len(row.cells)]
                found = tuple(phone for cell in cells for phone in parse_phones(cell, region).phones)
                if not found or row.row_kept:
                    without.append(row)
            numbers |= dict.fromkeys(found)
        yield [number.e164 for number in numbers], without
