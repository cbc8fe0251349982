"""Files for appointments: a calendar's hours come in from them, and what became of who was expected."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import httpx
import typer
from rich.markup import escape

from cti_api.clock import SystemClock
from cti_api.errors import InputError
from vocero import appointment_screens as screens
from vocero.client import Control, at
from vocero.commands.campaign import AsJson
from vocero.commands.files import read
from vocero.door import Door, door_of

if TYPE_CHECKING:  # calendars of many countries: other commands spare them
    from cti_api.appointments.entered import EnteredResult
    from cti_api.model.appointments import Slot

BATCH = 500
"""Rows of one request."""
SHOWN = 20
"""Refused rows that are told."""
FEED_SECONDS = 20.0
"""How long a feed's server may take for each answer and each piece."""


def import_hours(
    context: typer.Context,
    source: Annotated[
        str, typer.Argument(help="YAML of weekly hours, CSV or Excel of slots, iCalendar file or address.")
    ],
    calendar: Annotated[str, typer.Option(help="The calendar's name; a YAML file says it itself.")] = "",
    timezone: Annotated[str, typer.Option(help="The clock of hours that name none; a YAML file says it itself.")] = "",
    title: Annotated[str, typer.Option(help="What people call the calendar.")] = "",
    busy: Annotated[bool, typer.Option("--busy", help="iCalendar: its events are hours that are taken.")] = False,
    capacity: Annotated[int, typer.Option(help="iCalendar: places of each free hour.", min=1, max=1000)] = 1,
    days: Annotated[int, typer.Option(help="iCalendar: how many days from today.", min=1, max=732)] = 180,
    region: Annotated[str, typer.Option(help="Country whose way to write days a table has.")] = "CO",
    as_json: AsJson = False,
) -> None:
    """Bring in the hours of a calendar. The same again changes nothing; nobody who is booked is put out."""
    door = door_of(context)
    raw = _fetched(source) if source.startswith(("http://", "https://")) else read(Path(source))
    with door.control() as control:
        known = {each["name"]: each for each in control.get("/calendars")}
        refused: list[Any] = []
        if source.endswith((".yaml", ".yml")):
            name, found = _weekly(control, raw)
        else:
            name = _calendar(control, known, calendar, timezone, title)
            zone = timezone or known.get(name, {}).get("timezone", "")
            if raw.lstrip(b"\xef\xbb\xbf \r\n")[:15].upper() == b"BEGIN:VCALENDAR":
                found = _feed(raw, zone, days, capacity, refused)
            else:
                found = _table(raw, zone, region, refused)
        brought = _sent(door, control, name, found, busy=busy)
    result = {"calendar": name, **brought, "refused": refused}
    if as_json:
        door.out.print_json(data=result)
        return
    what = (
        f"{brought['closed']} hours have no place left" if busy else f"{brought['slots']} hours, {brought['new']} new"
    )
    door.out.print(f"[green]✓[/] {what} in [bold]{escape(name)}[/].", highlight=False)
    _tell(door, refused)


def import_results(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="CSV or Excel: plate or telephone, day, result.", dir_okay=False)],
    timezone: Annotated[
        str, typer.Option(help="The clock of a moved appointment's new hour; else the company's.")
    ] = "",
    region: Annotated[str, typer.Option(help="Country of telephones, and of the way to write days.")] = "CO",
    as_json: AsJson = False,
) -> None:
    """Enter what became of appointments; each row is told what it matched, or why it did not."""
    from cti_api.appointments.result_file import read_results
    from cti_api.appointments.slot_file import RefusedRow

    door = door_of(context)
    rows: list[EnteredResult] = []
    answers: list[dict[str, Any]] = []
    for each in read_results(io.BytesIO(read(file)), door.clock(timezone), region):
        if isinstance(each, RefusedRow):
            answers.append({"line": each.line, "matched": "refused", "appointment_id": None, "reason": each.reason})
        else:
            rows.append(each)
    with door.control() as control, door.progress("Entering") as moved:
        for place, batch in enumerate(in_batches(rows, BATCH)):
            body = {"rows": [_result(row) for row in batch], "source": "file"}
            answers += control.post("/appointments/results", body)
            moved(place * BATCH + len(batch), len(rows))
    answers.sort(key=lambda answer: answer["line"])
    if as_json:
        door.out.print_json(data=answers)
        return
    done = [each for each in answers if each["matched"] in ("done", "same")]
    left = [each for each in answers if each["matched"] not in ("done", "same")]
    door.out.print(f"[green]✓[/] {len(done)} of {len(answers)} rows are entered.", highlight=False)
    if left:
        door.out.print(f"[yellow]![/] {len(left)} rows changed nothing:", highlight=False)
        door.out.print(screens.row_answers(left))


