"""Messages, tasks and answers as a person reads them in a terminal."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from vocero.harmless import shown

STYLES = {
    "accepted": "green",
    "delivered": "green",
    "read": "green",
    "unknown": "yellow",
    "failed": "yellow",
    "dead": "red",
}
SHORT = 8


def messages(found: list[dict[str, Any]], zone: tzinfo | None) -> RenderableType:
    table = _table("message", "follow-up", "by", "to", "state", "since", "why")
    for each in shown(found):
        since = _at(each["state_since"], zone)
        style = STYLES.get(each["state"], "white")
        table.add_row(
            each["id"][:SHORT],
            escape(each["action"]),
            each["via"],
            escape(each["recipient"]),
            f"[{style}]{each['state']}[/]",
            since,
            escape(each["reason"]),
        )
    return table


def message(found: dict[str, Any], zone: tzinfo | None) -> RenderableType:
    found = shown(found)
    head = Text.assemble((found["id"], "bold"), f"  {found['action']}  of lead {found['lead_id']} in ")
    head.append(found["campaign_id"], "bold")
    times = (("due", "due_at"), ("not after", "expires_at"), ("sent", "sent_at"), ("delivered", "delivered_at"),
             ("read", "read_at"))  # fmt: skip
    lines = [f"{found['via']} to {found['recipient'] or 'nobody'}: {found['state']}, tried {found['tries']} times"]
    lines += [found["reason"]] if found["reason"] else []
    lines += [f"{what} {_at(found[key], zone)}" for what, key in times if found[key]]
    lines += [f"the provider's id: {found['provider_id']}"] if found["provider_id"] else []
    says = [f"  {name}: {value}" for name, value in found["content"].items() if value]
    return Group(head, *(Text(line) for line in lines), *(Text(line, "dim") for line in says))


def tasks(found: list[dict[str, Any]], zone: tzinfo | None) -> RenderableType:
    table = _table("task", "since", "lead", "campaign", "what", "whose", "done")
    for each in shown(found):
        finished = f"{_at(each['done_at'], zone)} by {each['done_by']}" if each["done_at"] else ""
        table.add_row(
            str(each["id"]),
            _at(each["created_at"], zone),
            str(each["lead_id"]),
            escape(each["campaign_id"]),
            escape(each["text"]),
            escape(each["owner"]),
            escape(finished),
        )
    return table


def after_the_calls(story: dict[str, Any], zone: tzinfo) -> list[RenderableType]:
    """What followed the calls of one lead; `story` is made harmless already."""
    parts: list[RenderableType] = []
    if story["messages"]:
        table = _table("message", "follow-up", "by", "to", "state", "since", "why")
        for each in story["messages"]:
            since = _at(each["state_since"], zone)
            table.add_row(
                each["id"][:SHORT],
                *map(escape, (each["action"], each["via"], each["recipient"], each["state"], since, each["reason"])),
            )
        parts.append(table)
    for each in story["tasks"]:
        state = f"done by {each['done_by']}" if each["done_at"] else f"open since {_at(each['created_at'], zone)}"
        parts.append(Text(f"Task {each['id']} ({each['action']}): {each['text']}: {state}."))
    for each in story["replies"]:
        no = " That is a no: nobody contacts this person any more." if each["says_no"] else ""
        parts.append(Text(f"Answered {_at(each['at'], zone)} by {each['via']}: “{each['text']}”.{no}"))
    return parts


def _at(instant: str, zone: tzinfo | None) -> str:
    return datetime.fromisoformat(instant).astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table
