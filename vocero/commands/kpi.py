"""`vocero kpi …`: what the indicators come to, the rows behind them, and all of it counted anew."""

from __future__ import annotations

import time
from itertools import islice
from typing import Annotated, Any

import typer
from rich.markup import escape
from typer.core import TyperGroup

from cti_api.errors import InputError
from vocero import kpi_screens as screens
from vocero.client import Control
from vocero.commands.campaign import AsJson
from vocero.door import door_of

LOOK_SECONDS = 0.5
PAGE = 500

Name = Annotated[str, typer.Argument(help="The indicator's id, such as effectiveness.", metavar="NAME")]
First = Annotated[str | None, typer.Option("--from", help="First day, 2026-11-01; else of this month.")]
Last = Annotated[str | None, typer.Option("--to", help="Last day, included; else today.")]
Month = Annotated[str | None, typer.Option(help="Instead of two days: 2026-11.")]
Campaign = Annotated[str | None, typer.Option(help="Only of this campaign.")]
Queue = Annotated[str | None, typer.Option(help="Only of this queue.")]
Survey = Annotated[str | None, typer.Option(help="Only of this survey.")]
Where = Annotated[
    list[str] | None,
    typer.Option(help="Only of one brand, agent, list, service or reason: brand=Kia.", metavar="SPLIT=VALUE"),
]
_WHERE = ("brand", "agent", "list", "service", "reason")


class ByName(TyperGroup):
    """``vocero kpi effectiveness`` is ``vocero kpi show effectiveness``."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        return super().resolve_command(ctx, args if args[0] in self.commands else ["show", *args])


def commands() -> typer.Typer:
    usage = "[NAME [--by …] [--month …] | COMMAND …]"
    group = typer.Typer(cls=ByName, invoke_without_command=True, subcommand_metavar=usage)
    group.callback()(list_indicators)
    group.command(hidden=True)(show)
    group.command()(rows)
    group.command()(rebuild)
    return group


def list_indicators(context: typer.Context, as_json: AsJson = False) -> None:
    """What the indicators come to. Without a NAME: those that there are. With one: its figure of this month up to
    today, or of other days, with its interval, the target, the formula and the counts behind."""
    if context.invoked_subcommand is not None:
        return
    door = door_of(context)
    with door.control() as control:
        found = control.get("/kpi")
    if as_json:
        door.out.print_json(data=found)
    else:
        door.out.print(screens.indicators(found))


def show(
    context: typer.Context,
    name: Name,
    by: Annotated[str | None, typer.Option(help="Told apart by agent, brand, campaign, day, hour, list …")] = None,
    first: First = None,
    last: Last = None,
    month: Month = None,
    campaign: Campaign = None,
    queue: Queue = None,
    survey: Survey = None,
    where: Where = None,
    as_json: AsJson = False,
) -> None:
    """One indicator's figure, with everything behind it."""
    door = door_of(context)
    asked = _asked(first, last, month, campaign, queue, survey, where) | ({"by": by} if by else {})
    with door.control() as control:
        found = control.get(_path(name), **asked)
    if as_json:
        door.out.print_json(data=found)
    else:
        door.out.print(screens.figure(found))


def rows(
    context: typer.Context,
    name: Name,
    first: First = None,
    last: Last = None,
    month: Month = None,
    campaign: Campaign = None,
    queue: Queue = None,
    survey: Survey = None,
    where: Where = None,
    hour: Annotated[int | None, typer.Option(help="Only of this hour of the day.", min=0, max=23)] = None,
    measure: Annotated[
        list[str] | None, typer.Option(help="Only what counts for it: effective. Several times.")
    ] = None,
    most: Annotated[int, typer.Option(help="How many.", min=1, max=100_000)] = 50,
    as_json: AsJson = False,
) -> None:
    """The facts that a figure was made of, the newest first: calls, callers, appointments … by their ids."""
    door = door_of(context)
    asked = _asked(first, last, month, campaign, queue, survey, where)
    asked |= {"limit": min(most, PAGE)} | ({"hour": hour} if hour is not None else {})
    asked |= {"measure": measure} if measure else {}
    with door.control() as control, door.waiting("Looking"):
        found = list(islice(control.every(f"{_path(name)}/rows", **asked), most))
    if as_json:
        door.out.print_json(data=found)
    else:
        door.out.print(screens.rows(found))


def rebuild(context: typer.Context, as_json: AsJson = False) -> None:
    """Count everything anew from the events, beside the calls; until that is done figures are refused. It ends with
    the same rows, unless something was wrong with them. Ctrl-C leaves it at work."""
    door = door_of(context)
    with door.control() as control:
        standing = control.post("/kpi/rebuild")
        with door.progress("Contando de nuevo") as move:
            while standing["state"] != "whole":
                done = 0 if standing["state"] == "emptying" else standing["counted"]
                move(done, max(standing["goal"], 1))
                time.sleep(LOOK_SECONDS)
                standing = _standing(control)
    sentence = f"[green]✓[/] Se contaron de nuevo {standing['counted']:,} eventos.".replace(",", ".")
    door.answer(standing, as_json=as_json, sentence=sentence)


def _standing(control: Control) -> dict[str, Any]:
    found: dict[str, Any] = control.get("/kpi/counting")
    return found


def _path(name: str) -> str:
    if not name.replace("_", "").isalpha() or not name.isascii() or not name.islower():
        raise InputError(f"{escape(name)!r} is no indicator: `vocero kpi` has them.")
    return f"/kpi/{name}"


def _asked(
    first: str | None, last: str | None, month: str | None, campaign: str | None, queue: str | None,
    survey: str | None, where: list[str] | None,
) -> dict[str, Any]:  # fmt: skip
    told = {"from": first, "to": last, "month": month, "campaign": campaign, "queue": queue, "survey": survey}
    for each in where or []:
        split, sign, value = each.partition("=")
        if split not in _WHERE or not sign:
            raise InputError(f"--where {each}: write one of {', '.join(_WHERE)}, and its value: brand=Kia.")
        told[split] = value
    return {name: value for name, value in told.items() if value is not None}
