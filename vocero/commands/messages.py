"""`vocero messages …` and `vocero tasks …`: what follows the calls."""

from __future__ import annotations

import getpass
from typing import Annotated, Any

import typer
from rich.markup import escape

from cti_api.errors import InputError
from cti_api.model.follow_ups import Via
from cti_api.model.messages import MessageState
from vocero import message_screens
from vocero.commands.campaign import AsJson
from vocero.door import Door, door_of

MessageArgument = Annotated[str, typer.Argument(help="The message's id, as `vocero messages list` shows it.")]


def commands() -> typer.Typer:
    group = typer.Typer(no_args_is_help=True)
    group.command("list")(all_messages)
    group.command()(show)
    group.command()(retry)
    group.command()(drop)
    return group


def task_commands() -> typer.Typer:
    group = typer.Typer(no_args_is_help=True)
    group.command("list")(tasks)
    group.command()(done)
    return group


def all_messages(
    context: typer.Context,
    state: Annotated[
        list[MessageState] | None, typer.Option(help="Only of this state, such as dead; may be given several times.")
    ] = None,
    channel: Annotated[Via | None, typer.Option(help="Only of this channel.")] = None,
    campaign: Annotated[str | None, typer.Option(help="Only of this campaign.")] = None,
    most: Annotated[int, typer.Option(min=1, max=1000, help="The newest so many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Messages, the newest first. The dead letters: --state dead."""
    door = door_of(context)
    query: dict[str, Any] = {"limit": most, "state": [each.value for each in state or ()]}
    if channel is not None:
        query["channel"] = channel.value
    if campaign is not None:
        query["campaign"] = campaign
    with door.control() as control:
        found = control.get("/messages", **query)
    if as_json:
        door.out.print_json(data=found)
    elif found:
        door.out.print(message_screens.messages(found, door.zone()))
    else:
        door.err.print("There are none.")


def show(context: typer.Context, message: MessageArgument, as_json: AsJson = False) -> None:
    """One message, whole: what it says, and what became of it."""
    door = door_of(context)
    with door.control() as control:
        found = control.get(f"/messages/{_whole(door, message)}")
    if as_json:
        door.out.print_json(data=found)
    else:
        door.out.print(message_screens.message(found, door.zone()))


def retry(context: typer.Context, message: MessageArgument, as_json: AsJson = False) -> None:
    """Send a dead letter again. Where no answer came the first time, the person may get it twice."""
    _decide(context, message, "retry", "It is sent as soon as the law allows it.", as_json)


def drop(context: typer.Context, message: MessageArgument, as_json: AsJson = False) -> None:
    """Give a message up: it is not sent, or not again."""
    _decide(context, message, "drop", "It is given up.", as_json)


def _decide(context: typer.Context, message: str, what: str, sentence: str, as_json: bool) -> None:
    door = door_of(context)
    with door.control() as control:
        found = control.post(f"/messages/{_whole(door, message)}/{what}")
    door.answer(found, as_json=as_json, sentence=f"[green]✓[/] {sentence}")


def _whole(door: Door, message: str) -> str:
    """The id of which this is the beginning, among the newest messages; raises `InputError` where it is none's."""
    if not message or set(message) - set("0123456789abcdef") or len(message) > 32:
        raise InputError(f"{message!r} is no message's id: `vocero messages list` shows them")
    if len(message) == 32:
        return message
    with door.control() as control:
        found = [each["id"] for each in control.get("/messages", limit=1000) if each["id"].startswith(message)]
    if len(found) != 1:
        many = "several messages' ids begin" if found else "no message's id among the newest begins"
        raise InputError(f"{many} with {message}: write it whole, as --json shows it")
    return str(found[0])


def tasks(
    context: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="Those that are done, too.")] = False,
    as_json: AsJson = False,
) -> None:
    """What people have to do about leads."""
    door = door_of(context)
    with door.control() as control:
        found = control.get("/tasks", done=everything)
    if as_json:
        door.out.print_json(data=found)
    elif found:
        door.out.print(message_screens.tasks(found, door.zone()))
    else:
        door.err.print("There is nothing to do.")


def done(
    context: typer.Context,
    task: Annotated[int, typer.Argument(help="The task's number.", min=1)],
    by: Annotated[str, typer.Option(help="Who did it; without it, you.")] = "",
    as_json: AsJson = False,
) -> None:
    """A task is done."""
    door = door_of(context)
    with door.control() as control:
        found = control.post(f"/tasks/{task}/done", {"by": by or getpass.getuser()})
    door.answer(found, as_json=as_json, sentence=f"[green]✓[/] Done: {escape(found['text'])}")
