"""`vocero calls …`: calls in flight, and what a supervisor does about them."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.markup import escape

from cti_api.clock import SystemClock
from cti_api.errors import InputError, NotFound
from vocero import call_screens
from vocero.client import Control
from vocero.commands.campaign import AsJson
from vocero.door import door_of

Call = Annotated[str, typer.Argument(help="The call's id, or how it begins: see `vocero calls list`.", metavar="CALL")]
Telephone = Annotated[
    str,
    typer.Option(help="Which telephone rings: agent:sara, at whose telephone nobody works, or extension:2134."),
]


def commands() -> typer.Typer:
    group = typer.Typer(no_args_is_help=True)
    group.command("list")(list_calls)
    group.command()(targets)
    group.command()(hangup)
    group.command()(transfer)
    group.command()(listen)
    group.command()(whisper)
    group.command()(barge)
    group.command()(leave)
    return group


def list_calls(context: typer.Context, as_json: AsJson = False) -> None:
    """Every call in flight: with whom, where it is, since when."""
    door = door_of(context)
    with door.control() as control:
        found = control.get("/calls")
    if as_json:
        door.out.print_json(data=found)
    else:
        door.out.print(call_screens.call_list(found, SystemClock().now()))


def targets(context: typer.Context, as_json: AsJson = False) -> None:
    """Where somebody may be handed on to: queues, agents, and the telephones and numbers of the settings."""
    door = door_of(context)
    with door.control() as control:
        found = control.get("/transfers")
    if as_json:
        door.out.print_json(data=found)
    else:
        door.out.print(call_screens.target_list(found))


def hangup(context: typer.Context, call: Call) -> None:
    """End a call; its agent, if it has one, says what became of it."""
    _ask(context, call, "hangup", "Ended")


def transfer(
    context: typer.Context,
    call: Call,
    to: Annotated[str, typer.Argument(help="Where to, such as queue:soporte: see `vocero calls targets`.")],
) -> None:
    """Hand on whom an agent talks with. Whom nobody takes there comes back."""
    _ask(context, call, "transfer", f"On the way to {to}", {"to": to})


def listen(context: typer.Context, call: Call, telephone: Telephone) -> None:
    """Hear both sides; nobody hears you."""
    _ask(context, call, "listen", f"{telephone} listens", {"telephone": telephone})


def whisper(context: typer.Context, call: Call, telephone: Telephone) -> None:
    """Speak to the agent alone."""
    _ask(context, call, "whisper", f"{telephone} whispers to the agent", {"telephone": telephone})


def barge(context: typer.Context, call: Call, telephone: Telephone) -> None:
    """Join in: both sides hear you."""
    _ask(context, call, "barge", f"{telephone} has joined in", {"telephone": telephone})


def leave(context: typer.Context, call: Call) -> None:
    """Take part no more; hanging up does the same."""
    _ask(context, call, "leave", "You take part no more")


def _ask(context: typer.Context, call: str, what: str, done: str, body: dict[str, Any] | None = None) -> None:
    door = door_of(context)
    with door.control() as control:
        found = _the_call(control, call)
        with door.waiting("Asking Asterisk …"):
            control.post(f"/calls/{found['id']}/{what}", body)
    door.out.print(f"[green]✓[/] {escape(done)}: [bold]{escape(found['lead_name'] or found['number'])}[/].")


def _the_call(control: Control, begins: str) -> dict[str, Any]:
    """The one call in flight whose id begins so."""
    found = [call for call in control.get("/calls") if call["id"].startswith(begins)]
    if not found:
        raise NotFound(f"There is no call {begins} in flight: see `vocero calls list`.")
    if len(found) > 1:
        raise InputError(f"The ids of {len(found)} calls begin with {begins}: write more of it.")
    call: dict[str, Any] = found[0]
    return call
