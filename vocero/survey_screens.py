"""Surveys as a person reads them in a terminal."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from cti_api.model.surveys import Condition, Survey
from vocero.harmless import shown

STATE_STYLES = {"waiting": "cyan", "partial": "yellow", "finished": "green", "refused": "red", "expired": "dim"}
BAR = 20
"""Width of the bar of the answer that most gave."""


def survey(read: Survey) -> RenderableType:
    """What a file says, question by question."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("question", "kind", "is asked", "what it says"):
        table.add_column(column)
    for each in read.questions:
        kind = f"{each.kind} {each.low:g}–{each.high:g}" if each.high else each.kind.value
        kind += f", {each.figure}" if each.figure else ""
        table.add_row(each.id, kind, f"if {_condition(each.only_if)}" if each.only_if else "always", escape(each.ask))
    follows = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("follows", "when", "what", "who", "due"):
        follows.add_column(column)
    for trigger in read.triggers:
        due = f"{trigger.due_seconds / 3600:g} h" if trigger.due_seconds else ""
        due += " of office hours" if trigger.in_office_hours else ""
        who = trigger.owner or trigger.queue
        what = f"{trigger.action}{', if they want it' if trigger.ask else ''}"
        follows.add_row(trigger.name, escape(_condition(trigger.when)), what, escape(who), due)
    return Group(table, follows) if read.triggers else table


def _condition(condition: Condition) -> str:
    return " and ".join(f"{each.question} {each.operator} {'|'.join(each.values)}" for each in condition)


def surveys(found: list[dict[str, Any]], zone: tzinfo | None) -> RenderableType:
    found = shown(found)
    if not found:
        return Text("There is no survey yet: bring one in with `vocero survey publish FILE`", style="dim")
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("survey", "title", "version", "since"):
        table.add_column(column)
    for each in found:
        table.add_row(each["id"], escape(each["title"]), str(each["version"]), _at(each["created_at"], zone))
    return table


def invitations(found: list[dict[str, Any]], zone: tzinfo | None) -> RenderableType:
    found = shown(found)
    if not found:
        return Text("Nobody is invited.", style="dim")
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("id", "service", "person", "telephone", "until", "state", "tries"):
        table.add_column(column)
    for each in found:
        table.add_row(
            str(each["id"]),
            escape(" ".join(filter(None, (each["key"], each["service"])))),
            escape(each["name"]),
            each["phone"],
            _at(each["deadline"], zone),
            Text(each["state"], STATE_STYLES.get(each["state"], "")),
            str(each["tries"]),
        )
    return table


def results(found: dict[str, Any]) -> RenderableType:
    """Group by group, question by question."""
    found = shown(found)
    if not found["groups"]:
        return Text("Nobody was asked yet.", style="dim")
    told: list[RenderableType] = [_group(found, group) for group in found["groups"]]
    if found["cases"]["opened"]:
        told.append(_case_figures(found["cases"]))
    return Group(*told)


def _case_figures(cases: dict[str, Any]) -> Text:
    mean = cases["mean_resolution_seconds"]
    took = f", in {mean / 3600:.1f} h on average" if mean is not None else ""
    return Text(f"{cases['opened']} cases for areas, {cases['done']} done{took}, {cases['late']} late")


def cases(found: list[dict[str, Any]], now: datetime, zone: tzinfo | None) -> RenderableType:
    found = shown(found)
    if not found:
        return Text("There is nothing to see to.", style="dim")
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("sitting", "what", "who", "person", "since", "due", "done"):
        table.add_column(column, overflow="fold")
    for each in found:
        late = each["due_at"] and not each["done_at"] and datetime.fromisoformat(each["due_at"]) < now
        table.add_row(
            each["sitting_id"],
            each["trigger"],
            escape(each["owner"]),
            escape(each["name"]),
            _at(each["opened_at"], zone),
            Text(_at(each["due_at"], zone) if each["due_at"] else "", "bold red" if late else ""),
            f"{_at(each['done_at'], zone)} {escape(each['done_by'])}" if each["done_at"] else "",
        )
    return table


def _group(found: dict[str, Any], group: dict[str, Any]) -> RenderableType:
    asked = group["asked"]
    answered = asked["finished"] + asked["partial"]
    title = escape(found["survey"]["title"])
    if found["by"]:
        title += f" · {found['by']} [bold]{escape(group['group'] or 'not known')}[/]"
    lines: list[RenderableType] = [
        Text.from_markup(
            f"[bold cyan]{title}[/]\n{answered} answered, {asked['finished']} to the end; {asked['refused']} refused, "
            f"{asked['silent']} silent, {asked['expired']} not reached, {asked['waiting']} still to be asked\n"
            f"response rate {_share(group['response_rate'], group['response_interval'])}, "
            f"completion rate {_share(group['completion_rate'], group['completion_interval'])}"
        )
    ]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("question", "figure", "mean", "answers", ""):
        table.add_column(column, justify="right" if column == "answers" else "left")
    for each in group["questions"]:
        table.add_row(
            escape(each["title"]), _figure(each), _mean(each), str(each["answered"]), _bars(each["distribution"])
        )
    return Group(*lines, table)


def _figure(question: dict[str, Any]) -> Text:
    value, interval, kind = question["value"], question["interval"], question["figure"]
    if value is None:
        return Text("")
    if kind == "csat":
        good = question["good"]
        told = f"CSAT {_share(value, interval)}, {'good' if good else 'low'}"
        return Text(told, "green" if good else "red")
    low, high = interval or (None, None)
    within = f" ({low:.1f} to {high:.1f})" if low is not None else ""
    return Text(f"{kind.upper()} {value:+.0f}{within}" if kind == "nps" else f"CES {value:.2f}{within}")


def _mean(question: dict[str, Any]) -> str:
    if question["mean"] is None:
        return ""
    interval = question["mean_interval"]
    return f"{question['mean']:.2f}" + (f" ({interval[0]:.2f} to {interval[1]:.2f})" if interval else "")


def _bars(distribution: dict[str, int]) -> Text:
    most = max(distribution.values(), default=0)
    lines = [
        f"{value:>4} {'█' * round(BAR * count / most) if most else ''} {count or ''}".rstrip()
        for value, count in distribution.items()
        if most
    ]
    return Text("\n".join(lines), "cyan")


def _share(value: float | None, interval: list[float] | None) -> str:
    if value is None:
        return "–"
    within = f" ({interval[0] * 100:.1f} to {interval[1] * 100:.1f})" if interval else ""
    return f"{value * 100:.1f} %{within}"


def _at(text: str, zone: tzinfo | None) -> str:
    return f"{datetime.fromisoformat(text).astimezone(zone):%Y-%m-%d %H:%M}"
