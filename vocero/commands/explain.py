"""`vocero campaign explain`"""

from __future__ import annotations

from typing import Annotated

import typer

from vocero import pacing_screens
from vocero.client import at
from vocero.door import door_of


def explain(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The campaign's id, as in its file.", metavar="CAMPAIGN")],
    minutes: Annotated[float, typer.Option(help="How far to look back.", min=0.1, max=60.0)] = 5.0,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON instead.")] = False,
) -> None:
    """Why the dialer placed, or did not place, its calls: the decisions of the last minutes, the latest below."""
    door = door_of(context)
    with door.control() as control:
        decisions = control.get(at("campaigns", name, "decisions"), minutes=minutes)
    if as_json:
        door.out.print_json(data=decisions)
    else:
        door.out.print(pacing_screens.decisions(decisions, door.zone()))
