"""Appointments and calendars as a person reads them in a terminal."""

from __future__ import annotations

from datetime import datetime, tzinfo
from itertools import groupby
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from vocero.harmless import shown

STATE_STYLES = {"booked": "cyan", "moved": "cyan", "kept": "green", "not_kept": "red", "cancelled": "dim"}
BAR_PLACES = 12
"""Places of a slot that are drawn; a fuller one is told in figures only."""


def slots(found: list[dict[str, Any]], zone: tzinfo | None) -> RenderableType:
    """Day by day, each hour with its places."""
    if not found:
        return Text("No hour is free: bring some in with `vocero appointments import`", style="dim")
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("day")
    table.add_column("hour")
    table.add_column("free", justify="right")
    table.add_column("")
    for day, hours in groupby(found, key=lambda each: _at(each["starts_at"], zone).date()):
        for place, each in enumerate(hours):
            free, capacity = each["free"], each["capacity"]
            drawn = "●" * each["taken"] + "○" * free if capacity <= BAR_PLACES else ""
            table.add_row(
                "" if place else f"{day:%a %Y-%m-%d}",
                f"{_at(each['starts_at'], zone):%H:%M}–{_at(each['ends_at'], zone):%H:%M}",
                f"{free} of {capacity}",
                Text(drawn, "green" if free else "dim"),
            )
    return table


def calendars(found: list[dict[str, Any]]) -> RenderableType:
    found = shown(found)
    if not found:
        return Text("There is no calendar yet: bring one in with `vocero appointments import FILE`", style="dim")
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("calendar", "title", "time zone"):
        table.add_column(column)
    for each in found:
        table.add_row(escape(each["name"]), escape(each["title"]), each["timezone"])
    return table


def appointments(found: list[dict[str, Any]], zone: tzinfo | None) -> RenderableType:
    """In their order; what is the same for all of them, calendar or campaign, is said once."""
    found = shown(found)
    if not found:
        return Text("No appointments.", style="dim")
    told = {"calendar": "calendar", "campaign_id": "campaign"}
    once = {column: found[0][column] for column in told if len({each[column] for each in found}) == 1}
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("id", "when", "state", "name", "key", "number", *(told[each] for each in told if each not in once)):
        whole = column in ("when", "number", "state")
        table.add_column(column, justify="right" if column == "id" else "left", overflow="fold", no_wrap=whole)
    for each in found:
        table.add_row(
            str(each["id"]),
            f"{_at(each['starts_at'], zone):%a %Y-%m-%d %H:%M}",
            f"[{STATE_STYLES[each['state']]}]{each['state'].replace('_', ' ')}[/]",
            escape(each["name"]),
            escape(each["key"]),
            each["number"],
            *(escape(each[column]) for column in told if column not in once),
        )
    caption = " · ".join(f"{told[column]} {escape(what)}" for column, what in once.items() if what)
    return Group(Text.from_markup(caption, style="dim"), table) if caption else table


def row_answers(found: list[dict[str, Any]]) -> RenderableType:
    """Rows of a file that nothing was done with."""
    found = shown(found)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("line", "", "why"):
        table.add_column(column, justify="right" if column == "line" else "left", overflow="fold")
    for each in found:
        table.add_row(str(each["line"]), each["matched"], escape(each["reason"]))
    return table


def one(found: dict[str, Any], zone: tzinfo | None) -> str:
    """An appointment in a sentence, for rich."""
    found = shown(found)
    who = escape(found["name"] or found["number"])
    where = f" in {escape(found['calendar'])}" if found["calendar"] else ""
    when = f"{_at(found['starts_at'], zone):%a %Y-%m-%d %H:%M}"
    state = found["state"].replace("_", " ")
    return f"[green]✓[/] Appointment {found['id']} of [bold]{who}[/], {when}{where}: {state}."


def _at(instant: str, zone: tzinfo | None) -> datetime:
    return datetime.fromisoformat(instant).astimezone(zone)
