"""`vocero survey …`: check and try a survey without a system; publish it, invite people, see the results with one."""

from __future__ import annotations

import io
import re
import sys
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.markup import escape

from cti_api.clock import SystemClock
from cti_api.errors import InputError
from cti_api.model.ids import CHANNEL_ID
from vocero.client import at
from vocero.commands.appointment_files import BATCH, in_batches
from vocero.commands.campaign import YAML, AsJson
from vocero.commands.files import read, whole
from vocero.door import Door, door_of

if TYPE_CHECKING:  # calendars of many countries: other commands spare them
    from cti_api.model.surveys import NewInvitation, Survey

_CODE = re.compile(r"[a-z][a-z0-9_-]{0,39}\Z")

SHOWN = 20
"""Refused rows that are told."""

File = Annotated[Path, typer.Argument(help="Survey file (YAML).", dir_okay=False)]
Name = Annotated[str, typer.Argument(help="The survey's id, as in its file.", metavar="SURVEY")]


class Split(StrEnum):
    AGENT = "agent"
    QUEUE = "queue"
    SERVICE = "service"


class State(StrEnum):
    WAITING = "waiting"
    FINISHED = "finished"
    PARTIAL = "partial"
    REFUSED = "refused"
    EXPIRED = "expired"


def commands() -> typer.Typer:
    group = typer.Typer(no_args_is_help=True)
    group.command()(check)
    group.command("try")(try_out)
    group.command()(schema)
    group.command()(publish)
    group.command("list")(list_surveys)
    group.command()(invite)
    group.command()(invitations)
    group.command()(cases)
    group.command()(done)
    group.command()(results)
    return group


def check(context: typer.Context, file: File) -> None:
    """Read a survey file; one with faults is refused, with the line and path of each. Without faults: what it asks."""
    from vocero import survey_screens as screens

    door, survey = door_of(context), _survey(file)
    door.out.print(screens.survey(survey))
    door.err.print(f"[green]✓[/] {escape(str(file))} is in order.", highlight=False)


def try_out(context: typer.Context, file: File) -> None:
    """Hold a survey in the terminal: read what a person would hear, type what they would say or key."""
    from vocero.survey_trial import hold

    door = door_of(context)
    asks = "[bold]?[/] " if sys.stdin.isatty() else ""
    hold(_survey(file), SystemClock(), door.out, lambda: door.out.input(asks))


def schema(context: typer.Context) -> None:
    """The JSON Schema of survey files, for an editor that completes and underlines."""
    from cti_api.survey_file.schema import SCHEMA

    door_of(context).out.print_json(data=SCHEMA)


def publish(context: typer.Context, file: File, as_json: AsJson = False) -> None:
    """Bring in a survey, or another version of it; whoever is being asked ends by the one they began with."""
    door, written = door_of(context), read(file)
    survey = _parsed(written)
    with door.control() as control:
        made = control.send("PUT", at("surveys", survey.id), written, YAML)
    sentence = f"[green]✓[/] Survey [bold]{made['id']}[/] has version {made['version']}."
    door.answer(made, as_json=as_json, sentence=sentence)


def list_surveys(context: typer.Context, as_json: AsJson = False) -> None:
    """The surveys there are."""
    from vocero import survey_screens as screens

    door = door_of(context)
    with door.control() as control:
        found = control.get("/surveys")
    if as_json:
        door.out.print_json(data=found)
    else:
        door.out.print(screens.surveys(found, door.zone()))


