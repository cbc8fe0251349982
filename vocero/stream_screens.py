"""Streams out as a person reads them in a terminal."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Any

from rich import box
from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table

from vocero.harmless import shown


def standing(found: list[dict[str, Any]]) -> RenderableType:
    """Who is told, and how far each is."""
    table = _table("stream", "there", "has event", "behind", "sent since start", "waiting", "dead")
    for each in shown(found):
        there = "[green]yes[/]" if each["connected"] else "[yellow]no[/]"
        waiting, dead_ones = ("", "") if each["dead"] is None else (str(each["waiting"]), str(each["dead"]))
        dead_ones = f"[red]{dead_ones}[/]" if each["dead"] else dead_ones
        table.add_row(
            escape(each["name"]), there, str(each["seq"]), str(each["lag"]), str(each["sent"]), waiting, dead_ones
        )
    return table


def dead(found: list[dict[str, Any]], zone: tzinfo | None) -> RenderableType:
    """Dead letters, with what the other side answered last."""
    table = _table("webhook", "event", "about", "tried", "since", "why")
    for each in shown(found):
        since = datetime.fromisoformat(each["since"]).astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
        table.add_row(
            escape(each["hook"]),
            str(each["seq"]),
            escape(each["order_key"]),
            str(each["tries"]),
            since,
            escape(each["reason"]),
        )
    return table


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table
