"""`vocero api …`: what the API offers to other systems."""

from __future__ import annotations

import typer

from vocero.door import door_of


def commands() -> typer.Typer:
    group = typer.Typer(no_args_is_help=True)
    group.callback()(of_the_api)
    group.command()(schema)
    return group


def of_the_api() -> None:
    """The API for other systems: docs/api.md."""


def schema(context: typer.Context) -> None:
    """Every operation with its examples, as OpenAPI (JSON); nothing has to run for it."""
    from cti_api.web.app import description

    door_of(context).out.print_json(data=description())