def invite(
    context: typer.Context,
    survey: Name,
    file: Annotated[
        Path | None, typer.Argument(help="CSV or Excel: orden, teléfono, fecha, nombre, servicio, agente, cola.")
    ] = None,
    key: Annotated[str, typer.Option(help="Of one service: its own key, such as an order's number.")] = "",
    phone: Annotated[str, typer.Option(help="Of one service: the person's telephone.")] = "",
    name: Annotated[str, typer.Option(help="The person's name.")] = "",
    service: Annotated[str, typer.Option(help="Kind of service.")] = "",
    agent: Annotated[str, typer.Option(help="Who served.")] = "",
    queue: Annotated[str, typer.Option(help="The queue that served.")] = "",
    when: Annotated[str, typer.Option("--at", help='When it was completed, "2026-11-26 15:00"; else now.')] = "",
    timezone: Annotated[str, typer.Option(help="The clock of hours that name none; else the company's.")] = "",
    region: Annotated[str, typer.Option(help="Country of telephones, and of the way to write days.")] = "CO",
    as_json: AsJson = False,
) -> None:
    """Invite whoever was served: one person, or a list. A service told twice is asked about once."""
    door = door_of(context)
    if (file is None) is (not key or not phone):
        raise InputError("Name a list of services, or one of them by --key and --phone.")
    zone = ZoneInfo(door.clock(timezone))
    if file is not None:
        _invite_list(door, survey, file, zone.key, region, as_json=as_json)
        return
    cells = {"orden": key, "telefono": phone, "nombre": name, "servicio": service, "agente": agent, "cola": queue}
    cells["fecha"] = when or SystemClock().now().astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
    _, new = _one(cells, zone.key, region)
    with door.control() as control:
        made = control.post(at("surveys", survey, "invitations"), _row(new) | {"source": "command"})
    known = "" if made["new"] else " The service was known before; nothing was changed."
    until = f"{datetime.fromisoformat(made['deadline']).astimezone(zone):%Y-%m-%d %H:%M}"
    door.answer(
        made,
        as_json=as_json,
        sentence=f"[green]✓[/] Invitation {made['id']}: to be asked until {until}.{known}",
    )


def invitations(
    context: typer.Context,
    survey: Name,
    state: Annotated[State | None, typer.Option(help="Only those that stand so.")] = None,
    most: Annotated[int, typer.Option(help="How many.", min=1, max=1000)] = 200,
    as_json: AsJson = False,
) -> None:
    """Who is to be asked, and who was."""
    from vocero import survey_screens as screens

    door = door_of(context)
    asked: dict[str, Any] = {"limit": most} | ({"state": state.value} if state else {})
    with door.control() as control:
        found = control.get(at("surveys", survey, "invitations"), **asked)
    if as_json:
        door.out.print_json(data=found)
    else:
        door.out.print(screens.invitations(found, door.zone()))


def cases(
    context: typer.Context,
    survey: Annotated[str | None, typer.Option(help="Only of this survey.")] = None,
    owner: Annotated[str, typer.Option(help="Only of this area.")] = "",
    every: Annotated[bool, typer.Option("--all", help="Those that are done, too.")] = False,
    as_json: AsJson = False,
) -> None:
    """What areas have to see to because of an answer, and by when."""
    from vocero import survey_screens as screens

    door = door_of(context)
    asked: dict[str, Any] = {"owner": owner, "done": every} | ({"survey": survey} if survey else {})
    with door.control() as control:
        found = control.get("/survey-cases", **asked)
    if as_json:
        door.out.print_json(data=found)
    else:
        door.out.print(screens.cases(found, SystemClock().now(), door.zone()))


def done(
    context: typer.Context,
    sitting: Annotated[str, typer.Argument(help="The sitting's id, as `vocero survey cases` has it.")],
    trigger: Annotated[str, typer.Argument(help="What followed, such as reclamo.")],
    by: Annotated[str, typer.Option(help="Who saw to it.")],
    as_json: AsJson = False,
) -> None:
    """A case was seen to."""
    door = door_of(context)
    if not CHANNEL_ID.match(sitting) or not _CODE.match(trigger):
        raise InputError("Name a case as `vocero survey cases` shows it: its sitting's id, and what followed.")
    with door.control() as control:
        found = control.post(f"/survey-cases/{sitting}/{trigger}/done", {"by": by})
    sentence = f"[green]✓[/] {found['trigger']} was seen to by {escape(found['done_by'])}."
    door.answer(found, as_json=as_json, sentence=sentence)


