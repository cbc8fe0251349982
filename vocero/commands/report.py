"""`vocero report …`: any report now, what is sent by itself, and what became of it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.markup import escape

from cti_api.errors import InputError
from cti_api.reports.kinds import REPORTS, Subject
from cti_api.reports.run import RunState
from vocero import report_screens
from vocero.client import at
from vocero.commands.campaign import AsJson
from vocero.commands.files import whole, writing
from vocero.door import Door, door_of

PATIENCE_SECONDS: Final = 900.0
"""For one that is large, behind others: the server ends it sooner (`reports.build_seconds`)."""

Of = Annotated[str, typer.Option("--of", "--campaign", "--survey", help="The campaign or survey that it is of.")]
PeriodOption = Annotated[
    str,
    typer.Option(
        "--period",
        "--month",
        "--week",
        help="A month (2026-11), a week (2026-W48) or days (2026-11-01/2026-11-15); without it the last that is over.",
    ),
]

RunArgument = Annotated[str, typer.Argument(help="Its id, or how that begins, as `vocero report runs` shows it.")]


def commands() -> typer.Typer:
    group = typer.Typer(no_args_is_help=True)
    for name, kind in REPORTS.items():
        of = f", of a {kind.subject}" if kind.subject is not Subject.NONE else ""
        group.command(name, help=f"{kind.title}: by {', '.join(kind.periods)}{of}.")(_make(name))
    group.command()(send)
    group.command()(schedule)
    group.command()(runs)
    group.command()(again)
    group.command()(close)
    return group


def _make(kind: str) -> Callable[..., None]:
    def make(
        context: typer.Context,
        to: Annotated[Path | None, typer.Option("-o", "--to", help="Where the workbook goes: FILE.xlsx.")] = None,
        csv: Annotated[Path | None, typer.Option(help="Folder for the sheets as CSV, a file each.")] = None,
        of: Of = "",
        period: PeriodOption = "",
    ) -> None:
        if to is None and csv is None:
            raise InputError("Say where the report goes: -o FILE.xlsx, --csv FOLDER, or both")
        if to is not None and to.suffix.lower() != ".xlsx":
            raise InputError(f"{to} is to be a workbook: give it a name that ends in .xlsx")
        door = door_of(context)
        if to is not None:
            content = _fetched(door, kind, _query(of, period, "xlsx"))
            with whole(to) as file:
                file.write(content)
            door.err.print(f"[green]✓[/] Wrote {escape(str(to))}", highlight=False)
        if csv is not None:
            with zipfile.ZipFile(io.BytesIO(_fetched(door, kind, _query(of, period, "csv")))) as archive, writing(csv):
                csv.mkdir(parents=True, exist_ok=True)
                for name in archive.namelist():
                    (csv / Path(name).name).write_bytes(archive.read(name))
            door.err.print(f"[green]✓[/] Wrote the sheets into {escape(str(csv))}", highlight=False)

    return make


def send(
    context: typer.Context,
    kind: Annotated[str, typer.Argument(help=f"Which: {', '.join(REPORTS)}.")],
    to: Annotated[list[str], typer.Argument(help="To whom: mailboxes.")],
    of: Of = "",
    period: PeriodOption = "",
    as_json: AsJson = False,
) -> None:
    """Send a report by mail, once, beside whatever is sent by itself."""
    door = door_of(context)
    body: dict[str, Any] = {"to": to, "period": period, "of": of or None}
    with door.control() as control:
        found = control.post(at("reports", kind, "send"), body)
    sentence = f"[green]✓[/] It will be made and sent to {escape(', '.join(each['to'] for each in found))}."
    door.answer(found, as_json=as_json, sentence=f"{sentence} See: vocero report runs")


def schedule(context: typer.Context, as_json: AsJson = False) -> None:
    """What is sent by itself: which report, to whom, and when it is due next."""
    door = door_of(context)
    with door.control() as control:
        found = control.get("/reports/schedule")
    if as_json:
        door.out.print_json(data=found)
    elif found:
        door.out.print(report_screens.schedule(found, door.zone()))
    else:
        door.err.print("Nothing is sent by itself: `reports` in the settings says what is (docs/reports.md).")


def runs(
    context: typer.Context,
    state: Annotated[
        list[RunState] | None, typer.Option(help="Only of this state, such as in_doubt; may be given several times.")
    ] = None,
    report: Annotated[str | None, typer.Option(help="Only of this report of the settings.")] = None,
    most: Annotated[int, typer.Option(min=1, max=1000, help="The newest so many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """What was sent, when and to whom, and what was not; the newest first."""
    door = door_of(context)
    query: dict[str, Any] = {"limit": most, "state": [each.value for each in state or ()]}
    if report is not None:
        query["report"] = report
    with door.control() as control:
        found = control.get("/reports/runs", **query)
    if as_json:
        door.out.print_json(data=found)
    elif found:
        door.out.print(report_screens.runs(found, door.zone()))
    else:
        door.err.print("There are none.")


def again(
    context: typer.Context,
    run: RunArgument,
    as_json: AsJson = False,
) -> None:
    """Send one once more. Where no answer came the first time, the reader may get it twice."""
    door = door_of(context)
    with door.control() as control:
        found = control.post(f"/reports/runs/{_whole(control.get('/reports/runs', limit=1000), run)}/again")
    door.answer(found, as_json=as_json, sentence=f"[green]✓[/] It will be made anew and sent to {escape(found['to'])}.")


def close(context: typer.Context, run: RunArgument, as_json: AsJson = False) -> None:
    """Say that somebody saw to it: it did arrive, or it is not wanted any more."""
    door = door_of(context)
    with door.control() as control:
        found = control.post(f"/reports/runs/{_whole(control.get('/reports/runs', limit=1000), run)}/close")
    door.answer(found, as_json=as_json, sentence="[green]✓[/] Nothing of it is open any more.")


def _whole(newest: list[dict[str, Any]], run: str) -> str:
    """The id that begins so. Raises `InputError` where that is none or several."""
    found = [str(each["id"]) for each in newest if run and each["id"].startswith(run)]
    if len(found) != 1:
        many = "several ids begin" if found else "no id among the newest begins"
        raise InputError(f"{many} with {run!r}: `vocero report runs --json` shows them whole")
    return found[0]


def _fetched(door: Door, kind: str, query: dict[str, str]) -> bytes:
    with door.control() as control, door.waiting("Making the report …"):
        return b"".join(control.chunks(at("reports", kind), answer_seconds=PATIENCE_SECONDS, **query))


def _query(of: str, period: str, form: str) -> dict[str, str]:
    asked = {"of": of, "period": period, "format": form}
    return {name: value for name, value in asked.items() if value}
