"""`vocero evidence …`: everything that is on record of a person."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import zipfile
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.markup import escape

from cti_api.errors import Conflict, InputError
from vocero import evidence_screens
from vocero.client import Control
from vocero.commands.campaign import AsJson
from vocero.door import Door, door_of

RECORDINGS: Final = "grabaciones"
SUMS: Final = "SHA256SUMS"

Person = Annotated[
    str,
    typer.Argument(
        metavar="PHONE|ID",
        help="A telephone, the id of a contact, a lead or an attempt, or the source system's key; "
        "contact:12, lead:12, attempt:…, phone:… and key:… leave no doubt.",
    ),
]
Region = Annotated[str, typer.Option(help="Country of a telephone that names none.")]
Everybody = Annotated[bool, typer.Option("--everybody", help="Who share the telephone, or the key, are one person.")]


def evidence(
    context: typer.Context,
    person: Person,
    export: Annotated[
        Path | None, typer.Option(help="Write everything, recordings too, into this new folder or FILE.zip.")
    ] = None,
    region: Region = "CO",
    everybody: Everybody = False,
    as_json: AsJson = False,
) -> None:
    """Everything that is on record of a person: lists, calls and why they were made, consents, opt-outs, recordings."""
    door = door_of(context)
    if export is not None and export.exists():
        raise Conflict(f"{export} is there already: name another, or remove it.")
    with door.control() as control:
        found = control.post("/evidence", {"who": person, "region": region.upper(), "everybody": everybody})
        if export is not None:
            _export(door, control, found, export)
    if as_json:
        door.out.print_json(data=found)
    elif export is None:
        door.out.print(evidence_screens.everything(found, door.zone()))
    else:
        door.err.print(f"[green]✓[/] {escape(str(export))}", highlight=False, soft_wrap=True)


def _export(door: Door, control: Control, found: dict[str, Any], to: Path) -> None:
    """Whole or not at all: made beside it under another name, readable by nobody else."""
    from cti_api.evidence.page import page  # a template engine that other commands spare

    try:
        fresh = Path(tempfile.mkdtemp(dir=to.absolute().parent, prefix=f".{to.name}."))
    except OSError as error:
        raise InputError(f"{to} cannot be written ({error.strerror}).") from None
    try:
        sums = [
            _write(fresh, "evidencia.json", json.dumps(found, ensure_ascii=False, indent=1).encode()),
            _write(fresh, "evidencia.html", page(found, door.zone()).encode()),
        ]
        if found["recordings"]:
            (fresh / RECORDINGS).mkdir(mode=0o700)
        with door.progress("Copying the recordings …") as moved:
            for place, each in enumerate(found["recordings"]):
                sums.append(_recording(control, fresh, each))
                moved(place + 1, len(found["recordings"]))
        (fresh / SUMS).write_text("".join(sums), encoding="utf-8")
        _put_in_place(fresh, to)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _write(folder: Path, name: str, content: bytes) -> str:
    (folder / name).write_bytes(content)
    return f"{hashlib.sha256(content).hexdigest()}  {name}\n"


def _recording(control: Control, folder: Path, told: dict[str, Any]) -> str:
    name = f"{RECORDINGS}/{Path(told['path']).name}"
    digest = hashlib.sha256()
    with (folder / name).open("wb") as file:
        for chunk in control.chunks(told["sound"]):
            digest.update(chunk)
            file.write(chunk)
    if digest.hexdigest() != told["sha256"]:
        raise Conflict(f"{name} was changed while it was copied: export it again.")
    return f"{told['sha256']}  {name}\n"


def _put_in_place(fresh: Path, to: Path) -> None:
    if to.suffix.lower() != ".zip":
        fresh.rename(to)
        return
    packed = fresh / "packed.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(fresh.rglob("*")):
            if path.is_file() and path != packed:
                archive.write(path, path.relative_to(fresh))
    packed.chmod(0o600)
    os.link(packed, to)  # unlike a rename it replaces nothing
