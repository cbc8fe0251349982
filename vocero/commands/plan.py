"""`vocero campaign plan`: what a campaign file would do with a person, drawn before anybody is called."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.markup import escape

from cti_api.clock import SystemClock
from cti_api.errors import InputError
from cti_api.settings import FILE_NAME
from vocero.client import at
from vocero.commands.files import read
from vocero.door import Door, door_of

if TYPE_CHECKING:  # calendars and numbering plans: other commands spare them
    from cti_api.law.rules import Pack
    from cti_api.model.campaigns import CampaignSpec
    from cti_api.model.leads import Lead

MOST_PEOPLE = 1_000_000
FIRST_YEAR, LAST_YEAR = 2000, 2200
"""Within which a calendar can be drawn."""
DEFAULT_RATE = 0.25
"""Of calls that are answered, where nobody says: supposed, not measured."""


def plan(
    context: typer.Context,
    campaign: Annotated[str, typer.Argument(help="Campaign file, or the id of a campaign.", metavar="FILE|CAMPAIGN")],
    region: Annotated[str, typer.Option(help="Suppose people of this country instead of the campaign's.")] = "",
    start: Annotated[
        str, typer.Option("--from", help="First day, or instant, on the campaign's clock; without it now.")
    ] = "",
    valid_until: Annotated[str, typer.Option(help="The list's own last day for the person.")] = "",
    results: Annotated[
        str,
        typer.Option(
            help="What the calls bring, in turn; then nobody answers: busy,machine,wrong_number,callback,no_acepta …"
        ),
    ] = "",
    pack: Annotated[
        list[Path] | None,
        typer.Option(help="Pack of rules beside those in force, or instead of the one of its name; several times."),
    ] = None,
    simulate: Annotated[int, typer.Option(help="Suppose so many people, who answer by the rates.", min=0)] = 0,
    answers: Annotated[
        str, typer.Option(help="Share of calls answered by part of the day: morning=20%,evening=30%; or one for all.")
    ] = "",
    seed: Annotated[int, typer.Option(help="Of the simulation: the same seed, the same people.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON instead.")] = False,
) -> None:
    """Draw when a lead would be called, what holds it up and how it ends. A file needs no running system."""
    from cti_api.campaign_file.parse import parse_campaign
    from dialer.leads.supposing import somebody

    door = door_of(context)
    text = _text(door, campaign)
    spec = _of_region(parse_campaign(text), region)
    packs = _packs(door, pack or [])
    begin = _instant(spec, start, "--from") if start else SystemClock().now()
    lead = somebody(spec, _instant(spec, valid_until, "--valid-until") if valid_until else None)
    found = _doubts(text, spec, packs)
    if simulate:
        answer = _simulated(door, spec, lead, packs, begin, simulate, answers, seed, as_json=as_json)
    else:
        answer = _drawn(door, spec, lead, packs, begin, results, as_json=as_json)
    if as_json:
        door.out.print_json(data=answer | {"doubts": found})
        return
    _tell(door, found)


def tell_doubts(door: Door, written: bytes) -> None:
    """Say what of a campaign's file the law in force here, or the plan itself, will not let happen."""
    from cti_api.campaign_file.parse import parse_campaign

    text = written.decode("utf-8", "replace")
    _tell(door, _doubts(text, parse_campaign(text), _packs(door, [])))


def _doubts(text: str, spec: CampaignSpec, packs: tuple[Pack, ...]) -> list[dict[str, Any]]:
    from dialer.leads.plan_doubts import doubts

    return [
        {"path": each.path, "line": _line(text, each.path), "message": each.message} for each in doubts(spec, packs)
    ]


def _tell(door: Door, found: list[dict[str, Any]]) -> None:
    for each in found:
        line = f"line {each['line']}, " if each["line"] else ""
        door.err.print(f"[yellow]![/] {line}{escape(each['path'])}: {escape(each['message'])}", highlight=False)


