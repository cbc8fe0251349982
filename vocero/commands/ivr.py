"""`vocero ivr …`: a tree that answers callers, checked, tried, tested and drawn from its file alone.

What puts it in force in a running system is in `vocero.commands.published`.
"""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer
from rich.markup import escape

from cti_api.errors import InputError
from cti_api.settings import load_settings
from vocero.client import at
from vocero.commands import published
from vocero.commands.campaign import AsJson
from vocero.commands.files import whole
from vocero.commands.look_up import look_up
from vocero.door import Door, door_of
from vocero.tree_files import text_of, tree_of

if TYPE_CHECKING:
    from ivr.tree.checks import Known
    from ivr.tree.nodes import Tree
    from ivr.tree.seen import Seen

File = Annotated[Path, typer.Argument(help="Tree (YAML).", dir_okay=False)]
Queues = Annotated[
    list[str] | None, typer.Option(help="Queues there are, with commas or several times: others are refused.")
]

Config = Annotated[
    Path | None,
    typer.Option(help="Settings file: look-ups and transfers that it does not have are refused.", dir_okay=False),
]


def commands() -> typer.Typer:
    group = typer.Typer(no_args_is_help=True)
    group.command()(check)
    group.command()(schema)
    group.command(name="try")(try_)
    group.command()(cases)
    group.command()(draw)
    group.command("look-up")(look_up)
    published.add_to(group)
    return group


def check(
    context: typer.Context,
    file: File,
    queues: Queues = None,
    running: Annotated[
        bool, typer.Option("--running", help="Against the running system: a queue that it does not have is refused.")
    ] = False,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Read a tree; one with faults is refused, with the line and path of each."""
    door = door_of(context)
    named = _names(queues)
    if running:
        with door.control() as control:
            named = (named or frozenset()) | {each["id"] for each in control.get("/queues")}
    try:
        tree = tree_of(file, _known(named, config))
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
    calls: Annotated[bool, typer.Option("--calls", help="With what the running system's calls did in it.")] = False,
    first: Annotated[str, typer.Option("--from", help="Of calls from that day on, such as 2026-11-01.")] = "",
    until: Annotated[str, typer.Option(help="The last day.")] = "",
) -> None:
    """Draw a tree as a picture that a browser shows and prints; with --calls, how many callers went each way in it,
    and where they hung up."""
    from ivr.tree.draw import drawn

    tree = tree_of(file)
    if (first or until) and not calls:
        raise InputError("--from and --until say of which calls: write --calls too.")
    picture = drawn(tree, _seen(door_of(context), tree, first, until) if calls else None)
    with whole(out) as written:
        written.write(picture.encode("utf-8"))
    door_of(context).err.print(f"[green]✓[/] {escape(str(out))}", highlight=False)


def _seen(door: Door, tree: Tree, first: str, until: str) -> Seen:
    """What calls did; the days are those of the tree's clock."""
    from ivr.tree.seen import Seen

    begins, ends = _day("--from", first), _day("--until", until)
    zone = ZoneInfo(tree.timezone)
    asked = {}
    if begins is not None:
        asked["from"] = datetime.combine(begins, time(), zone).isoformat()
    if ends is not None:
        asked["until"] = datetime.combine(ends + timedelta(days=1), time(), zone).isoformat()
    with door.control() as control:
        found = control.get(at("trees", tree.id, "drop-off"), **asked)
    return Seen(
        calls=found["calls"],
        ways={(each["node"], each["way"]): each["count"] for each in found["ways"] if each["tree"] == tree.id},
        hung_up=found["hung_up"],
        handed_over=found["handed_over"],
        first=begins,
        last=ends,
    )


def _day(option: str, written: str) -> date | None:
    if not written:
        return None
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise InputError(f"{option} {written!r} is no day: write one like 2026-11-01.") from None


def _known(queues: frozenset[str] | None, config: Path | None) -> Known:
    from ivr.tree.checks import Known, KnownLookUp

    if config is None:
        return Known(queues=queues)
    from ivr.look_ups.configured import specs_of

    settings = load_settings(config)
    specs = specs_of(settings.look_ups)
    look_ups = {spec.name: KnownLookUp(asks_with=sorted(spec.asks_with), gives=tuple(spec.gives)) for spec in specs}
    transfers = frozenset(target.name for target in settings.transfers.targets)
    return Known(queues=queues, transfers=transfers, look_ups=look_ups)


def _names(written: list[str] | None) -> frozenset[str] | None:
    if written is None:
        return None
    return frozenset(name.strip() for several in written for name in several.split(",") if name.strip())
