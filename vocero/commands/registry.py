"""`vocero registry …`: copies of public lists of people who do not want to be contacted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, tzinfo
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from cti_api.errors import InputError
from vocero import screens
from vocero.commands.campaign import AsJson
from vocero.commands.files import read
from vocero.door import door_of

if TYPE_CHECKING:  # numbering plans: other commands spare them
    from cti_api.law.registry_file import RefusedLine, RegistryEntry

BATCH = 1000
"""Numbers of one request (`cti_api.web.registries.Entries`)."""
SHOWN = 20
"""Refused lines that are told."""


def commands() -> typer.Typer:
    group = typer.Typer(no_args_is_help=True)
    group.command("import")(import_copy)
    group.command("list")(all_copies)
    return group


def import_copy(
    context: typer.Context,
    registry: Annotated[str, typer.Argument(help="The list's name in the packs of rules, such as RNE.")],
    file: Annotated[
        Path, typer.Argument(help="One number in each line; then, if known, its channels and its day.", dir_okay=False)
    ],
    taken_at: Annotated[
        str,
        typer.Option(help='When the list was consulted: "2026-11-25 08:00" in your time zone, or with one of its own.'),
    ],
    region: Annotated[str, typer.Option(help="Country of numbers that name none.")] = "CO",
    as_json: AsJson = False,
) -> None:
    """Bring in a copy of a public list. It takes the place of the one before once it is whole."""
    from cti_api.law.registry_file import read_registry
    from cti_api.numbers.phones import is_region

    door = door_of(context)
    if not is_region(region):
        raise InputError(f"{region!r} is no country: write two capitals, such as CO")
    taken = _instant(taken_at, door.zone())
    # Only digits matter, and they are the same in every encoding a list comes in.
    lines = read(file).decode("utf-8", errors="replace").splitlines()
    refused: list[RefusedLine] = []
    entries = _kept(read_registry(lines, region), refused)
    with door.control() as control, door.progress("Importing") as moved:
        begun = control.post("/registries", {"registry": registry, "taken_at": taken.isoformat()})
        copy = f"/registries/copies/{begun['copy_id']}"
        done = 0
        while batch := list(islice(entries, BATCH)):
            control.post(f"{copy}/entries", {"entries": [_row(entry) for entry in batch]})
            done += len(batch)
            moved(done + len(refused), len(lines))
        result = control.post(f"{copy}/finish")
    result |= {"refused": [{"line": each.line, "reason": each.reason} for each in refused]}
    if as_json:
        door.out.print_json(data=result)
        return
    door.out.print(
        f"[green]✓[/] {result['entries']} numbers of [bold]{escape(result['registry'])}[/] are looked at from now on.",
        highlight=False,
    )
    if refused:
        door.out.print(f"[yellow]![/] {len(refused)} lines name nobody who can be called:", highlight=False)
        for each in refused[:SHOWN]:
            door.out.print(f"  line {each.line}: {each.reason}", highlight=False, markup=False)


def all_copies(context: typer.Context, as_json: AsJson = False) -> None:
    """The copies that are looked at, and when each was taken."""
    door = door_of(context)
    with door.control() as control:
        found = control.get("/registries")
    if as_json:
        door.out.print_json(data=found)
    else:
        door.out.print(screens.registries(found, door.zone()))


def _instant(written: str, zone: tzinfo | None) -> datetime:
    """`zone`: in which an instant without one is meant; None: this machine's."""
    try:
        found = datetime.fromisoformat(written)
    except ValueError:
        raise InputError('--taken-at: write an instant such as "2026-11-25 08:00"') from None
    if found.tzinfo is None:
        return found.replace(tzinfo=zone) if zone is not None else found.astimezone()
    return found


def _row(entry: RegistryEntry) -> dict[str, Any]:
    return {
        "number": entry.number.e164,
        "channels": sorted(entry.channels),
        "since": None if entry.since is None else entry.since.isoformat(),
    }


def _kept(found: Iterator[RegistryEntry | RefusedLine], refused: list[RefusedLine]) -> Iterator[RegistryEntry]:
    from cti_api.law.registry_file import RefusedLine

    for each in found:
        if isinstance(each, RefusedLine):
            refused.append(each)
        else:
            yield each
