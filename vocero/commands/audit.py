"""`vocero audit …`: what was done, and by whom."""

from __future__ import annotations

import re
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from cti_api.errors import Conflict, InputError
from vocero.commands.campaign import AsJson
from vocero.door import door_of

_HEAD = re.compile(r"([0-9]{1,15}):([0-9a-f]{64})\Z")


def commands() -> typer.Typer:
    group = typer.Typer(no_args_is_help=True)
    group.command("list")(list_deeds)
    group.command()(verify)
    return group


def list_deeds(
    context: typer.Context,
    most: Annotated[int, typer.Option(help="How many.", min=1, max=1000)] = 50,
    after: Annotated[int | None, typer.Option(help="Those behind this row, the oldest first.", min=0)] = None,
    as_json: AsJson = False,
) -> None:
    """What was done last, the newest first: by people, by other systems, and by commands."""
    door = door_of(context)
    query = {"limit": most} | ({"since": after} if after is not None else {})
    with door.control() as control:
        found = control.get("/audit", **query)
    if as_json:
        door.out.print_json(data=found)
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    for title in ("Row", "When (UTC)", "Who", "From", "What", "On what", ""):
        table.add_column(title, overflow="fold")
    for each in found:
        at = each["at"][:19].replace("T", " ")
        row = (str(each["seq"]), at, each["who"], each["address"], each["what"], each["target"], each["said"])
        table.add_row(*map(escape, row))
    door.out.print(table)


def verify(
    context: typer.Context,
    head: Annotated[
        str | None,
        typer.Option(help="What this command printed earlier, and was kept elsewhere.", metavar="ROW:DIGEST"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Look whether a row of the audit was changed, left out or put in. Exit code 1 where one was."""
    query = {}
    if head is not None:
        found = _HEAD.match(head.strip())
        if found is None:
            raise InputError("Write the head as it was printed: a row's number, a colon, and 64 digits 0-9 a-f")
        query = {"seq": int(found[1]), "digest": found[2]}
    door = door_of(context)
    with door.control() as control, door.waiting("Looking through the audit …"):
        checked = control.get("/audit/check", **query)
    if not checked["holds"]:
        if as_json:
            door.out.print_json(data=checked)
        raise Conflict(f"The audit was tampered with: {checked['fault']} (whole up to row {checked['seq']}).")
    sentence = (
        f"[green]✓[/] {checked['seq']} rows, none changed. Keep this elsewhere, for --head the next time:\n"
        f"    {checked['seq']}:{checked['digest']}"
    )
    door.answer(checked, as_json=as_json, sentence=sentence)
