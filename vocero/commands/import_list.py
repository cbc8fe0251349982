"""`vocero leads import`: a list into a campaign, with its progress, and every row that was not taken in a file."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import typer
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn

from cti_api.errors import InputError, ResultUnknown
from cti_api.lead_file.mapping import ROLES, asked_columns
from cti_api.web.problems import raise_problem
from vocero import list_screens, screens
from vocero.client import Control, at
from vocero.commands.campaign import AsJson, Name
from vocero.commands.files import writing
from vocero.commands.mapping import MapOption, pairs
from vocero.door import Door, door_of

_CHUNK_BYTES = 64 * 1024
SHOWN = 20
"""Rejected rows shown on the screen; all of them go to the file of ``--rejected``."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""Beginnings that a spreadsheet takes for a formula (OWASP, CSV Injection): an apostrophe makes them text again."""


def import_leads(
    context: typer.Context,
    campaign: Name,
    file: Annotated[Path, typer.Argument(help="List of people: CSV, TSV, XLSX, XLS or ODS.", dir_okay=False)],
    name: Annotated[str | None, typer.Option(help="Column of the name; without it the campaign file's.")] = None,
    phone: Annotated[list[str] | None, typer.Option(help="Column of a telephone; may be given several times.")] = None,
    priority: Annotated[str | None, typer.Option(help="Column of the priority (higher is called first).")] = None,
    key: Annotated[str | None, typer.Option(help="Column of the source system's own key.")] = None,
    mapping: MapOption = None,
    source: Annotated[
        str | None, typer.Option(help="Where the list comes from, such as spiga: its columns are remembered.")
    ] = None,
    rejected: Annotated[
        Path | None, typer.Option(help="Write every row that was not taken to this CSV, with the reason.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Bring a list into a campaign. Every row either becomes a lead or is named with the reason why not.

    Cut off in the middle, the same command goes on where it was, and ends with the same result.
    """
    door = door_of(context)
    asked = _asked({"name": name, "phone": phone, "priority": priority, "external_key": key}, pairs(mapping))
    asked |= {"file": file.name[:200]} | ({"source": source} if source else {})
    if rejected is not None and rejected.resolve() == file.resolve():
        raise InputError(f"{rejected} is the list itself: name another file for what is not taken")
    taken = _Taken(rejected, most=None if as_json else SHOWN)
    with _opened(file) as stream, door.control() as control:
        taken.begin()
        result = _sent(door, control, at("campaigns", campaign, "leads"), stream, file, asked, taken)
    if as_json:
        door.out.print_json(data=result | {"found": taken.found, "rejections": taken.shown})
    else:
        _tell(door, campaign, result, taken, rejected)


def _asked(options: dict[str, Any], mapped: list[tuple[str, str]]) -> dict[str, Any]:
    """The query of the request: what the options name, and over it what ``--map`` does."""
    asked_columns([pair for pair in mapped if pair[1]])  # raises for a role that is none
    found = {entry: value for entry, value in options.items() if value}
    for role, column in mapped:
        if role not in ROLES:
            raise InputError(f"{role!r} is nothing that a column can be: {', '.join(ROLES)}")
        if role == "phone":
            found["phone"] = [*found.get("phone", []), column]
        else:
            found[ROLES[role]] = column
    return found


def _sent(
    door: Door, control: Control, path: str, stream: BinaryIO, file: Path, asked: dict[str, Any], taken: _Taken
) -> Any:
    """Send the list and follow the server's progress. Gives the result."""
    progress = Progress(
        TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), console=door.err, transient=True
    )
    with progress:
        sending = progress.add_task("Sending", total=file.stat().st_size)
        told = control.send_lines(path, _counted(stream, progress, sending), "application/octet-stream", **asked)
        putting = progress.add_task("Importing", total=1.0)
        for line in told:
            if "problem" in line:
                door.err.print(f"[yellow]![/] {line['imported']} rows are in; it stopped there.", highlight=False)
                raise_problem(line["problem"])
            if "result" in line:
                return line["result"]
            if "found" in line:
                taken.columns(line["found"])
                continue
            taken.keep(line["rejections"])
            progress.update(putting, completed=line["share"], description=f"Importing, {line['rows']} rows")
    raise ResultUnknown("The answer broke off: import the same list again, it goes on where it was")


def _counted(stream: BinaryIO, progress: Progress, task: TaskID) -> Iterator[bytes]:
    while chunk := stream.read(_CHUNK_BYTES):
        yield chunk
        progress.advance(task, len(chunk))


@dataclass
class _Taken:
    """What of a list was not taken: some of it for the screen, all of it for a file."""

    path: Path | None
    most: int | None
    shown: list[dict[str, Any]] = field(default_factory=list)
    found: dict[str, Any] = field(default_factory=dict)

    def begin(self) -> None:
        """Make the file, before anything is sent. Raises `InputError` where it cannot be written."""
        if self.path is not None:
            with writing(self.path):
                self.path.write_bytes(b"")

    def columns(self, found: dict[str, Any]) -> None:
        """What the list turned out to be."""
        self.found = found
        self._write([["line", "column", "reason", "row_kept", *map(as_text, found["header"])]])

    def keep(self, rejections: list[dict[str, Any]]) -> None:
        self._write(
            [
                [each["line"], as_text(each["column"]), as_text(each["reason"]), each["row_kept"]]
                + [as_text(cell) for cell in each["cells"]]
                for each in rejections
            ]
        )
        self.shown += rejections if self.most is None else rejections[: self.most - len(self.shown)]

    def _write(self, rows: Sequence[Sequence[Any]]) -> None:
        if self.path is None or not rows:
            return
        text = StringIO()
        csv.writer(text).writerows(rows)
        with writing(self.path), self.path.open("ab") as file:
            # Excel takes a CSV for UTF-8 by its mark only.
            file.write(text.getvalue().encode("utf-8-sig" if file.tell() == 0 else "utf-8", "replace"))


def as_text(cell: str) -> str:
    """The cell as it is, with an apostrophe before it where a spreadsheet would take it for a formula."""
    return "'" + cell if cell.startswith(_FORMULA) else cell


def _tell(door: Door, campaign: str, result: dict[str, Any], taken: _Taken, rejected: Path | None) -> None:
    for sentence in list_screens.found_list(taken.found):
        door.err.print(sentence, style="dim", highlight=False)
    sign = "[green]✓[/]" if result["imported"] else "[yellow]![/]"
    earlier = result["of_earlier_run"]
    before = f" ({earlier} since an earlier import of this same list)" if earlier else ""
    door.out.print(
        f"{sign} {result['imported']} of {result['rows']} rows are now leads of [bold]{escape(campaign)}[/]{before}.",
        highlight=False,
    )
    left, cells = result["rejected_rows"], result["refused_cells"]
    if not left and not cells:
        return
    door.out.print(f"[yellow]![/] {_left_out(result)}:", highlight=False)
    door.out.print(screens.rejections(taken.shown))
    if rejected is not None:
        door.err.print(f"All of them are in {escape(str(rejected))}.")
    elif left + cells > SHOWN:
        door.err.print(f"The first {SHOWN} are shown; --rejected FILE writes them all.", style="dim")


def _left_out(result: dict[str, Any]) -> str:
    left, cells = result["rejected_rows"], result["refused_cells"]
    there, twice = result["already_there"], result["twice_in_list"]
    parts = [f"{left} {'row was' if left == 1 else 'rows were'} not taken"] if left else []
    parts += [f"{there} of them {'is' if there == 1 else 'are'} in the campaign already"] if there else []
    parts += [f"{twice} of them {'is' if twice == 1 else 'are'} in the list twice"] if twice else []
    parts += [f"{cells} {'cell was' if cells == 1 else 'cells were'} left out of a row that was"] if cells else []
    return ", ".join(parts)


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from None
