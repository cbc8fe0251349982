"""`vocero streams …`: who is told of the events outside, and the dead letters."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from vocero import stream_screens
from vocero.client import at
from vocero.commands.campaign import AsJson
from vocero.door import door_of

HookArgument = Annotated[str, typer.Argument(help="The webhook's name in the settings.")]
SeqArgument = Annotated[int | None, typer.Argument(help="The event's number; without it all of them.", min=1)]


def commands() -> typer.Typer:
    group = typer.Typer(no_args_is_help=True)
    group.command()(status)
    group.command()(dead)
    group.command()(retry)
    group.command()(drop)
    group.command()(schema)
    group.command()(asyncapi)
    return group


def status(context: typer.Context, as_json: AsJson = False) -> None:
    """How far the broker and each webhook are."""
    door = door_of(context)
    with door.control() as control:
        found = control.get("/streams")
    if as_json:
        door.out.print_json(data=found)
    elif found:
        door.out.print(stream_screens.standing(found))
    else:
        door.err.print("Nobody is told: set mqtt: or streams.webhooks: in the settings, docs/events.md says how.")


def dead(
    context: typer.Context,
    hook: Annotated[str | None, typer.Option(help="Only of this webhook.")] = None,
    most: Annotated[int, typer.Option(min=1, max=1000, help="The oldest so many.")] = 200,
    as_json: AsJson = False,
) -> None:
    """Events that a webhook did not take however often it was tried."""
    door = door_of(context)
    query: dict[str, Any] = {"limit": most} | ({"hook": hook} if hook is not None else {})
    with door.control() as control:
        found = control.get("/streams/dead", **query)
    if as_json:
        door.out.print_json(data=found)
    elif found:
        door.out.print(stream_screens.dead(found, door.zone()))
    else:
        door.err.print("There are none.")


def retry(context: typer.Context, hook: HookArgument, seq: SeqArgument = None, as_json: AsJson = False) -> None:
    """Try dead letters again."""
    _decide(context, hook, seq, "retry", "tried again", as_json)


def drop(context: typer.Context, hook: HookArgument, seq: SeqArgument = None, as_json: AsJson = False) -> None:
    """Give dead letters up."""
    _decide(context, hook, seq, "drop", "given up", as_json)


def _decide(context: typer.Context, hook: str, seq: int | None, what: str, said: str, as_json: bool) -> None:
    door = door_of(context)
    with door.control() as control:
        found = control.post(at("streams", hook, what), {"seq": seq})
    door.answer(found, as_json=as_json, sentence=f"[green]✓[/] Dead letters {said}: {found['count']}.")


def schema(context: typer.Context) -> None:
    """What each kind of event holds, as JSON Schema. Needs no running Vocero."""
    from cti_api.streams.schema import event_schema

    door_of(context).out.print_json(data=event_schema())


def asyncapi(context: typer.Context) -> None:
    """Which topics there are and what is published there, as AsyncAPI. Needs no running Vocero."""
    from cti_api.streams.asyncapi import asyncapi as document

    door_of(context).out.print_json(data=document())