def _drawn(
    door: Door,
    spec: CampaignSpec,
    lead: Lead,
    packs: tuple[Pack, ...],
    begin: datetime,
    results: str,
    *,
    as_json: bool,
) -> dict[str, Any]:
    from dialer.leads.plan import walk
    from dialer.leads.plan_follow_ups import follow_ups_of
    from dialer.leads.supposing import outcomes_in_turn
    from vocero import plan_screens

    outcomes = outcomes_in_turn(spec, [word for word in results.split(",") if word.strip()])
    drawn = walk(spec, lead, outcomes, packs, begin, follow_ups_of(spec, lead, packs))
    sheet = plan_screens.Sheet(spec=spec, packs=packs, plan=drawn, start=begin)
    if not as_json:
        door.out.print(plan_screens.timeline(sheet, door.out.width))
        door.out.print(plan_screens.story(sheet))
    return plan_screens.plan_row(sheet)


def _simulated(
    door: Door,
    spec: CampaignSpec,
    lead: Lead,
    packs: tuple[Pack, ...],
    begin: datetime,
    people: int,
    answers: str,
    seed: int,
    *,
    as_json: bool,
) -> dict[str, Any]:
    from dialer.leads.plan_population import simulate
    from vocero.population_screens import population_row, population_table

    if people > MOST_PEOPLE:
        raise InputError(f"--simulate: at most {MOST_PEOPLE} people")
    rates = _rates(spec, answers)
    with door.progress("Calling") as move:
        found = simulate(spec, lead, packs, people, rates, begin, Random(seed), lambda done: move(done, people))
    if not as_json:
        door.out.print(population_table(found, rates))
    return population_row(found) | {"answers": rates, "seed": seed}


def _text(door: Door, campaign: str) -> str:
    file = Path(campaign)
    if file.exists():
        return read(file).decode("utf-8", "replace")
    if file.suffix or len(file.parts) > 1:
        raise InputError(f"{campaign} cannot be read: there is no such file")
    with door.control() as control:
        return str(control.get(at("campaigns", campaign, "file"))["text"])


def _of_region(spec: CampaignSpec, region: str) -> CampaignSpec:
    from cti_api.numbers.phones import is_region

    if not region:
        return spec
    if not is_region(region.upper()):
        raise InputError(f"--region {region}: write a country's two letters, such as CO")
    return replace(spec, region=region.upper(), allowed_prefixes=())


def _packs(door: Door, files: list[Path]) -> tuple[Pack, ...]:
    """Those in force here, and these."""
    from cti_api.law.on_disk import packs_on_disk
    from vocero.commands.policy import own_packs

    has_settings = door.settings_file is not None or Path(FILE_NAME).exists()
    own = own_packs(files)
    in_force = packs_on_disk(door.settings().law.folder if has_settings else None)
    return (*(each for each in in_force if each.name not in own), *own.values())


def _instant(spec: CampaignSpec, written: str, option: str) -> datetime:
    try:
        found = datetime.fromisoformat(written)
    except ValueError:
        raise InputError(f"{option} {written}: write a day as 2026-12-01, or an instant as 2026-12-01T09:00") from None
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise InputError(f"{option} {written}: write a day between the years {FIRST_YEAR} and {LAST_YEAR}")
    return found if found.tzinfo is not None else found.replace(tzinfo=ZoneInfo(spec.hours.timezone))


def _rates(spec: CampaignSpec, written: str) -> dict[str, float]:
    """The rate of each part of the day, and of what lies in none."""
    from cti_api.campaign_file.values import share

    names = [*(part.name for part in spec.retry.day_parts), ""]
    rates = dict.fromkeys(names, DEFAULT_RATE)
    for each in filter(None, (word.strip() for word in written.split(","))):
        name, named, rate = each.rpartition("=")
        try:
            value = share(0.0, 1.0)(rate.strip())
        except ValueError as error:
            raise InputError(f"--answers {each}: {error}") from None
        if named and name not in names:
            raise InputError(f"--answers {each}: the campaign's parts of the day are {', '.join(names[:-1]) or 'none'}")
        rates |= {name: value} if named else dict.fromkeys(names, value)
    return rates


def _line(text: str, path: str) -> int | None:
    from cti_api.campaign_file.parse import CAMPAIGN_FILE
    from cti_api.yaml_tree import line_at, read_tree

    return line_at(read_tree(text, CAMPAIGN_FILE, []), tuple(path.split(".")))
