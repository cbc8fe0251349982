"""`vocero ivr …`: a tree that answers callers, checked, tried, tested and drawn from its file alone.

What puts it in force in a running system is in `vocero.commands.published`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from cti_api.errors import InputError, Unreachable
from cti_api.settings import Settings, load_settings
from vocero.client import Control
from vocero.commands import published
from vocero.commands.campaign import AsJson
from vocero.commands.files import whole
from vocero.door import Door, door_of
from vocero.tree_files import text_of, tree_of

File = Annotated[Path, typer.Argument(help="Tree (YAML).", dir_okay=False)]
Queues = Annotated[
    list[str] | None, typer.Option(help="Queues there are, with commas or several times: others are refused.")
]


def commands() -> typer.Typer:
    group = typer.Typer(no_args_is_help=True)
    group.command()(check)
    group.command()(schema)
    group.command(name="try")(try_)
    group.command()(cases)
    group.command()(draw)
    published.add_to(group)
    return group


def check(
    context: typer.Context,
    file: File,
    queues: Queues = None,
    config: Annotated[
        Path | None,
        typer.Option(
            help="Settings (vocero.yaml): transfers that they do not allow are refused, and queues that the running "
            "system does not have.",
            dir_okay=False,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Read a tree; one with faults is refused, with the line and path of each."""
    door = door_of(context)
    known, transfers = _names(queues), None
    if config is not None:
        settings = load_settings(config)
        transfers = {target.name for target in settings.transfers.targets}
        known = known if known is not None else _queues_of(door, settings)
    try:
        tree = tree_of(file, known, transfers)
    except InputError as error:
        if not as_json or not error.faults:
            raise
        rows = [{"line": fault.line, "path": fault.path, "message": fault.message} for fault in error.faults]
        door.out.print_json(data={"faults": rows})
        raise typer.Exit(2) from None
    ways = sum(len(node.ways()) for node in tree.nodes.values())
    sentence = f"[green]✓[/] {escape(str(file))} is in order: {len(tree.nodes)} nodes, {ways} ways."
    door.answer(
        {"tree": tree.id, "nodes": len(tree.nodes), "ways": ways, "faults": []}, as_json=as_json, sentence=sentence
    )


def schema(context: typer.Context) -> None:
    """The JSON Schema of a tree's file, for editors that complete and check while one writes."""
    from ivr.tree.schema import tree_schema

    door_of(context).out.file.write(json.dumps(tree_schema(), ensure_ascii=False, indent=2) + "\n")


def try_(
    context: typer.Context,
    file: File,
    answers: Annotated[
        Path | None,
        typer.Option(
            help="What look-ups answer (YAML): `name: {variable: value}`, `failed`, or `not_found`.", dir_okay=False
        ),
    ] = None,
    at: Annotated[str, typer.Option(help="When the call comes, such as `2026-11-25 10:00`; without it: now.")] = "",
    caller: Annotated[str, typer.Option(help="The number that calls.")] = "",
) -> None:
    """Talk with a tree in the terminal: it says what a caller hears; type keys or words."""
    from cti_api.clock import SystemClock
    from ivr.tree.case_file import instant_in, parse_answers
    from vocero.trying import converse

    tree = tree_of(file)
    known = parse_answers(text_of(answers)) if answers else {}
    try:
        begins = instant_in(tree.timezone)(at) if at else SystemClock().now()
    except ValueError as error:
        raise InputError(f"--at {error}.") from None
    converse(door_of(context).out, tree, begins, caller, known)


def cases(
    context: typer.Context,
    file: File,
    case_file: Annotated[Path, typer.Argument(help="Cases (YAML).", metavar="CASES", dir_okay=False)],
    full: Annotated[bool, typer.Option("--full", help="Fail, too, where a node or way has no case.")] = False,
    as_json: AsJson = False,
) -> None:
    """Run callers' cases through a tree: where each has to lead, and which nodes and ways none came through."""
    from ivr.tree.case_file import parse_cases
    from ivr.tree.run_cases import coverage, run_case
    from vocero import ivr_screens

    door = door_of(context)
    tree = tree_of(file)
    ran = [run_case(tree, case) for case in parse_cases(text_of(case_file), tree.timezone)]
    covered = coverage(tree, ran)
    if as_json:
        door.out.print_json(data=ivr_screens.case_rows(ran, covered))
    else:
        door.out.print(ivr_screens.case_table(ran, covered))
    if any(each.problem for each in ran) or (full and not covered.is_whole):
        raise typer.Exit(1)


def draw(
    context: typer.Context,
    file: File,
    out: Annotated[Path, typer.Option(help="The picture (SVG).", dir_okay=False)],
) -> None:
    """Draw a tree as a picture that a browser shows and prints."""
    from ivr.tree.draw import drawn

    picture = drawn(tree_of(file))
    with whole(out) as written:
        written.write(picture.encode("utf-8"))
    door_of(context).err.print(f"[green]✓[/] {escape(str(out))}", highlight=False)


def _queues_of(door: Door, settings: Settings) -> frozenset[str] | None:
    """The running system's; None, with a sentence, where it does not run."""
    try:
        with Control(door.socket or settings.api.socket) as control:
            return frozenset(queue["id"] for queue in control.get("/queues"))
    except Unreachable:
        door.err.print(
            "[yellow]The queues were not checked: no Vocero answers. Start it with `vocero up`, or name them with "
            "--queues.[/]",
            highlight=False,
        )
        return None


def _names(written: list[str] | None) -> frozenset[str] | None:
    if written is None:
        return None
    return frozenset(name.strip() for several in written for name in several.split(",") if name.strip())