def _weekly(control: Control, raw: bytes) -> tuple[str, Iterable[Slot]]:
    from cti_api.appointments.weekly import read_weekly, slots_of

    plan = read_weekly(raw.decode("utf-8", "replace"))
    calendar = plan.calendar
    control.put(at("calendars", calendar.name), {"title": calendar.title, "timezone": calendar.timezone})
    return calendar.name, slots_of(plan)


def _calendar(control: Control, known: dict[str, Any], name: str, timezone: str, title: str) -> str:
    """The calendar a table or feed is for, made where it is not there yet."""
    if not name:
        raise InputError("Say which calendar these hours are of: --calendar taller-norte")
    if name not in known and not timezone:
        raise InputError(f"There is no calendar {name}. To make it say its clock: --timezone America/Bogota")
    if name not in known or timezone or title:
        present = known.get(name, {"title": "", "timezone": timezone})
        body = {"title": title or present["title"], "timezone": timezone or present["timezone"]}
        control.put(at("calendars", name), body)
    return name


def _table(raw: bytes, zone: str, region: str, refused: list[Any]) -> Iterator[Slot]:
    from cti_api.appointments.slot_file import RefusedRow, read_slots

    for each in read_slots(io.BytesIO(raw), zone, region):
        if isinstance(each, RefusedRow):
            refused.append({"line": each.line, "reason": each.reason})
        else:
            yield each


def _feed(raw: bytes, zone: str, days: int, capacity: int, refused: list[Any]) -> Iterator[Slot]:
    from cti_api.appointments.ical_in import RefusedEvent, read_feed
    from cti_api.model.appointments import Slot

    today = SystemClock().now().date()
    for each in read_feed(raw, zone, today, today + timedelta(days=days)):
        if isinstance(each, RefusedEvent):
            refused.append({"line": each.place, "reason": each.reason})
        else:
            yield Slot(starts_at=each.starts_at, ends_at=each.ends_at, capacity=capacity)


def _sent(door: Door, control: Control, name: str, found: Iterable[Slot], *, busy: bool) -> dict[str, int]:
    sent = new = closed = 0
    with door.waiting("Bringing in the hours …"):
        for batch in in_batches(found, BATCH):
            times = [{"starts_at": s.starts_at.isoformat(), "ends_at": s.ends_at.isoformat()} for s in batch]
            if busy:
                closed += control.post(at("calendars", name, "busy"), {"times": times})["closed"]
            else:
                slots = [row | {"capacity": slot.capacity} for row, slot in zip(times, batch, strict=True)]
                new += control.post(at("calendars", name, "slots"), {"slots": slots})["new"]
            sent += len(batch)
    return {"slots": sent, "new": new, "closed": closed}


def in_batches(rows: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """The rows, at most `size` at a time."""
    rows = iter(rows)
    while batch := list(islice(rows, size)):
        yield batch


def _result(row: EnteredResult) -> dict[str, Any]:
    return {
        "line": row.line,
        "state": row.state.value,
        "key": row.key,
        "number": row.number.e164 if row.number else None,
        "day": row.day.isoformat() if row.day else None,
        "to": row.to.isoformat() if row.to else None,
    }


def _tell(door: Door, refused: list[dict[str, Any]]) -> None:
    if refused:
        door.out.print(f"[yellow]![/] {len(refused)} rows or events are not taken:", highlight=False)
        for each in refused[:SHOWN]:
            door.out.print(f"  {each['line']}: {each['reason']}", highlight=False, markup=False)


def _fetched(address: str) -> bytes:
    """What is at an address, never more than a calendar may have. Raises `InputError` in a person's words."""
    from cti_api.appointments.ical_in import LARGEST_BYTES

    got = bytearray()
    try:
        with httpx.stream("GET", address, timeout=FEED_SECONDS, follow_redirects=True) as answer:
            answer.raise_for_status()
            for piece in answer.iter_bytes():
                got += piece
                if len(got) > LARGEST_BYTES:
                    raise InputError(f"The calendar there is larger than {LARGEST_BYTES // 1024**2} MB.")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise InputError(f"The calendar cannot be fetched: {str(error).partition(chr(10))[0]}") from None
    return bytes(got)
