"""`vocero up`, `demo`, `doctor`, `db upgrade`: what runs here, in this very process."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from cti_api.clock import SystemClock
from cti_api.errors import InputError
from cti_api.model.phone import E164
from vocero.door import door_of


def add_to(app: typer.Typer) -> None:
    app.command()(up)
    app.command()(demo)
    app.command()(doctor)
    db = typer.Typer(no_args_is_help=True)
    db.command()(upgrade)
    app.add_typer(db, name="db", help="The store.")


def up(context: typer.Context) -> None:
    """Run Vocero: dial, serve the agents, answer the other commands. Ends on Ctrl-C; calls under way go on."""
    from vocero.app import up as run

    asyncio.run(run(door_of(context).settings()))


def demo(
    context: typer.Context,
    summary: Annotated[
        Path | None, typer.Option("--json", help="Write the summary to this file.", dir_okay=False)
    ] = None,
) -> None:
    """Dial a whole campaign on this machine: a real Asterisk, 60 customers, 3 agents, all on loopback."""
    from vocero.demo import demo as run

    door = door_of(context)
    raise typer.Exit(run(summary, door.out))


def doctor(
    context: typer.Context,
    call: Annotated[
        str | None, typer.Option(help="Place one test call to this number (+573001234567).", metavar="NUMBER")
    ] = None,
    trunk: Annotated[str | None, typer.Option(help="Trunk of the test call; without it the first.")] = None,
) -> None:
    """Check this machine, Asterisk and the settings; say of each fault how to mend it."""
    from vocero.doctor import doctor as run

    if call is not None and not E164.match(call):
        raise InputError(f"{call!r}: write the number with its country, such as +573001234567")
    door = door_of(context)
    raise typer.Exit(run(door.settings(), door.out, call=call, trunk=trunk))


def upgrade(context: typer.Context) -> None:
    """Bring the store's tables up to this version."""
    from cti_api.store.migrate import upgrade as run  # SQLAlchemy: a third of a second that other commands spare

    door = door_of(context)
    with door.waiting("Upgrading the store …"):
        asyncio.run(run(door.settings().store.url.get_secret_value(), SystemClock()))
    door.err.print("[green]✓[/] The store is of this version.")
