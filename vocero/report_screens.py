"""Reports that are sent, as a person reads of them in a terminal."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Any

from rich import box
from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table

from vocero.harmless import shown

STYLES = {"sent": "green", "in_doubt": "yellow", "failed": "red"}
SHORT = 8


def schedule(found: list[dict[str, Any]], zone: tzinfo | None) -> RenderableType:
    table = _table("report", "kind", "of", "next", "to")
    for each in shown(found):
        due = _at(each["next_at"], zone) if each["next_at"] else "at the campaign's end"
        table.add_row(each["name"], each["kind"], each["of"] or "all", due, escape(", ".join(each["to"])))
    return table


def runs(found: list[dict[str, Any]], zone: tzinfo | None) -> RenderableType:
    table = _table("run", "report", "of", "period", "to", "state", "since", "why")
    for each in shown(found):
        style = STYLES.get(each["state"], "white")
        why = [each["reason"]] if each["reason"] else []
        why += [f"tried next {_at(each['next_at'], zone)}"] if each["next_at"] and each["tries"] else []
        why += [f"asked for by {each['asked_by']}"] if each["asked_by"] else []
        why += [f"letter {each['message_id']}"] if each["state"] == "in_doubt" else []
        table.add_row(
            each["id"][:SHORT],
            each["report"] or each["kind"],
            each["of"],
            each["period"],
            escape(each["to"]),
            f"[{style}]{each['state']}[/]",
            _at(each["state_since"], zone),
            escape("; ".join(why)),
        )
    return table


def _at(told: str, zone: tzinfo | None) -> str:
    return f"{datetime.fromisoformat(told).astimezone(zone):%Y-%m-%d %H:%M}"


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table
