"""`vocero ivr publish|versions|rollback|calls|tickets`: what the running system's callers meet, and what came of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from cti_api.errors import Conflict, InputError
from cti_api.model.ids import CHANNEL_ID
from vocero import ivr_screens
from vocero.client import at
from vocero.commands.campaign import YAML, AsJson
from vocero.door import Door, door_of
from vocero.tree_files import text_of, tree_of

Tree = Annotated[str, typer.Argument(help="The tree's name.")]


def add_to(group: typer.Typer) -> None:
    group.command()(publish)
    group.command()(versions)
    group.command()(rollback)
    group.command()(calls)
    group.command()(tickets)


def publish(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="Tree (YAML).", dir_okay=False)],
    as_json: AsJson = False,
) -> None:
    """Put a tree in force as its next version; one with faults or without its recordings is refused."""
    from ivr.tree.wordings import recorded

    door = door_of(context)
    named = set[str]()
    try:
        named = {line.file for _, line in recorded(tree_of(file, recorded=lambda _: True))}
    except InputError as error:
        # Trees within it are those that were published: the running system knows them.
        if not error.faults or any(not fault.path.endswith(".sub_tree") for fault in error.faults):
            raise
    with door.control() as control:
        if named:
            there = {each["file"] for each in control.get("/recordings")}
            named -= there
            if named:
                tree_of(file, recorded=there.__contains__)
        done = control.send("POST", "/trees", text_of(file).encode("utf-8"), YAML)
    _tell(door, done, as_json)
    if named:
        how = f"vocero prompts build {file} FOLDER, with FOLDER the setting ivr.prompts"
        door.err.print(f"Recordings it names: {len(named)}; bring them with {escape(how)}", highlight=False)


def versions(
    context: typer.Context,
    tree: Annotated[str | None, typer.Argument(help="A tree: each time one of its versions was put in force.")] = None,
    as_json: AsJson = False,
) -> None:
    """The trees that callers meet; of one tree its versions, the newest publication first."""
    door = door_of(context)
    with door.control() as control:
        found = control.get("/trees" if tree is None else at("trees", tree))
    if as_json:
        door.out.print_json(data=found)
    else:
        door.out.print(ivr_screens.tree_versions(found, door.zone()))


def rollback(
    context: typer.Context,
    tree: Tree,
    to: Annotated[int | None, typer.Option(help="The version; without it the one that held before.", min=1)] = None,
    as_json: AsJson = False,
) -> None:
    """Put an earlier version in force again."""
    door = door_of(context)
    with door.control() as control:
        if to is None:
            held = [each["version"] for each in control.get(at("trees", tree))]
            earlier = [version for version in held if version != held[0]]
            if not earlier:
                raise Conflict(f"{tree} has had no other version: there is nothing to go back to.")
            to = earlier[0]
        done = control.post(at("trees", tree, "in-force"), {"version": to})
    _tell(door, done, as_json)


def calls(
    context: typer.Context,
    call: Annotated[str | None, typer.Argument(help="A call's id: each node it left, and its tickets.")] = None,
    most: Annotated[int, typer.Option(help="How many of the latest.", min=1, max=500)] = 50,
    as_json: AsJson = False,
) -> None:
    """The latest calls that trees led, and where each is or ended; of one call its whole way."""
    door = door_of(context)
    if call is not None and not CHANNEL_ID.match(call):
        raise InputError(f"{call!r} is no call's id: 32 hex digits, as `vocero ivr calls` lists them")
    with door.control() as control:
        found = control.get("/led-calls", limit=most) if call is None else control.get(f"/led-calls/{call}")
    if as_json:
        door.out.print_json(data=found)
    elif call is None:
        door.out.print(ivr_screens.led_calls(found, door.zone()))
    else:
        door.out.print(ivr_screens.led_call(found, door.zone()))


def tickets(
    context: typer.Context,
    kind: Annotated[str | None, typer.Option(help="Only tickets that a tree calls so.")] = None,
    most: Annotated[int, typer.Option(help="How many of the latest.", min=1, max=500)] = 50,
    as_json: AsJson = False,
) -> None:
    """What callers opened, the newest first: each with what they told."""
    door = door_of(context)
    with door.control() as control:
        found = control.get("/tickets", limit=most, **({"kind": kind} if kind else {}))
    if as_json:
        door.out.print_json(data=found)
    else:
        door.out.print(ivr_screens.ticket_list(found, door.zone()))


def _tell(door: Door, done: dict[str, object], as_json: bool) -> None:
    name = escape(str(done["tree"]))
    sentence = f"[green]✓[/] Callers meet [bold]{name}[/] in version {done['version']}; calls under way end by theirs."
    door.answer(done, as_json=as_json, sentence=sentence)
