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
    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in ("", "tree", "version", "title", "in force since", "by"):
        table.add_column(column)
    for each in shown(list(found)):
        at = datetime.fromisoformat(each["at"]).astimezone(zone).strftime("%Y-%m-%d %H:%M")
        mark = Text("●", "green") if each["in_force"] else Text("")
        words = (each["tree"], str(each["version"]), each["title"], at, each["by"])
        table.add_row(mark, *map(Text, words))
    return table


def _covered(what: str, count: int, missed: tuple[str, ...]) -> Text:
    share = 100.0 * (count - len(missed)) / count if count else 100.0
    text = Text(f"{count - len(missed)} of {count} {what} covered, {int(share)} %")
    if missed:
        text.append(f"; not: {', '.join(missed)}", "yellow")
    return text
