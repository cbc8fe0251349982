"""Queues as a person reads them in a terminal."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from vocero.harmless import shown

OUTCOMES = {
    "caller_abandoned": "hung up waiting",
    "overflowed": "waited the longest, heard the apology",
    "led_on": "went on in the IVR, and hung up there",
    "lost": "ended while nobody watched",
}


def queue_list(found: list[dict[str, Any]]) -> RenderableType:
    if not found:
        return Text("There are no queues yet: make one with `vocero queue put FILE`", style="dim")
    agents, today = ("ready", "at work"), ("today", "answered", "in time", "gave up")
    table = _table("queue", "title", "waiting", "longest", *agents, *today)
    for each in shown(found):
        figures = each["today"]
        table.add_row(
            escape(each["id"]),
            escape(each["title"]),
            str(each["waiting"]),
            _seconds(each["longest_waiting_seconds"]) if each["waiting"] else "",
            str(each["agents_ready"]),
            str(each["agents_at_work"]),
            str(figures["offered"]),
            str(figures["answered"]),
            _level(figures["service_level"], each["service_level_goal"]),
            str(figures["caller_abandoned"] + figures["overflowed"] + figures["led_on"] + figures["lost"]),
        )
    return table


def queue(found: dict[str, Any]) -> RenderableType:
    found = shown(found)
    today = found["today"]
    goal = f"{found['service_level_goal']:.0%} within {_seconds(found['answer_within_seconds'])}"
    asa = "nobody yet" if today["asa_seconds"] is None else _seconds(today["asa_seconds"])
    head = Text.assemble((found["id"], "bold"), f"  {found['title']}")
    lines = [
        f"{found['waiting']} waiting, {found['agents_ready']} agents ready of {found['agents_at_work']} at work",
        f"today {today['offered']} calls: {today['answered']} answered after {asa} on average, "
        f"{today['called_back']} called back, {today['caller_abandoned']} hung up, {today['overflowed']} sent away, "
        f"{today['led_on']} back to the IVR",
    ]
    reached = _level(today["service_level"], found["service_level_goal"])
    level = Text.from_markup(f"service level {reached} (goal {goal})")
    if not found["callers"]:
        return Group(head, *map(Text, lines), level)
    table = _table("caller", "state", "waited", "place told", "agent")
    for each in found["callers"]:
        table.add_row(
            escape(each["number"] or "withheld"),
            each["state"],
            _seconds(each["waited_seconds"]),
            "" if each["position"] is None else str(each["position"]),
            escape(each["agent_id"] or ""),
        )
    return Group(head, *map(Text, lines), level, table)


def gave_up(found: list[dict[str, Any]], zone: tzinfo | None) -> RenderableType:
    if not found:
        return Text("Everybody who called was spoken with.", style="green")
    table = _table("number", "called", "waited", "what happened")
    for each in shown(found):
        called = datetime.fromisoformat(each["arrived_at"]).astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
        waited = _seconds(each["waited_seconds"])
        table.add_row(escape(each["number"] or "withheld"), called, waited, OUTCOMES[each["outcome"]])
    return table


def _level(level: float | None, goal: float) -> str:
    if level is None:
        return "–"
    return f"[{'green' if level >= goal else 'red'}]{level:.0%}[/]"


def _seconds(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    for column in columns:
        table.add_column(column)
    return table