def results(
    context: typer.Context,
    survey: Name,
    by: Annotated[Split | None, typer.Option(help="Told apart by who served, the queue, or the service.")] = None,
    first: Annotated[str, typer.Option("--from", help="The first day, such as 2026-11-01.")] = "",
    until: Annotated[str, typer.Option(help="The last day.")] = "",
    xlsx: Annotated[Path | None, typer.Option(help="Write them to this Excel file.", dir_okay=False)] = None,
    as_json: AsJson = False,
) -> None:
    """CSAT, NPS, CES with their intervals, every question's answers, who answered and who did not."""
    door = door_of(context)
    asked: dict[str, Any] = {"by": by.value} if by else {}
    for name, day, hour in (("from", first, "00:00:00"), ("until", until, "23:59:59.999999")):
        if day:
            asked[name] = _instant(day, hour, door)
    with door.control() as control:
        found = control.get(at("surveys", survey, "results"), **asked)
    if xlsx is not None:
        from cti_api.reports.survey_sheet import write_survey  # XlsxWriter: other commands spare it

        with whole(xlsx) as out:
            write_survey(out, found, *door.on_the_wall())
        door.err.print(f"[green]✓[/] Wrote {escape(str(xlsx))}", highlight=False)
    if as_json:
        door.out.print_json(data=found)
    elif xlsx is None:
        from vocero import survey_screens as screens

        door.out.print(screens.results(found))


def _survey(file: Path) -> Survey:
    return _parsed(read(file))


def _parsed(written: bytes) -> Survey:
    from cti_api.survey_file.parse import parse_survey

    try:
        return parse_survey(written.decode("utf-8"))
    except UnicodeDecodeError:
        raise InputError("The survey file is not UTF-8: save it as UTF-8.") from None


def _invite_list(door: Door, survey: str, file: Path, timezone: str, region: str, *, as_json: bool) -> None:
    from cti_api.appointments.slot_file import RefusedRow
    from cti_api.survey_file.services import read_services

    rows: list[dict[str, Any]] = []
    answers: list[dict[str, Any]] = []
    for found in read_services(io.BytesIO(read(file)), timezone, region):
        if isinstance(found, RefusedRow):
            answers.append({"line": found.line, "invitation_id": None, "new": False, "reason": found.reason})
        else:
            line, new = found
            rows.append(_row(new) | {"line": line})
    with door.control() as control, door.progress("Inviting") as moved:
        for place, batch in enumerate(in_batches(rows, BATCH)):
            answers += control.post(at("surveys", survey, "invitations", "rows"), {"rows": batch})
            moved(place * BATCH + len(batch), len(rows))
    answers.sort(key=lambda answer: answer["line"])
    if as_json:
        door.out.print_json(data=answers)
        return
    made = sum(each["new"] for each in answers)
    refused = [each for each in answers if each["reason"]]
    known = len(answers) - made - len(refused)
    door.out.print(f"[green]✓[/] {made} invited, {known} known before.", highlight=False)
    if refused:
        door.out.print(f"[yellow]![/] {len(refused)} rows are not taken:", highlight=False)
        for each in refused[:SHOWN]:
            door.out.print(f"  {each['line']}: {each['reason']}", highlight=False, markup=False)


def _one(cells: dict[str, str], timezone: str, region: str) -> tuple[int, NewInvitation]:
    """One service, read as a row of a list is. Raises `InputError`."""
    from cti_api.appointments.slot_file import RefusedRow
    from cti_api.survey_file.services import service_of

    found = service_of(cells, timezone, region)
    if isinstance(found, RefusedRow):
        raise InputError(f"Nobody is invited: {found.reason}.")
    return found


def _row(new: NewInvitation) -> dict[str, Any]:
    return {
        "key": new.key,
        "phone": new.phone.e164,
        "service_at": new.service_at.isoformat(),
        "name": new.name,
        "service": new.service,
        "agent": new.agent,
        "queue": new.queue,
        "person_key": new.person_key,
        "source": new.source,
    }


def _instant(day: str, hour: str, door: Door) -> str:
    try:
        local = datetime.fromisoformat(f"{day}T{hour}")
    except ValueError:
        raise InputError(f"{day!r} is no day: write 2026-11-30") from None
    zone = door.zone()
    return (local.replace(tzinfo=zone) if zone is not None else local.astimezone()).isoformat()
