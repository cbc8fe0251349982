"""`vocero queue …`: where callers wait for the agents."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer
from rich.live import Live
from rich.markup import escape

from vocero import queue_screens
from vocero.client import at
from vocero.commands.campaign import YAML, AsJson
from vocero.commands.files import read
from vocero.door import door_of

WATCH_SECONDS = 1.0

Name = Annotated[str, typer.Argument(help="The queue's id, as in its file.", metavar="QUEUE")]


def commands() -> typer.Typer:
    group = typer.Typer(no_args_is_help=True)
    group.command()(put)
    group.command("list")(list_queues)
    group.command()(show)
    group.command()(watch)
    group.command()(missed)
    group.command()(remove)
    return group


def put(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The queue's YAML file.", dir_okay=False)],
    as_json: AsJson = False,
) -> None:
    """Make a queue from its file, or give it another one; callers are served by it at once."""
    from cti_api.queue_file import parse_queue  # the numbering plans: other commands spare them

    door = door_of(context)
    written = read(file)
    spec = parse_queue(written.decode("utf-8", "replace"))
    with door.control() as control:
        kept = control.send("PUT", at("queues", spec.id), written, YAML)
    done = "is made" if kept["is_new"] else "has another file"
    door.answer(kept, as_json=as_json, sentence=f"[green]✓[/] Queue [bold]{escape(kept['id'])}[/] {done}.")


def list_queues(context: typer.Context, as_json: AsJson = False) -> None:
    """Every queue: who waits, who serves, and how well it goes today."""
    door = door_of(context)
    with door.control() as control:
        found = control.get("/queues")
    if as_json:
        door.out.print_json(data=found)
    else:
        door.out.print(queue_screens.queue_list(found))


def show(context: typer.Context, name: Name, as_json: AsJson = False) -> None:
    """One queue, and each caller in it."""
    door = door_of(context)
    with door.control() as control:
        found = control.get(at("queues", name))
    if as_json:
        door.out.print_json(data=found)
    else:
        door.out.print(queue_screens.queue(found))


def watch(context: typer.Context, name: Name) -> None:
    """As `show`, again and again until Ctrl-C."""
    door = door_of(context)
    with door.control() as control, Live(console=door.out, auto_refresh=False) as live:
        try:
            while True:
                live.update(queue_screens.queue(control.get(at("queues", name))), refresh=True)
                time.sleep(WATCH_SECONDS)
        except KeyboardInterrupt:
            return


def missed(
    context: typer.Context,
    name: Name,
    days: Annotated[int, typer.Option(help="How many days back, today among them.", min=1, max=366)] = 1,
    as_json: AsJson = False,
) -> None:
    """Callers whom nobody spoke with: somebody should call them back."""
    door = door_of(context)
    with door.control() as control:
        found = control.get(at("queues", name, "missed"), days=days)
    if as_json:
        door.out.print_json(data=found)
    else:
        door.out.print(queue_screens.gave_up(found, door.zone()))


def remove(context: typer.Context, name: Name, as_json: AsJson = False) -> None:
    """Take a queue away; whoever waits in it hears the apology. Its calls stay on record."""
    door = door_of(context)
    with door.control() as control:
        gone = control.post(at("queues", name, "remove"))
    door.answer(gone, as_json=as_json, sentence=f"[green]✓[/] Queue [bold]{escape(name)}[/] is gone.")
