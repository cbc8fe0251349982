"""`vocero facts …`: what other systems know of cases, contracts and appointments, so that the indicators count it."""

from __future__ import annotations

import io
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich import box
from rich.markup import escape
from rich.table import Table

from vocero.commands.appointment_files import in_batches
from vocero.commands.campaign import AsJson
from vocero.commands.files import read
from vocero.door import door_of
from vocero.harmless import harmless

if TYPE_CHECKING:  # what other commands spare
    from cti_api.kpi.fact_file import FactOfRow

BATCH = 500
"""Facts of one request."""
SHOWN = 50
"""Rows that are told of those that count for nothing."""
COUNTED = ("new", "replaced", "same")


def commands() -> typer.Typer:
    group = typer.Typer(no_args_is_help=True)
    group.command("import")(import_facts)
    group.callback()(_several)
    return group


def _several() -> None:
    """Of one command alone typer would make no group."""


def import_facts(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="CSV or Excel: tipo, id, fecha, …, one fact a row.", dir_okay=False)],
    system: Annotated[str, typer.Option(help="Which system it comes from, such as mesa-de-ayuda.")],
    timezone: Annotated[str, typer.Option(help="The clock of hours that name none; else the company's.")] = "",
    region: Annotated[str, typer.Option(help="Country of telephones, and of the way to write days.")] = "CO",
    as_json: AsJson = False,
) -> None:
    """Tell what happened elsewhere. The same file again changes nothing; each row that counts for nothing is told."""
    from cti_api.appointments.slot_file import RefusedRow
    from cti_api.kpi.fact_file import read_facts

    door = door_of(context)
    rows: list[FactOfRow] = []
    answers: list[dict[str, Any]] = []
    for each in read_facts(io.BytesIO(read(file)), door.clock(timezone), region):
        if isinstance(each, RefusedRow):
            answers.append({"line": each.line, "id": "", "taken": "refused", "reason": each.reason})
        else:
            rows.append(each)
    with door.control() as control, door.progress("Telling") as moved:
        for place, batch in enumerate(in_batches(rows, BATCH)):
            told = control.post("/facts", {"system": system, "facts": [row.body for row in batch]})
            answers += [{name: each[name] for name in ("line", "id", "taken", "reason")} for each in told["facts"]]
            moved(place * BATCH + len(batch), len(rows))
    answers.sort(key=lambda answer: answer["line"])
    if as_json:
        door.out.print_json(data=answers)
        return
    counts = Counter(each["taken"] for each in answers)
    said = ", ".join(f"{counts[taken]} {taken}" for taken in COUNTED if counts[taken]) or "nothing new"
    left = [each for each in answers if each["taken"] not in COUNTED]
    done = len(answers) - len(left)
    door.out.print(f"[green]✓[/] {done} of {len(answers)} rows are counted: {said}.", highlight=False)
    if left:
        door.out.print(f"[yellow]![/] {len(left)} rows count for nothing:", highlight=False)
        door.out.print(_table(left[:SHOWN]))
        if len(left) > SHOWN:
            door.out.print(f"… and {len(left) - SHOWN} more: --json has them all.", highlight=False)


def _table(left: list[dict[str, Any]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("line", "id", "", "why"):
        table.add_column(column, justify="right" if column == "line" else "left", overflow="fold")
    for each in left:
        table.add_row(str(each["line"]), *(escape(harmless(each[name])) for name in ("id", "taken", "reason")))
    return table
