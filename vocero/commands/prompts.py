"""`vocero prompts …`: what callers hear."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from vocero.commands.campaign import AsJson
from vocero.commands.files import read
from vocero.door import door_of

if TYPE_CHECKING:  # numpy and what works on sound: other commands spare them
    from audio.prompts import Made


def commands() -> typer.Typer:
    group = typer.Typer(no_args_is_help=True)
    group.callback()(_prompts)
    group.command()(build)
    return group


def _prompts() -> None:
    """Without it typer would make a group of one command that command itself."""


def build(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="Tree, survey, or list of prompts (YAML, CSV).", dir_okay=False)],
    folder: Annotated[Path, typer.Argument(help="Where the sound goes.", file_okay=False)],
    voice: Annotated[
        str | None, typer.Option(help="Who speaks: a voice of espeak-ng (es-419), or of Kokoro (ef_dora).")
    ] = None,
    kokoro: Annotated[
        Path | None,
        typer.Option(help="Folder of Kokoro's model: then it speaks instead of espeak-ng.", file_okay=False),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make what a tree, a survey or a list says: its recording if it has one, else its text as a voice says it.

    Only what is new is made. For callers, FOLDER is that of the setting `ivr.prompts`.
    """
    from audio.prompts import build as make
    from audio.synthesis import EspeakNg, Kokoro
    from vocero.prompt_list import prompts_in

    door = door_of(context)
    prompts = prompts_in(read(file), file)
    who = Kokoro(kokoro, voice or "ef_dora") if kokoro is not None else EspeakNg(voice or "es-419")
    with door.progress("Making the prompts") as move:
        made = asyncio.run(make(prompts, folder, who, move))
    if as_json:
        door.out.print_json(data=[asdict(each) for each in made])
        return
    door.out.print(_table(made, {each.name: each.text for each in prompts}))
    anew = sum(each.anew for each in made)
    door.err.print(f"[green]✓[/] {escape(str(folder))}: {anew} made, {len(made) - anew} as before", highlight=False)


def _table(made: list[Made], texts: dict[str, str]) -> Table:
    table = Table(box=None)
    table.add_column("prompt", no_wrap=True, max_width=16)  # those of trees and surveys are for programs
    table.add_column("text", no_wrap=True, max_width=60)
    for column in ("seconds", "dBFS", "from", ""):
        table.add_column(column, no_wrap=True)
    for each in made:
        state = "new" if each.anew else "as before"
        measured = (f"{each.seconds:.1f}", f"{each.level_dbfs:.1f}", escape(each.source))
        table.add_row(escape(each.name), escape(texts[each.name]), *measured, state)
    return table
