"""`vocero ivr look-up`: asks another system as a call would, from the settings file alone."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from cti_api.clock import SystemClock
from cti_api.errors import InputError
from cti_api.look_up_settings import LONGEST_SECONDS, LookUpSettings
from vocero.commands.campaign import AsJson
from vocero.door import door_of
from vocero.harmless import harmless

if TYPE_CHECKING:  # the HTTP client: other commands spare it
    from ivr.look_ups.look_ups import Looked


def look_up(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="As under look_ups: in the settings.")],
    values: Annotated[
        list[str] | None, typer.Argument(help="Variables, as name=value.", metavar="[NAME=VALUE]…")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Ask another system once, as a call would, and say what a tree would be told."""
    from ivr.look_ups.look_ups import Outcome

    door = door_of(context)
    settings = door.settings().look_ups
    if name not in settings:
        known = ", ".join(settings) or "none"
        raise InputError(f"The settings have no look-up {name}; they have: {known}.")
    with door.waiting("Asking"):
        looked = asyncio.run(_asked(name, settings[name], dict(map(_pair, values or []))))
    if as_json:
        told = {each: _plain(value) for each, value in looked.values.items()}
        row = {"outcome": looked.outcome, "values": told, "why": looked.why, "seconds": round(looked.seconds, 3)}
        door.out.print_json(data=row)
    else:
        door.out.print(Text(harmless(_sentence(looked))))
        for each, value in looked.values.items():
            door.out.print(Text(f"  {each} = {harmless(str(_plain(value)))}"))
    if looked.outcome not in (Outcome.FOUND, Outcome.NOT_FOUND):
        raise typer.Exit(1)


async def _asked(name: str, settings: LookUpSettings, values: Mapping[str, str]) -> Looked:
    from ivr.look_ups.configured import specs_of
    from ivr.look_ups.look_ups import LookUps

    async with LookUps(specs_of({name: settings}), SystemClock()) as look_ups:
        return await look_ups.ask(name, values, LONGEST_SECONDS)


def _pair(written: str) -> tuple[str, str]:
    name, equals, value = written.partition("=")
    if not equals or not name:
        raise InputError(f"{written!r} is no variable: write name=value.")
    return name, value


def _sentence(looked: Looked) -> str:
    took = f"after {looked.seconds:.2f} s"
    if looked.why:
        return f"{looked.outcome} {took}: {looked.why}"
    return f"{looked.outcome} {took}"


def _plain(value: object) -> object:
    return value if isinstance(value, bool | str) else str(value)
