"""`vocero`: the root command, its options, and how an error leaves the program.

Exit codes: 0 done; 1 refused as things stand (no such name, wrong state, Asterisk said no); 2 wrong input, settings or
usage; 3 the system or its store is not reachable; 4 sent, but the answer never came; 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text
from typer.core import TyperGroup

from cti_api.errors import InputError, ResultUnknown, SettingsError, Unreachable, VoceroError
from vocero.commands import (
    agents,
    api,
    appointments,
    audit,
    calls,
    campaign,
    evidence,
    facts,
    init,
    ivr,
    kpi,
    leads,
    messages,
    policy,
    privacy,
    prompts,
    queue,
    registry,
    report,
    simulate,
    speech,
    streams,
    survey,
    system,
    users,
)
from vocero.door import Door
from vocero.harmless import harmless

EXIT_REFUSED, EXIT_INPUT, EXIT_UNREACHABLE, EXIT_UNKNOWN, EXIT_INTERRUPTED = 1, 2, 3, 4, 130


def main(arguments: list[str] | None = None) -> None:
    """Run one command and leave with its exit code."""
    err = Console(stderr=True)
    try:
        sys.exit(root_command()(arguments, prog_name="vocero"))
    except VoceroError as error:
        err.print(Text.assemble(("✗ ", "bold red"), harmless(str(error), keep="\n")), soft_wrap=True)
        sys.exit(exit_code(error))
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)
    except BrokenPipeError:
        # whoever read our output has seen enough; Python would complain once more while flushing
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


def exit_code(error: VoceroError) -> int:
    """Which exit code tells a script what it can do about `error`."""
    match error:
        case InputError() | SettingsError():
            return EXIT_INPUT
        case Unreachable():
            return EXIT_UNREACHABLE
        case ResultUnknown():
            return EXIT_UNKNOWN
        case _:
            return EXIT_REFUSED


@cache  # reading every command's parameters takes a tenth of a second, and one process may run many commands
def root_command() -> TyperGroup:
    """`vocero` with all that is under it."""
    made = typer.main.get_command(_app())
    assert isinstance(made, TyperGroup)
    return made


def _app() -> typer.Typer:
    app = typer.Typer(
        name="vocero",
        help="Predictive dialer for Asterisk. Begin with [bold]vocero demo[/]; on your own Asterisk with "
        "[bold]vocero doctor[/], then [bold]vocero up[/].",
        no_args_is_help=True,
        rich_markup_mode="rich",
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        cls=TyperGroup,
    )

    @app.callback()
    def root(
        context: typer.Context,
        settings: Annotated[
            Path | None,
            typer.Option(help="Settings file; without it vocero.yaml in this folder.", envvar="VOCERO_SETTINGS"),
        ] = None,
        socket: Annotated[
            Path | None, typer.Option(help="Control socket; without it the settings' own.", envvar="VOCERO_SOCKET")
        ] = None,
    ) -> None:
        context.obj = Door(settings_file=settings, socket=socket, out=Console(), err=Console(stderr=True))

    system.add_to(app)
    init.add_to(app)
    app.add_typer(campaign.commands(), name="campaign", help="Make campaigns, start and stop them, see their results.")
    app.add_typer(
        leads.commands(), name="leads", help="Bring in lists of people, and see why one is, or is not, called."
    )
    app.add_typer(agents.commands(), name="agents", help="The people who take the calls.")
    app.add_typer(calls.commands(), name="calls", help="Calls in flight: end them, hand them on, listen to them.")
    app.add_typer(users.commands(), name="users", help="Who may sign in, and what for.")
    app.add_typer(users.key_commands(), name="keys", help="Keys by which other systems come in.")
    app.add_typer(audit.commands(), name="audit", help="What was done, and by whom.")
    app.add_typer(queue.commands(), name="queue", help="Where callers wait for the agents.")
    app.add_typer(
        appointments.commands(),
        name="appointments",
        help="Calendars with their free hours, what is booked in them, and what became of it.",
    )
    app.add_typer(
        facts.commands(),
        name="facts",
        help="What other systems know of cases and contracts, for the figures.",
    )
    app.add_typer(ivr.commands(), name="ivr", help="The tree that answers callers: check, try, test and draw it.")
    app.add_typer(
        survey.commands(), name="survey", help="Satisfaction surveys: try one out, invite people, see the results."
    )
    app.add_typer(
        kpi.commands(), name="kpi", help="The indicators: what they come to, the rows behind, and all counted anew."
    )
    app.add_typer(messages.commands(), name="messages", help="What goes out after the calls, and the dead letters.")
    app.add_typer(messages.task_commands(), name="tasks", help="What people have to do about leads.")
    app.add_typer(report.commands(), name="report", help="Reports for directors: any now, and what is sent by mail.")
    app.add_typer(api.commands(), name="api", help="What the API offers to other systems.")
    app.add_typer(streams.commands(), name="streams", help="Who is told of the events outside, and the dead letters.")
    app.add_typer(
        policy.commands(), name="policy", help="The law as data: ask what is allowed, see what holds, change it."
    )
    app.command()(simulate.simulate)
    app.add_typer(speech.commands(), name="speech", help="How well callers are understood.")
    app.command()(evidence.evidence)
    app.add_typer(privacy.commands(), name="privacy", help="People who ask to be erased.")
    app.add_typer(prompts.commands(), name="prompts", help="What callers hear.")
    app.add_typer(
        registry.commands(), name="registry", help="Copies of public lists of people who do not want to be contacted."
    )
    return app
