"""`vocero leads …`"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.markup import escape

from cti_api.errors import InputError
from vocero import list_screens, screens
from vocero.client import at
from vocero.commands.campaign import AsJson, Name
from vocero.commands.import_list import import_leads
from vocero.commands.preview import preview
from vocero.commands.suppress import suppress
from vocero.door import door_of


def commands() -> typer.Typer:
    group = typer.Typer(no_args_is_help=True)
    group.command("import")(import_leads)
    group.command()(preview)
    group.command()(sources)
    group.command()(add)
    group.command()(why)
    group.command()(suppress)
    return group


def sources(context: typer.Context, as_json: AsJson = False) -> None:
    """Where lists come from, and which of their columns is what (`--source` of an import)."""
    door = door_of(context)
    with door.control() as control:
        found = control.get("/sources")
    if as_json:
        door.out.print_json(data=found)
    elif found:
        door.out.print(list_screens.sources(found))
    else:
        door.err.print("No source is known yet: vocero leads import CAMPAIGN FILE --source NAME remembers one.")


def add(
    context: typer.Context,
    campaign: Name,
    phone: Annotated[list[str], typer.Option(help="A telephone as people write it; may be given several times.")],
    name: Annotated[str, typer.Option(help="Who it is.")] = "",
    priority: Annotated[int, typer.Option(help="Higher is called first; a list's leads have 0.")] = 0,
    key: Annotated[str, typer.Option(help="The source system's own key.")] = "",
    field: Annotated[
        list[str] | None, typer.Option(help="NAME=VALUE for the guion; may be given several times.")
    ] = None,
    timezone: Annotated[str, typer.Option(help="Where the person lives, such as America/La_Paz.")] = "",
    not_before: Annotated[str | None, typer.Option(help="Not called before this instant (ISO 8601).")] = None,
    expires: Annotated[str | None, typer.Option(help="Not called from this instant on (ISO 8601).")] = None,
    as_json: AsJson = False,
) -> None:
    """Have one person called, as soon as somebody can take the call."""
    door = door_of(context)
    body: dict[str, Any] = {
        "phones": phone,
        "name": name,
        "priority": priority,
        "external_key": key,
        "fields": dict(_pair(each, "--field placa=ABC123") for each in field or ()),
        "timezone": timezone,
        "not_before": _instant(not_before),
        "expires": _instant(expires),
    }
    with door.control() as control:
        entered = control.post(at("campaigns", campaign, "leads"), body)
    if as_json:
        door.out.print_json(data=entered)
        return
    for reason in entered["refused"]:
        door.err.print(f"[yellow]![/] {escape(reason)}", highlight=False)
    numbers = ", ".join(entered["phones"])
    door.out.print(f"[green]✓[/] Lead {entered['lead_id']}: {numbers}.", highlight=False)
    if entered["state"] != "new":
        door.err.print(f"[yellow]![/] It is {entered['state']} ({escape(entered['reason'])}).", highlight=False)
    elif entered["campaign_state"] != "running":
        door.err.print(f"[yellow]![/] It is called once the campaign runs; it is {entered['campaign_state']}.")


def _pair(text: str, example: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise InputError(f"{text!r} is no pair: write {example}")
    return name, value


def _instant(text: str | None) -> str | None:
    """An instant as the API wants it; one without an offset is meant in UTC, and a day is its beginning."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(f"{text!r} is no instant: write 2026-12-31T18:00:00-05:00") from None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).isoformat()


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
