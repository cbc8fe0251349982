"""Calls in flight as a person reads them in a terminal."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from rich import box
from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from vocero.harmless import shown
from vocero.screens import clock, state

SHORT: Final = 13
"""Signs of an id that tell it from the others: a caller's begins with the second of their coming."""


def call_list(calls: list[dict[str, Any]], now: datetime) -> RenderableType:
    calls = shown(calls)
    if not calls:
        return Text("No call is in flight.", style="dim")
    table = _table("call", "of", "with", "agent", "state", "for", "supervised")
    for each in calls:
        doing = state(each["state"])
        if each["to"]:
            doing += f" [dim]→ {escape(each['to'])}[/]"
        if each["held_since"]:
            doing += " [dim](on hold)[/]"
        table.add_row(
            escape(each["id"][:SHORT]),
            escape(each["queue"] or each["campaign_id"] or ""),
            escape(each["lead_name"] or each["number"]),
            escape(each["agent_id"] or ""),
            doing,
            clock((now - datetime.fromisoformat(each["since"])).total_seconds()),
            ", ".join(escape(f"{one['by']} ({one['mode']})") for one in each["supervised"]),
        )
    return table


def target_list(targets: list[dict[str, Any]]) -> RenderableType:
    targets = shown(targets)
    if not targets:
        return Text("There is nobody to hand anybody on to.", style="dim")
    table = _table("to", "title", "now")
    for each in targets:
        now = "[green]✓[/]" if each["available"] else f"[dim]{escape(each['why_not'].replace('_', ' '))}[/]"
        table.add_row(escape(each["to"]), escape(each["title"]), now)
    return table


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table
