"""`vocero campaign recycle`: leads of a campaign that are done with come back."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Any

import typer
from rich.markup import escape

from vocero import screens
from vocero.client import Control, at
from vocero.door import door_of

WHY = {
    "booked": "reached the campaign's goal",
    "expired": "past the list's own time",
    "erased": "erased at their own wish",
    "no_number": "without a number left to call",
    "already_there": "in the other campaign already",
}
"""Why some stay, as a person reads it."""


def recycle(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The campaign's id, as in its file.", metavar="CAMPAIGN")],
    result: Annotated[
        list[str] | None, typer.Option(help="Of the last call, such as no_answer; several times.")
    ] = None,
    disposition: Annotated[list[str] | None, typer.Option(help="Of the last call; several times.")] = None,
    state: Annotated[
        list[str] | None, typer.Option(help="exhausted, closed or completed; several times. Without it all three.")
    ] = None,
    into: Annotated[str | None, typer.Option(help="Copy them to this campaign instead.", metavar="CAMPAIGN")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count only.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON instead.")] = False,
) -> None:
    """Call people again whose leads are done with: by how they ended, without duplicates, as often as you like.

    Whoever opted out, is suppressed, has no right number or reached the campaign's goal never comes back.
    """
    door = door_of(context)
    target = into or name
    asked = {
        "results": result or [],
        "dispositions": disposition or [],
        "states": state or [],
        "into": into,
        "dry_run": dry_run,
    }
    with door.control() as control:
        before = _leads(control, target)
        whole = sum(_leads(control, name).values())
        looked_at, recycled, stayed, after = 0, 0, Counter[str](), 0
        with door.progress("Recycling") as move:
            while True:
                answer = control.post(at("campaigns", name, "recycle"), {**asked, "after": after})
                looked_at, recycled = looked_at + answer["looked_at"], recycled + answer["recycled"]
                stayed.update(answer["stayed"])
                move(looked_at, whole)
                if answer["next_after"] is None:
                    break
                after = answer["next_after"]
        found: dict[str, Any] = {
            "campaign_id": target,
            "dry_run": dry_run,
            "recycled": recycled,
            "stayed": dict(stayed),
            "before": before,
            "after": _leads(control, target),
        }
    if as_json:
        door.out.print_json(data=found)
        return
    if not dry_run:
        door.out.print(screens.before_and_after(found["before"], found["after"]))
    for reason, count in stayed.items():
        door.err.print(f"[yellow]![/] {count} stay: {WHY.get(reason, reason)}", highlight=False)
    where = f"in [bold]{escape(into)}[/]" if into else "ready again"
    sentence = f"{recycled} leads would be {where}" if dry_run else f"{recycled} leads are {where}"
    then = "" if dry_run or not recycled else f". Next: vocero campaign start {escape(target)}"
    door.err.print(f"[green]✓[/] {sentence}{then}", highlight=False)


def _leads(control: Control, name: str) -> dict[str, int]:
    found: dict[str, int] = control.get(at("campaigns", name))["leads_by_state"]
    return found
