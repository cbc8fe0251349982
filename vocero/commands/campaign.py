"""`vocero campaign …`"""

from __future__ import annotations

import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from cti_api.clock import SystemClock
from cti_api.sounds import Message, seconds_of
from vocero import screens
from vocero.client import Control, at
from vocero.commands.control_form import write_control_form
from vocero.commands.explain import explain
from vocero.commands.files import read, whole, writing
from vocero.commands.plan import plan, tell_doubts
from vocero.commands.recycle import recycle
from vocero.door import Door, door_of

WATCH_SECONDS = 1.0
"""How often a watched campaign is asked for again."""
WATCHED_SHARE = 0.05
"""Of the dialer's time, what may go into counting the leads of a campaign that somebody watches."""
LONGEST_UNCOUNTED = 10.0
"""Seconds after which they are counted again all the same."""
YAML = "application/yaml"
_OVER = frozenset({"completed", "cancelled"})

Name = Annotated[str, typer.Argument(help="The campaign's id, as in its file.", metavar="CAMPAIGN")]
AsJson = Annotated[bool, typer.Option("--json", help="Write JSON instead.")]


class ExportFormat(StrEnum):
    CSV = "csv"
    JSON = "json"


class Form(StrEnum):
    ATTEMPTS = "attempts"
    CONTROL = "control"


class Separator(StrEnum):
    COMMA = "comma"
    SEMICOLON = "semicolon"


def commands() -> typer.Typer:
    group = typer.Typer(no_args_is_help=True)
    group.command()(create)
    group.command()(replace)
    group.command()(plan)
    group.command()(recycle)
    group.command("list")(list_campaigns)
    group.command()(start)
    group.command()(pause)
    group.command()(drain)
    group.command()(cancel)
    group.command()(status)
    group.command()(explain)
    group.command()(message)
    group.command()(report)
    group.command()(export)
    return group


def create(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="Campaign file (YAML).", dir_okay=False)],
    as_json: AsJson = False,
) -> None:
    """Make a campaign from its file and the messages it names; a file with faults is refused, with each line."""
    door = door_of(context)
    written, recordings = _campaign_in(file)
    with door.control() as control:
        made = control.send("POST", "/campaigns", written, YAML)
        _send_messages(control, made["id"], recordings)
    tell_doubts(door, written)
    name = escape(made["id"])
    door.answer(
        made,
        as_json=as_json,
        sentence=f"[green]✓[/] Campaign [bold]{name}[/] is made. Next: vocero leads import {name} FILE.csv",
    )


def replace(
    context: typer.Context,
    name: Name,
    file: Annotated[Path, typer.Argument(help="Campaign file (YAML), with the same id.", dir_okay=False)],
    as_json: AsJson = False,
) -> None:
    """Give a campaign that is not running another file; calls under way end by the one they began with."""
    door = door_of(context)
    written, recordings = _campaign_in(file)
    with door.control() as control:
        kept = control.send("PUT", at("campaigns", name, "file"), written, YAML)
        _send_messages(control, name, recordings)
    tell_doubts(door, written)
    sentence = f"[green]✓[/] Campaign [bold]{escape(name)}[/] has version {kept['spec_version']} of its file."
    door.answer(kept, as_json=as_json, sentence=sentence)


def _campaign_in(file: Path) -> tuple[bytes, dict[Message, bytes]]:
    """The file, and the recordings it names; refused here where any of them has faults."""
    from cti_api.campaign_file.parse import parse_campaign  # the numbering plans: other commands spare them

    written = read(file)
    spec = parse_campaign(written.decode("utf-8", "replace"))
    named = {Message.ABANDONED: spec.abandoned_message, Message.MACHINE: spec.voicemail_message}
    recordings = {which: read(file.parent / name) for which, name in named.items() if name}
    for recording in recordings.values():
        seconds_of(recording)
    return written, recordings


def _send_messages(control: Control, name: str, recordings: dict[Message, bytes]) -> None:
    for which, recording in recordings.items():
        control.send("PUT", at("campaigns", name, "messages", which), recording, "audio/wav")


def message(
    context: typer.Context,
    name: Name,
    which: Annotated[Message, typer.Argument(help="abandoned: nobody was free in time. machine: left on a voicemail.")],
    file: Annotated[Path, typer.Argument(help="WAV, 8000 Hz, one channel, 16 bits.", dir_okay=False)],
) -> None:
    """Give a campaign a message of its own, or another one; the next call hears it."""
    door = door_of(context)
    with door.control() as control:
        kept = control.send("PUT", at("campaigns", name, "messages", which), read(file), "audio/wav")
    door.err.print(f"[green]✓[/] Kept: {kept['seconds']:.1f} s.", highlight=False)


def list_campaigns(context: typer.Context, as_json: AsJson = False) -> None:
    """All campaigns, the oldest first."""
    door = door_of(context)
    with door.control() as control:
        campaigns = control.get("/campaigns")
    if as_json:
        door.out.print_json(data=campaigns)
    else:
        door.out.print(screens.campaign_list(campaigns, door.zone()))


def start(context: typer.Context, name: Name, as_json: AsJson = False) -> None:
    """Begin, or go on, to dial."""
    _ask(context, name, "start", "is running", as_json)


