"""`vocero appointments …`: what is free, what is booked, and what became of it."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from cti_api.clock import SystemClock
from cti_api.errors import InputError
from vocero import appointment_screens as screens
from vocero.client import at
from vocero.commands.appointment_files import import_hours, import_results
from vocero.commands.campaign import AsJson
from vocero.commands.files import whole
from vocero.door import door_of

COMMAND = {"source": "command"}

MOST_SHOWN = 1000

Id = Annotated[int, typer.Argument(help="The appointment's number, as `vocero appointments list` has it.", min=1)]
Day = Annotated[str | None, typer.Option(help="A day, such as 2026-11-30.")]


class State(StrEnum):
    BOOKED = "booked"
    MOVED = "moved"
    CANCELLED = "cancelled"
    KEPT = "kept"
    NOT_KEPT = "not_kept"


def commands() -> typer.Typer:
    group = typer.Typer(no_args_is_help=True)
    group.command("import")(import_hours)
    group.command()(calendars)
    group.command()(slots)
    group.command("list")(list_appointments)
    group.command()(book)
    group.command()(move)
    group.command()(keep)
    group.command()(miss)
    group.command()(cancel)
    group.command("import-results")(import_results)
    group.command()(export)
    return group


def calendars(context: typer.Context, as_json: AsJson = False) -> None:
    """The calendars there are."""
    door = door_of(context)
    with door.control() as control:
        found = control.get("/calendars")
    if as_json:
        door.out.print_json(data=found)
    else:
        door.out.print(screens.calendars(found))


def slots(
    context: typer.Context,
    calendar: Annotated[str, typer.Argument(help="The calendar's name.")],
    first: Annotated[str | None, typer.Option("--from", help="The first day; without it from now on.")] = None,
    until: Annotated[str | None, typer.Option(help="The last day; without it a week's.")] = None,
    every: Annotated[bool, typer.Option("--all", help="The full ones, too.")] = False,
    as_json: AsJson = False,
) -> None:
    """What is free in a calendar, on its own clock."""
    door = door_of(context)
    with door.control() as control:
        zones = {each["name"]: ZoneInfo(each["timezone"]) for each in control.get("/calendars")}
        zone = zones.get(calendar)
        begins = _begin(first, zone) if first else SystemClock().now()
        ends = _begin(until, zone) + timedelta(days=1) if until else begins + timedelta(days=7)
        asked = {"from": begins.isoformat(), "until": ends.isoformat(), "free": not every}
        found = control.get(at("calendars", calendar, "slots"), **asked)
    if as_json:
        door.out.print_json(data=found)
    else:
        door.out.print(screens.slots(found, zone))


def list_appointments(
    context: typer.Context,
    calendar: Annotated[str | None, typer.Option(help="Only of this calendar.")] = None,
    campaign: Annotated[str | None, typer.Option(help="Only of this campaign.")] = None,
    state: Annotated[State | None, typer.Option(help="Only those that stand so.")] = None,
    first: Annotated[str | None, typer.Option("--from", help="The first day; without it yesterday.")] = None,
    until: Annotated[str | None, typer.Option(help="The last day.")] = None,
    as_json: AsJson = False,
) -> None:
    """Appointments, in the order of their hours."""
    door = door_of(context)
    zone = door.zone()
    asked: dict[str, Any] = {"calendar": calendar, "campaign": campaign, "state": state.value if state else None}
    asked["limit"] = MOST_SHOWN
    asked["from"] = _begin(first, zone).isoformat() if first else None
    asked["until"] = (_begin(until, zone) + timedelta(days=1)).isoformat() if until else None
    with door.control() as control:
        found = control.get("/appointments", **{name: value for name, value in asked.items() if value is not None})
    if as_json:
        door.out.print_json(data=found)
    else:
        door.out.print(screens.appointments(found, zone))
        if len(found) == MOST_SHOWN:
            door.err.print(f"[yellow]![/] The first {MOST_SHOWN}: say --from and --until for others.", highlight=False)


def book(
    context: typer.Context,
    lead: Annotated[int, typer.Argument(help="The lead's number, as `vocero leads why` tells it.", min=1)],
    hour: Annotated[str, typer.Option("--at", help='Day and hour: "2026-11-30 15:00", on the campaign\'s clock.')],
    as_json: AsJson = False,
) -> None:
    """Book for somebody who came by another way; they are not called any more."""
    _post(context, "/appointments", {"lead_id": lead, "at": hour} | COMMAND, as_json)


def move(
    context: typer.Context,
    appointment: Id,
    hour: Annotated[str, typer.Option("--to", help='Day and hour: "2026-11-30 15:00", on the campaign\'s clock.')],
    as_json: AsJson = False,
) -> None:
    """Give an appointment another hour of its calendar."""
    _post(context, f"/appointments/{appointment}/move", {"at": hour} | COMMAND, as_json)


def keep(context: typer.Context, appointment: Id, as_json: AsJson = False) -> None:
    """The person came."""
    _post(context, f"/appointments/{appointment}/keep", COMMAND, as_json)


def miss(context: typer.Context, appointment: Id, as_json: AsJson = False) -> None:
    """The person did not come."""
    _post(context, f"/appointments/{appointment}/miss", COMMAND, as_json)


def cancel(context: typer.Context, appointment: Id, as_json: AsJson = False) -> None:
    """The person will not come; the place is free again."""
    _post(context, f"/appointments/{appointment}/cancel", COMMAND, as_json)


def export(
    context: typer.Context,
    calendar: Annotated[str, typer.Argument(help="The calendar's name.")],
    ics: Annotated[Path, typer.Option("--ics", help="File to write.", dir_okay=False)],
    personal: Annotated[bool, typer.Option(help="With name, telephone and plate; else only the hours.")] = True,
) -> None:
    """A calendar's appointments as an iCalendar file."""
    door = door_of(context)
    with door.control() as control, whole(ics) as file:
        for piece in control.chunks(f"{at('calendars', calendar)}.ics", personal=personal):
            file.write(piece)
    door.err.print(f"[green]✓[/] Wrote {ics}", highlight=False, markup=True)


def _post(context: typer.Context, path: str, body: dict[str, Any], as_json: bool) -> None:
    door = door_of(context)
    with door.control() as control:
        found = control.post(path, body)
    door.answer(found, as_json=as_json, sentence=screens.one(found, door.zone()))


def _begin(day: str, zone: tzinfo | None) -> datetime:
    """The day's first instant, on the clock that a person here reads."""
    try:
        begin = datetime.combine(date.fromisoformat(day), time(0))
    except ValueError:
        raise InputError(f"{day!r} is no day: write 2026-11-30") from None
    return begin.replace(tzinfo=zone) if zone is not None else begin.astimezone()
