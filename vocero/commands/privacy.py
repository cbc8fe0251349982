"""`vocero privacy …`: people who ask to be erased."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from vocero import evidence_screens
from vocero.commands.campaign import AsJson
from vocero.commands.evidence import Everybody, Person, Region
from vocero.door import Door, door_of
from vocero.traces import PHONE, Searched, search, texts_of


def commands() -> typer.Typer:
    group = typer.Typer(no_args_is_help=True)
    group.command()(erase)
    group.command()(erasures)
    group.command()(lost_key)
    return group


def erase(
    context: typer.Context,
    person: Person,
    by: Annotated[str, typer.Option(metavar="NAME", help="Who carries it out; the audit keeps it.")],
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; without the person's name or number.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would be erased.")] = False,
    region: Region = "CO",
    everybody: Everybody = False,
    as_json: AsJson = False,
) -> None:
    """Erase a person for good, and look whether anything of them is left. Reports do not change."""
    door = door_of(context)
    body = {"who": person, "region": region.upper(), "everybody": everybody, "by": by, "reason": reason}
    with door.control() as control:
        done = control.post("/privacy/erasures", body | {"dry_run": dry_run})
    searched = None if dry_run or not done["erasure_id"] else _searched(door, done)
    if as_json:
        told = searched and {
            "folder": searched.folder, "files": searched.files, "bytes": searched.bytes, "found": searched.found,
            "not_read": searched.closed,
        }  # fmt: skip
        door.out.print_json(data=done | {"traces": told})
    else:
        door.out.print(evidence_screens.erased(done, searched))
    if searched is not None and any(what == PHONE for _, what in searched.found):
        raise typer.Exit(1)


def _searched(door: Door, done: dict[str, Any]) -> Searched | None:
    """The store's folder, looked through for the person; None where there is none to look through."""
    folder = Path(done["store_folder"])
    if not done["store_folder"] or not folder.is_dir():
        return None
    with door.waiting("Buscando rastros en los archivos …"):
        return search(folder, texts_of(done["person"]))


def erasures(context: typer.Context, as_json: AsJson = False) -> None:
    """Every erasure there was: when, by whom, why, how many rows. Nobody is named."""
    door = door_of(context)
    with door.control() as control:
        found = control.get("/privacy/erasures")
    if as_json:
        door.out.print_json(data=found)
    else:
        door.out.print(evidence_screens.audit(found, door.zone()))


def lost_key(
    context: typer.Context,
    by: Annotated[str, typer.Option(metavar="NAME", help="Who decided it; the audit keeps it.")],
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why there is no copy of the key.")],
    as_json: AsJson = False,
) -> None:
    """The key of erased numbers is lost for good: forget who was erased, so that lists come in again."""
    door = door_of(context)
    with door.control() as control:
        found = control.post("/privacy/lost-key", {"by": by, "reason": reason})
    door.answer(
        found,
        as_json=as_json,
        sentence=f"[yellow]![/] Se olvidaron las huellas de {found['numbers']} números: una lista nueva puede volver a "
        "traer a esas personas. Borre otra vez, con las solicitudes archivadas, a quienes lo pidieron.",
    )
