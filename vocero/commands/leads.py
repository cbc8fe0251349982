"""`vocero leads …`"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import typer
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn

from cti_api.errors import InputError, ResultUnknown
from cti_api.web.problems import raise_problem
from vocero import screens
from vocero.client import Control, at
from vocero.commands.campaign import AsJson, Name
from vocero.commands.files import writing
from vocero.door import Door, door_of

_CHUNK_BYTES = 64 * 1024
SHOWN = 20
"""Rejected rows shown on the screen; all of them go to the file of ``--rejected``."""


def commands() -> typer.Typer:
    group = typer.Typer(no_args_is_help=True)
    group.command("import")(import_leads)
    group.command()(why)
    group.command()(suppress)
    return group


def import_leads(
    context: typer.Context,
    campaign: Name,
    file: Annotated[Path, typer.Argument(help="List of people (CSV, UTF-8).", dir_okay=False)],
    name: Annotated[str | None, typer.Option(help="Column of the name; without it the campaign file's.")] = None,
    phone: Annotated[list[str] | None, typer.Option(help="Column of a telephone; may be given several times.")] = None,
    priority: Annotated[str | None, typer.Option(help="Column of the priority (higher is called first).")] = None,
    key: Annotated[str | None, typer.Option(help="Column of the source system's own key.")] = None,
    rejected: Annotated[
        Path | None, typer.Option(help="Write every row that was not taken to this CSV, with the reason.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Bring a list into a campaign. Every row either becomes a lead or is named with the reason why not."""
    door = door_of(context)
    columns = {"name": name, "phone": phone, "priority": priority, "external_key": key}
    asked = {each: value for each, value in columns.items() if value}
    shown: list[dict[str, Any]] = []
    with _opened(file) as stream, door.control() as control:
        write = _rejections_to(rejected)

        def keep(rejections: list[dict[str, Any]]) -> None:
            write(rejections)
            shown.extend(rejections if as_json else rejections[: SHOWN - len(shown)])

        result = _sent(door, control, at("campaigns", campaign, "leads"), stream, file, asked, keep)
    if as_json:
        door.out.print_json(data=result | {"rejections": shown})
    else:
        _tell(door, campaign, result, shown, rejected)


def _sent(
    door: Door,
    control: Control,
    path: str,
    stream: BinaryIO,
    file: Path,
    asked: dict[str, Any],
    keep: Callable[[list[dict[str, Any]]], None],
) -> Any:
    """Send the list and follow the server's progress; `keep` gets what is not taken. Gives the result."""
    progress = Progress(
        TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), console=door.err, transient=True
    )
    with progress:
        sending = progress.add_task("Sending", total=file.stat().st_size)
        told = control.send_lines(path, _counted(stream, progress, sending), "text/csv", **asked)
        putting = progress.add_task("Importing", total=1.0)
        for line in told:
            if "problem" in line:
                door.err.print(f"[yellow]![/] {line['imported']} rows went in before it stopped.", highlight=False)
                raise_problem(line["problem"])
            if "result" in line:
                return line["result"]
            keep(line["rejections"])
            progress.update(putting, completed=line["share"], description=f"Importing, {line['rows']} rows")
    raise ResultUnknown("The answer broke off: import the same list again, nobody is taken twice")


def _counted(stream: BinaryIO, progress: Progress, task: TaskID) -> Iterator[bytes]:
    while chunk := stream.read(_CHUNK_BYTES):
        yield chunk
        progress.advance(task, len(chunk))


def _tell(
    door: Door, campaign: str, result: dict[str, Any], shown: list[dict[str, Any]], rejected: Path | None
) -> None:
    sign = "[green]✓[/]" if result["imported"] else "[yellow]![/]"
    door.out.print(
        f"{sign} {result['imported']} of {result['rows']} rows are now leads of [bold]{escape(campaign)}[/].",
        highlight=False,
    )
    left, cells, there = result["rejected_rows"], result["refused_cells"], result["already_there"]
    if not left and not cells:
        return
    parts = [f"{left} {'row was' if left == 1 else 'rows were'} not taken"] if left else []
    parts += [f"{there} of them {'is' if there == 1 else 'are'} in the campaign already"] if there else []
    parts += [f"{cells} {'cell was' if cells == 1 else 'cells were'} left out of a row that was"] if cells else []
    door.out.print(f"[yellow]![/] {', '.join(parts)}:", highlight=False)
    door.out.print(screens.rejections(shown))
    if rejected is not None:
        door.err.print(f"All of them are in {escape(str(rejected))}.")
    elif left + cells > SHOWN:
        door.err.print(f"The first {SHOWN} are shown; --rejected FILE writes them all.", style="dim")


def why(
    context: typer.Context,
    who: Annotated[str, typer.Argument(help="A lead's id, a number or the end of one, or part of a name.")],
    campaign: Annotated[str | None, typer.Option(help="Only in this campaign.")] = None,
    as_json: AsJson = False,
) -> None:
    """What happened to a lead, what happens next and when, and the rule that stands in the way."""
    door = door_of(context)
    with door.control() as control:
        found = control.post("/leads/why", {"words": who} | ({"campaign_id": campaign} if campaign else {}))
    if as_json:
        door.out.print_json(data=found)
        return
    for story in found:
        door.out.print(screens.lead_story(story))


def suppress(
    context: typer.Context,
    number: Annotated[str, typer.Argument(help="With its country: +573001234567.")],
    source: Annotated[str, typer.Option(help="Who asked for it and how; kept with the number.")] = "command line",
) -> None:
    """Do not call this number again, in any campaign."""
    door = door_of(context)
    with door.control() as control:
        control.post("/suppressions", {"number": number, "source": source})
    door.err.print(f"[green]✓[/] {escape(number)} will not be called again.", highlight=False)


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from None


def _rejections_to(path: Path | None) -> Callable[[list[dict[str, Any]]], None]:
    """What writes rejections to this CSV as they come; the file is there before anything is sent.

    Raises `InputError` where it cannot be written.
    """
    if path is None:
        return lambda _rejections: None
    with writing(path):
        path.write_bytes(_csv([["line", "column", "reason", "row_kept"]]))

    def write(rejections: list[dict[str, Any]]) -> None:
        rows = [[each["line"], each["column"], each["reason"], each["row_kept"]] for each in rejections]
        with writing(path), path.open("ab") as file:
            file.write(_csv(rows))

    return write


def _csv(rows: list[list[Any]]) -> bytes:
    text = StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode("utf-8")
