"""What a plan made of many people, in a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from dialer.leads.plan_population import Population


def population_row(found: Population) -> dict[str, Any]:
    """As data; `days` as its median, ninth tenth and longest."""
    row = asdict(found) | {"reached": found.reached}
    row["days"] = {"half": _at(found, 0.5), "nine_tenths": _at(found, 0.9), "longest": _at(found, 1.0)}
    row["reached_by_attempt"] = {str(attempt): count for attempt, count in found.reached_by_attempt.items()}
    return row


def population_table(found: Population, rates: Mapping[str, float]) -> RenderableType:
    parts: list[RenderableType] = [
        Text.assemble((f"{found.people} people", "bold"), f", {found.calls} calls"),
        Text(),
        Text("Calls by part of the day", style="bold"),
        _bars(
            {
                f"{name or 'in no part'} (answered {rates[name] * 100:g} %)": n
                for name, n in found.calls_by_part.items()
            },
            found.calls,
        ),
        Text(),
        Text("Reached by attempt", style="bold"),
        _bars(
            {f"{attempt}": count for attempt, count in found.reached_by_attempt.items()}
            | {"not reached": found.people - found.reached},
            found.people,
        ),
        Text(),
        Text("How the leads end", style="bold"),
        _bars(found.ended, found.people),
        Text(),
        Text(
            f"Days from the first call to the last: {_at(found, 0.5)} for half of them, {_at(found, 0.9)} for nine of "
            f"ten, {_at(found, 1.0)} at most"
        ),
    ]
    for rule, times in found.hindered.items():
        parts.append(Text(f"Held up {times} times by {escape(rule)}", style="dim"))
    style = "green" if not found.outside else "bold red"
    parts.append(Text(f"{found.outside} calls outside of the law's hours", style=style))
    return Group(*parts)


def _bars(counts: Mapping[str, int], whole: int) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(min_width=28, overflow="fold")
    table.add_column(justify="right")
    table.add_column(justify="right", style="dim")
    table.add_column()
    for name, count in counts.items():
        bar = ProgressBar(total=max(whole, 1), completed=count, width=24)
        table.add_row(escape(name), str(count), f"{count / max(whole, 1) * 100:.1f} %", bar)
    return table


def _at(found: Population, share: float) -> int:
    return found.days[min(int(len(found.days) * share), len(found.days) - 1)] if found.days else 0
