"""`vocero policy …`: the law as data; `check` and `ask` read and ask it without any store or running system."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from cti_api.errors import InputError
from vocero.commands import law
from vocero.commands.campaign import AsJson
from vocero.commands.files import read
from vocero.door import Door, door_of

if TYPE_CHECKING:  # calendars and numbering plans: other commands spare them
    from cti_api.law.facts import Decision
    from cti_api.law.questions import Question
    from cti_api.law.rules import Pack

LARGEST_CASES = 200 * 1024 * 1024
"""Bytes of a file of cases."""
_STEP = 500
"""Cases between two movements of the progress bar."""


def commands() -> typer.Typer:
    group = typer.Typer(no_args_is_help=True)
    group.command()(check)
    group.command()(ask)
    law.add_to(group)
    return group


def check(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="Pack of rules (YAML).", dir_okay=False)],
    as_json: AsJson = False,
) -> None:
    """Read a pack of rules; one with faults is refused, with the line and path of each. Without faults: its rules."""
    from vocero import law_screens

    pack = _pack(file)
    door = door_of(context)
    if as_json:
        door.out.print_json(data=law_screens.pack_row(pack))
    else:
        door.out.print(law_screens.pack_rules(pack))
        door.err.print(f"[green]✓[/] {escape(str(file))} is in order.", highlight=False)


def ask(
    context: typer.Context,
    cases: Annotated[
        Path,
        typer.Option(
            help='JSON list of {"at", "region", "zone", "purpose", "channel"}; at: 2026-11-25T15:00:00Z.',
            dir_okay=False,
        ),
    ],
    pack: Annotated[
        list[Path] | None,
        typer.Option(help="Pack to ask beside the shipped ones, or instead of the one of its name; several times."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """When would the law allow it? Answers each case in its order, supposing that all but the hours is in order."""
    from cti_api.law.questions import answer_row, read_questions
    from vocero import law_screens

    door = door_of(context)
    packs = _packs(pack or [])
    written = read(cases)
    if len(written) > LARGEST_CASES:
        raise InputError(f"{cases} is larger than {LARGEST_CASES // 1024 // 1024} MiB: ask in several files")
    try:
        questions = read_questions(written.decode("utf-8"))
    except UnicodeDecodeError:
        raise InputError(f"{cases} cannot be read: it is not UTF-8") from None
    answers = _answers(door, questions, packs)
    if not as_json:
        door.out.print(law_screens.policy_answers(questions, list(answers)))
        return
    before = "["
    for each in answers:  # written as they come: a million of them fill no memory
        door.out.file.write(f"{before}\n{json.dumps(answer_row(each), ensure_ascii=False)}")
        before = ","
    door.out.file.write("\n]\n" if questions else "[]\n")


def _answers(door: Door, questions: list[Question], packs: tuple[Pack, ...]) -> Iterator[Decision]:
    """Each answer, with a bar for whoever waits."""
    from cti_api.law.questions import answer

    progress = Progress(TextColumn("Asking"), BarColumn(), MofNCompleteColumn(), console=door.err, transient=True)
    with progress:
        task = progress.add_task("", total=len(questions))
        for place, question in enumerate(questions):
            yield answer(question, packs)
            if place % _STEP == 0:
                progress.update(task, completed=place)


def _packs(files: list[Path]) -> tuple[Pack, ...]:
    from cti_api.law.shipped import shipped_packs

    own = own_packs(files)
    return (*(pack for pack in shipped_packs() if pack.name not in own), *own.values())


def own_packs(files: list[Path]) -> dict[str, Pack]:
    """The packs of these files by their names. Raises `InputError` with every fault."""
    own = {pack.name: pack for pack in map(_pack, files)}
    if len(own) < len(files):
        raise InputError("Two of the packs have the same name.")
    return own


def _pack(file: Path) -> Pack:
    from cti_api.law.pack_file import parse_pack

    try:
        return parse_pack(read(file).decode("utf-8"))
    except UnicodeDecodeError:
        raise InputError(f"{file} cannot be read: it is not UTF-8") from None
