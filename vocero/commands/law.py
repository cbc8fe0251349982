"""`vocero policy diff|apply|approve …`: the law of a running system, and the way from one version to the next."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from cti_api.errors import InputError
from vocero.commands.campaign import AsJson
from vocero.commands.files import read
from vocero.door import door_of

Packs = Annotated[
    Path, typer.Argument(help="Pack of rules (YAML), or a folder of packs, which then are all that hold.")
]
By = Annotated[str, typer.Option(help="Your name; it is kept with the change, beside the user of this machine.")]
Change = Annotated[int, typer.Argument(help="Number of the change, as `vocero policy pending` tells it.", min=1)]


def add_to(group: typer.Typer) -> None:
    group.command("list")(in_force)
    group.command()(show)
    group.command()(diff)
    group.command()(apply)
    group.command()(pending)
    group.command()(approve)
    group.command()(withdraw)
    group.command()(log)


def in_force(context: typer.Context, as_json: AsJson = False) -> None:
    """The packs in force: their versions, since when and by whom."""
    from vocero import policy_screens

    door = door_of(context)
    with door.control() as control:
        found = control.get("/policy")
    if as_json:
        door.out.print_json(data=found)
    else:
        door.out.print(policy_screens.held(found, door.zone()))


def show(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The pack's name, such as co.")],
    version: Annotated[str | None, typer.Option(help="As an attempt names it, such as 2026-11-25.")] = None,
    rule: Annotated[str | None, typer.Option(help="Only this rule, in words.")] = None,
    text: Annotated[bool, typer.Option("--text", help="The pack's file, as it was applied.")] = False,
    as_json: AsJson = False,
) -> None:
    """A pack as it is, or as it was: what decisions of that version rest on."""
    from vocero import policy_screens

    door = door_of(context)
    with door.control() as control:
        query = {"version": version} if version else {}
        found = control.get(f"/policy/packs/{_slug(name)}", **query)
        periods = control.get(f"/policy/packs/{_slug(name)}/history")
    if rule is not None and rule not in found["rules"]:
        raise InputError(f"{name} {found['version']} has no rule {rule}; it has {', '.join(found['rules'])}")
    if as_json:
        door.out.print_json(data=found | {"history": periods})
    elif text:
        door.out.file.write(found["text"])
    elif rule is not None:
        door.out.print(found["rules"][rule], highlight=False, markup=False)
    else:
        door.out.print(policy_screens.shown(found, periods, door.zone()))


def diff(context: typer.Context, file: Packs, as_json: AsJson = False) -> None:
    """What would be another if this held: rule by rule, whether it loosens, and how many people it blocks or frees."""
    from vocero import policy_screens

    door = door_of(context)
    wanted = _wanted(file)
    with door.control() as control, door.waiting("Comparing, and asking about everybody who is still to be called …"):
        found = control.post("/policy/diff", wanted)
    if as_json:
        door.out.print_json(data=found)
    else:
        door.out.print(policy_screens.compared(found))


def apply(context: typer.Context, file: Packs, by: By, as_json: AsJson = False) -> None:
    """Have this hold from the next decision on. A change that loosens waits for a second person's `approve`."""
    door = door_of(context)
    wanted = _wanted(file) | {"by": by}
    with door.control() as control:
        found = control.post("/policy/changes", wanted)
    door.answer(found, as_json=as_json, sentence=_became(found))


def pending(context: typer.Context, as_json: AsJson = False) -> None:
    """Changes that loosen the law and wait for a second person."""
    _list(context, as_json=as_json, waiting=True)


def log(context: typer.Context, as_json: AsJson = False) -> None:
    """Every change of the law: what, by whom, who approved it."""
    _list(context, as_json=as_json, waiting=False)


def approve(context: typer.Context, change: Change, by: By, as_json: AsJson = False) -> None:
    """As the second person: it holds from the next decision on."""
    door = door_of(context)
    with door.control() as control:
        found = control.post(f"/policy/changes/{change}/approve", {"by": by})
    door.answer(found, as_json=as_json, sentence=_became(found))


def withdraw(context: typer.Context, change: Change, by: By, as_json: AsJson = False) -> None:
    """Let go of a change that waits."""
    door = door_of(context)
    with door.control() as control:
        found = control.post(f"/policy/changes/{change}/withdraw", {"by": by})
    door.answer(found, as_json=as_json, sentence=_became(found))


def _list(context: typer.Context, *, as_json: bool, waiting: bool) -> None:
    from vocero import policy_screens

    door = door_of(context)
    with door.control() as control:
        found = control.get("/policy/changes", pending=waiting)
    if as_json:
        door.out.print_json(data=found)
    elif found:
        door.out.print(policy_screens.changes(found, door.zone()))
    else:
        door.err.print("Nothing waits for a second person.")


def _wanted(file: Path) -> dict[str, Any]:
    """The packs of a file or folder, read here first: their faults are told with file and line."""
    from cti_api.law.on_disk import written_on_disk
    from cti_api.law.pack_file import parse_pack

    if file.is_dir():
        return {"packs": [each.text for each in written_on_disk(file)], "whole": True}
    try:
        text = read(file).decode("utf-8")
    except UnicodeDecodeError:
        raise InputError(f"{file} cannot be read: it is not UTF-8") from None
    parse_pack(text)
    return {"packs": [text]}


def _became(change: dict[str, Any]) -> str:
    what = ", ".join([*change["packs"], *(f"{name} (goes)" for name in change["removed"])])
    match change["state"]:
        case "applied":
            return f"[green]✓[/] In force from the next decision on: {escape(what)}."
        case "withdrawn":
            return f"[green]✓[/] Change {change['id']} is withdrawn."
        case _:
            return (
                f"[yellow]![/] {escape(what)} loosens the law: it waits as change {change['id']} for a second person "
                f"(vocero policy approve {change['id']} --by NAME)."
            )


def _slug(name: str) -> str:
    from cti_api.model.ids import SLUG

    if not SLUG.match(name):
        raise InputError(f"{name!r} cannot be a pack's name: lower-case letters, digits and hyphens, a letter first")
    return name
