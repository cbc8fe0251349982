"""What `vocero ivr` shows: cases and what they came through, and published versions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ivr.tree.run_cases import Coverage, Ran
from vocero.harmless import shown


def case_rows(ran: Sequence[Ran], covered: Coverage) -> dict[str, Any]:
    """Cases and coverage as JSON has them."""
    return {
        "cases": [
            {
                "name": each.case.name,
                "line": each.case.line,
                "passed": not each.problem,
                "problem": each.problem or None,
                "path": list(each.path),
                "end": each.end,
            }
            for each in ran
        ],
        "coverage": {
            "nodes": len(covered.nodes),
            "nodes_missed": list(covered.nodes_missed),
            "ways": len(covered.ways),
            "ways_missed": [f"{way.node}.{way.name}" for way in covered.ways_missed],
        },
    }


def case_table(ran: Sequence[Ran], covered: Coverage) -> RenderableType:
    """Each case in a line, those that fail with why; below it the coverage."""
    table = Table(box=None, pad_edge=False, show_header=False)
    for each in ran:
        mark = Text("✗", "bold red") if each.problem else Text("✓", "green")
        where = Text(f"line {each.case.line}: {each.problem}") if each.problem else Text(each.end, "dim")
        table.add_row(mark, Text(each.case.name), where)
    failed = sum(bool(each.problem) for each in ran)
    lines = [Text(f"{len(ran) - failed} of {len(ran)} cases as expected", "bold red" if failed else "bold")]
    lines.append(_covered("nodes", len(covered.nodes), covered.nodes_missed))
    lines.append(_covered("ways", len(covered.ways), tuple(f"{way.node}.{way.name}" for way in covered.ways_missed)))
    return Group(table, *lines)


def tree_versions(found: Sequence[dict[str, Any]], zone: tzinfo | None) -> RenderableType:
    """Versions of trees, those in force marked."""
    if not found:
        return Text("No tree was published yet: `vocero ivr publish FILE`", style="dim")
    table = _columns("", "tree", "version", "title", "in force since", "by")
    for each in shown(list(found)):
        at = _at(each["at"], zone)
        mark = Text("●", "green") if each["in_force"] else Text("")
        words = (each["tree"], str(each["version"]), each["title"], at, each["by"])
        table.add_row(mark, *map(Text, words))
    return table


def led_calls(found: Sequence[dict[str, Any]], zone: tzinfo | None) -> RenderableType:
    """Calls, the latest first."""
    if not found:
        return Text("No call was led by a tree yet.", style="dim")
    table = _columns("began", "tree", "version", "caller", "ended", "at", "call")
    for each in shown(list(found)):
        words = (
            _at(each["began_at"], zone), each["tree"], str(each["version"]), each["number"] or "withheld",
            each["ending"] or "under way", each["node"], each["id"],
        )  # fmt: skip
        table.add_row(*map(Text, words))
    return table


def led_call(found: dict[str, Any], zone: tzinfo | None) -> RenderableType:
    """One call: the nodes it left, with their ways, and its tickets."""
    call = shown(found["call"])
    head = Text(
        f"{call['number'] or 'withheld'} called {call['called']} at {_at(call['began_at'], zone)}: {call['tree']} "
    )
    head.append(f"in version {call['version']}, {call['ending'] or 'under way'} at {call['node']}")
    table = _columns("node", "left by", "tree")
    for each in shown(found["passed"]):
        table.add_row(Text(each["node"]), Text(each["way"] or "·"), Text(each["tree"], "dim"))
    return Group(head, table, *([ticket_list(found["tickets"], zone)] if found["tickets"] else []))


def ticket_list(found: Sequence[dict[str, Any]], zone: tzinfo | None) -> RenderableType:
    """Tickets, with what was told."""
    if not found:
        return Text("No caller opened a ticket yet.", style="dim")
    table = _columns("ticket", "at", "what", "caller", "told")
    for each in shown(list(found)):
        told = ", ".join(f"{name}: {value}" for name, value in each["values"].items())
        words = (str(each["id"]), _at(each["at"], zone), each["kind"], each["number"] or "withheld", told)
        table.add_row(*map(Text, words))
    return table


def _columns(*names: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in names:
        table.add_column(name)
    return table


def _at(instant: str, zone: tzinfo | None) -> str:
    return datetime.fromisoformat(instant).astimezone(zone).strftime("%Y-%m-%d %H:%M")


def _covered(what: str, count: int, missed: tuple[str, ...]) -> Text:
    share = 100.0 * (count - len(missed)) / count if count else 100.0
    text = Text(f"{count - len(missed)} of {count} {what} covered, {int(share)} %")
    if missed:
        text.append(f"; not: {', '.join(missed)}", "yellow")
    return text