def pause(context: typer.Context, name: Name, as_json: AsJson = False) -> None:
    """Place no new calls; those under way go on."""
    _ask(context, name, "pause", "is paused; calls under way go on", as_json)


def drain(context: typer.Context, name: Name, as_json: AsJson = False) -> None:
    """Place no new calls, let those under way end, then close the campaign."""
    _ask(context, name, "drain", "is draining; it ends with its last call", as_json)


def cancel(context: typer.Context, name: Name, as_json: AsJson = False) -> None:
    """Give a campaign up for good: it never dials again. Pause it first."""
    _ask(context, name, "cancel", "is cancelled", as_json)


def _ask(context: typer.Context, name: str, what: str, then: str, as_json: bool) -> None:
    door = door_of(context)
    with door.control() as control, door.waiting(f"Asking for {what} …"):
        status = control.post(at("campaigns", name, what))
    door.answer(status, as_json=as_json, sentence=f"[green]✓[/] Campaign [bold]{escape(name)}[/] {then}.")


def status(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(help="Without it: all that are not over.", metavar="CAMPAIGN")] = None,
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Stay and follow until it is over.")] = False,
    as_json: AsJson = False,
) -> None:
    """How a campaign stands: leads, attempts, calls in flight, agents, alarms."""
    door = door_of(context)
    with door.control() as control:
        names = [name] if name else [c["id"] for c in control.get("/campaigns") if c["state"] not in _OVER]
        if as_json:
            found = [control.get(at("campaigns", each)) for each in names]
            door.out.print_json(data=found[0] if name else found)
        elif not names:
            door.out.print("No campaign is under way: see `vocero campaign list`", style="dim")
        elif watch:
            _follow(door, control, names)
        else:
            for board in _boards(control, names, {})[0]:
                door.out.print(board)


def _follow(door: Door, control: Control, names: list[str]) -> None:
    took = dict.fromkeys(names, 0.0)
    boards, over = _boards(control, names, took)
    with Live(_stacked(boards), console=door.out, refresh_per_second=4, transient=False) as live:
        while not over:
            time.sleep(WATCH_SECONDS)
            boards, over = _boards(control, names, took)
            live.update(_stacked(boards))


def counted_within(took: float) -> float:
    """How old the counts may be, in seconds, of a campaign whose answer took so long."""
    return min(took / WATCHED_SHARE, LONGEST_UNCOUNTED)


def _boards(control: Control, names: list[str], took: dict[str, float]) -> tuple[list[RenderableType], bool]:
    """A board for each campaign, and whether all of them are over. `took`: the longest answer of each so far."""
    clock = SystemClock()
    agents, now = control.get("/agents"), clock.now()
    found = []
    for each in names:
        began, longest = clock.monotonic(), took.get(each, 0.0)
        found.append(control.get(at("campaigns", each), counted_within=counted_within(longest)))
        took[each] = max(longest, clock.monotonic() - began)
    return [screens.campaign_board(each, agents, now) for each in found], all(c["state"] in _OVER for c in found)


def _stacked(boards: list[RenderableType]) -> RenderableType:
    return Group(*boards)


def report(context: typer.Context, name: Name, as_json: AsJson = False) -> None:
    """The campaign's results: effectiveness, reasons, agents."""
    door = door_of(context)
    with door.control() as control, door.waiting("Adding up the attempts …"):
        found = control.get(at("campaigns", name, "report"))
    if as_json:
        door.out.print_json(data=found)
    else:
        door.out.print(screens.campaign_report(found, door.zone()))


def export(
    context: typer.Context,
    name: Name,
    form: Annotated[
        Form, typer.Option(help="attempts: a row for each call. control: the control form, a row for each customer.")
    ] = Form.ATTEMPTS,
    written: Annotated[ExportFormat, typer.Option("--format", help="csv opens in a spreadsheet.")] = ExportFormat.CSV,
    separator: Annotated[
        Separator, typer.Option(help="Of a CSV; semicolon is what Excel expects where the decimal sign is a comma.")
    ] = Separator.COMMA,
    to: Annotated[
        Path | None,
        typer.Option("--to", help="File to write; without it standard output. A control form: .xlsx or .csv."),
    ] = None,
) -> None:
    """Every attempt of the campaign with its lead, one row each; or its control form."""
    door = door_of(context)
    if form is Form.CONTROL:
        write_control_form(door, name, to, "," if separator is Separator.COMMA else ";")
        return
    with door.control() as control:
        total = control.get(at("campaigns", name))["attempts"]
        pieces = control.chunks(at("campaigns", name, "attempts"), format=written.value, separator=separator.value)
        if to is None:
            with writing(Path("standard output")):
                for piece in pieces:
                    door.out.file.buffer.write(piece)  # type: ignore[attr-defined]
                door.out.file.flush()
            return
        progress = Progress(
            TextColumn("Exporting"), BarColumn(), MofNCompleteColumn(), console=door.err, transient=True
        )
        with progress, whole(to) as file:
            task = progress.add_task("", total=total)
            for piece in pieces:
                file.write(piece)
                progress.advance(task, piece.count(b"\n"))
    door.err.print(f"[green]✓[/] Wrote {escape(str(to))}")
