"""How the pacer's decisions look in the terminal."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from vocero.harmless import shown

COLUMNS = (
    ("from", "left"), ("for", "right"), ("times", "right"), ("place", "right"), ("cancel", "right"), ("why", "left"),
    ("free agents", "right"), ("answers", "right"), ("budget", "right"), ("abandoned", "right"),
)  # fmt: skip


def decisions(found: list[dict[str, Any]], zone: tzinfo | None) -> RenderableType:
    """One row for decisions in a row that said the same, with the figures of the last of them."""
    found = shown(found)
    if not found:
        return Text(
            "Nothing was decided in this time: the campaign did not dial, or its agents place the calls.", style="dim"
        )
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column, side in COLUMNS:
        table.add_column(column, justify="right" if side == "right" else "left", overflow="fold")
    for each in found:
        style = "bold" if each["place"] else "yellow" if each["reason"] == "abandonment_budget" else "dim"
        table.add_row(*_row(each, zone), style=style)
    note = (
        "free agents (without agents: lines of the IVR), answers: expected when the calls are answered; "
        "budget: calls the promise may still lose."
    )
    return Group(table, Text(note, style="dim"))


def _row(each: dict[str, Any], zone: tzinfo | None) -> tuple[str, ...]:
    first, last = (datetime.fromisoformat(each[name]) for name in ("first", "last"))
    return (
        f"{first.astimezone(zone):%H:%M:%S}",
        _long(last - first),
        str(each["times"]),
        str(each["place"]) if each["place"] else "",
        str(each["cancel"]) if each["cancel"] else "",
        each["why"],
        f"{each['expected_free_agents']:.1f}",
        f"{each['expected_answers']:.1f}",
        "" if each["budget_left"] is None else f"{each['budget_left']:.2f}",
        f"{each['abandoned']} of {each['live_answers']}",
    )


def _long(time: timedelta) -> str:
    seconds = time.total_seconds()
    return f"{seconds:.0f} s" if seconds < 60 else f"{seconds / 60:.0f} min"
