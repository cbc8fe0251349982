"""The law's packs and answers as a person reads them in a terminal."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from cti_api.law.facts import Decision
from cti_api.law.questions import Question
from cti_api.law.rules import RULE_TYPES, Pack, Reach
from cti_api.law.terms import Certainty, Channel, Purpose

CERTAINTY_STYLES = {Certainty.SURE: "green", Certainty.LAWYER: "yellow", Certainty.PRUDENCE: "cyan"}
_TYPE_NAMES = {kind: name for name, kind in RULE_TYPES.items()}


def pack_row(pack: Pack) -> dict[str, Any]:
    """The pack as data."""
    return {
        "pack": pack.name,
        "title": pack.title,
        "version": pack.version.isoformat(),
        "review_before": pack.review_before.isoformat(),
        "regions": pack.regions.value if isinstance(pack.regions, Reach) else sorted(pack.regions),
        "zones": list(pack.zones),
        "rules": [
            {
                "id": rule.id,
                "type": _TYPE_NAMES[type(rule)],
                "purposes": [purpose.value for purpose in Purpose if purpose in rule.purposes],
                "channels": [channel.value for channel in Channel if channel in rule.channels],
                "source": rule.source,
                "seen": rule.seen.isoformat(),
                "certainty": rule.certainty.value,
                "in_force": rule.in_force,
            }
            for rule in pack.rules
        ],
    }


def pack_rules(pack: Pack) -> RenderableType:
    """The pack's rules, each with what it rests on."""
    table = _table("rule", "for", "certainty", "source")
    for rule in pack.rules:
        table.add_row(
            escape(rule.id) + ("" if rule.in_force else " [dim](not in force)[/]"),
            f"{_words(rule.purposes, Purpose)}; {_words(rule.channels, Channel)}",
            f"[{CERTAINTY_STYLES[rule.certainty]}]{rule.certainty}[/]",
            f"{escape(rule.source)} [dim](seen {rule.seen})[/]",
        )
    head = f"{pack.title}: version {pack.version}, to be looked at again before {pack.review_before}"
    return Group(Text(head, style="bold"), table)


def policy_answers(questions: Iterable[Question], answers: Iterable[Decision]) -> RenderableType:
    """A row for each case."""
    table = _table("at (UTC)", "asked", "", "why", "opens (UTC)")
    for question, decision in zip(questions, answers, strict=True):
        facts = question.facts
        table.add_row(
            _minute(question.at),
            escape(f"{facts.region} {facts.purpose} {facts.channel}"),
            "[green]yes[/]" if decision.allowed else "[red]no[/]",
            f"{escape(decision.reason)} [dim]{escape(decision.rule)}[/]",
            ""
            if decision.allowed
            else "never by waiting"
            if decision.next_open is None
            else _minute(decision.next_open),
        )
    return table


def _minute(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d} {instant:%H:%M:%S}"


def _table(*titles: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for title in titles:
        table.add_column(title, overflow="fold")
    return table


def _words(some: frozenset[Any], kind: type[Purpose] | type[Channel]) -> str:
    return "any" if len(some) == len(kind) else ", ".join(word for word in kind if word in some)
