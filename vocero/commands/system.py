"""`vocero up`, `demo`, `doctor`, `db upgrade`: what runs here, in this very process."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from cti_api.clock import SystemClock
from cti_api.errors import InputError
from cti_api.model.phone import E164, PhoneNumber
from vocero.asterisk_site import refuse_partial_install
from vocero.commands.files import refuse_unwritable
from vocero.door import door_of
from vocero.promptness import loading


def add_to(app: typer.Typer) -> None:
    app.command()(up)
    app.command()(demo)
    app.command()(doctor)
    db = typer.Typer(no_args_is_help=True)
    db.command()(upgrade)
    db.command()(backup)
    db.command()(restore)
    db.command()(compact)
    app.add_typer(db, name="db", help="The store.")


def up(context: typer.Context) -> None:
    """Run Vocero: dial, serve the agents, answer the other commands. Ends on Ctrl-C; calls under way go on."""
    with loading():
        from vocero.app import up as run

    refuse_partial_install()  # the link compares Asterisk's dialplan with the shipped one
    door = door_of(context)
    settings = door.settings()

    def ready() -> None:
        door.err.print(f"[green]✓[/] Ready: the control socket is {escape(str(settings.api.socket))}", soft_wrap=True)

    asyncio.run(run(settings, ready))


def demo(
    context: typer.Context,
    summary: Annotated[
        Path | None, typer.Option("--json", help="Write the summary to this file.", dir_okay=False)
    ] = None,
) -> None:
    """Dial a whole campaign on this machine: a real Asterisk, 60 customers, 3 agents, all on loopback."""
    from vocero.demo import demo as run

    refuse_partial_install()
    if summary is not None:
        refuse_unwritable(summary)
    door = door_of(context)
    raise typer.Exit(run(summary, door.out))


def doctor(
    context: typer.Context,
    call: Annotated[
        str | None, typer.Option(help="Place one test call to this number (+573001234567).", metavar="NUMBER")
    ] = None,
    caller_id: Annotated[
        str | None, typer.Option(help="Number of yours that the test call shows.", metavar="NUMBER")
    ] = None,
    trunk: Annotated[str | None, typer.Option(help="Trunk of the test call; without it the first.")] = None,
) -> None:
    """Check this machine, Asterisk and the settings; say of each fault how to mend it."""
    from vocero.doctor.run import doctor as run
    from vocero.doctor.trial_call import TrialCall

    refuse_partial_install()
    if call is not None and caller_id is None:
        raise InputError("--call needs --caller-id: a number of yours that the trunk may show")
    wanted = TrialCall(number=_number(call), caller_id=_number(caller_id), trunk=trunk) if call and caller_id else None
    door = door_of(context)
    raise typer.Exit(asyncio.run(run(door.settings_path(), door.out, SystemClock(), wanted)))


def _number(text: str) -> PhoneNumber:
    if not E164.match(text):
        raise InputError(f"{text!r}: write the number with its country, such as +573001234567")
    return PhoneNumber(text)


def upgrade(context: typer.Context) -> None:
    """Bring the store's tables up to this version."""
    from cti_api.store.migrate import upgrade as run  # SQLAlchemy: a third of a second that other commands spare

    door = door_of(context)
    with door.waiting("Upgrading the store …"):
        asyncio.run(run(door.settings().store.url.get_secret_value(), SystemClock()))
    door.err.print("[green]✓[/] The store is of this version.")


def backup(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="Where the copy goes; must not be there yet.", dir_okay=False)],
) -> None:
    """Copy the whole store into one file, while Vocero works."""
    from cti_api.store.backup import backup as run

    door = door_of(context)
    with door.progress("Copying the store …") as progress:
        size = run(door.settings().store.url.get_secret_value(), file, progress)
    door.err.print(f"[green]✓[/] {file}: {size / 1e6:,.1f} MB, whole and sound", soft_wrap=True)


def restore(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A copy made by `vocero db backup`.", dir_okay=False)],
) -> None:
    """Put a copy in the place of the store, which is kept aside. Vocero must not run."""
    from cti_api.store.backup import restore as run

    door = door_of(context)
    with door.waiting("Putting the copy in place …"):
        aside = asyncio.run(run(door.settings().store.url.get_secret_value(), file))
    kept = f"; the one before is {aside}" if aside else ""
    door.err.print(
        f"[green]✓[/] The store is {file} again{kept}. Next: vocero db upgrade, then vocero up", soft_wrap=True
    )


def compact(context: typer.Context) -> None:
    """Write the store's file anew: nothing that was deleted is left in it. Vocero must not run."""
    from cti_api.store.backup import compact as run

    door = door_of(context)
    with door.waiting("Writing the store anew …"):
        before, after = asyncio.run(run(door.settings().store.url.get_secret_value()))
    door.err.print(f"[green]✓[/] {before / 1e6:,.1f} MB before, {after / 1e6:,.1f} MB now")
