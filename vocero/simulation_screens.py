"""A simulation in a terminal: policies side by side as a table and as bars, with their confidence intervals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any, Final

from rich import box
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from dialer.simulate.comparison import Row
from dialer.simulate.intervals import Interval
from dialer.simulate.question import Question
from dialer.simulate.supposing import Supposed

BAR: Final = 40
SURE, UNSURE, LIMIT = "█", "▒", "│"
LIKE: Final = "-like"


def comparison_row(question: Question, rows: Sequence[Row], supposed: Sequence[Supposed]) -> dict[str, Any]:
    """As data; shares 0..1, lengths in seconds."""
    return {
        "agents": question.agents,
        "limit": question.cap,
        "hours": question.world.hours,
        "leads": question.crowd.count if question.crowd is not None else None,
        "supposed": [asdict(each) for each in supposed],
        "policies": [asdict(each) for each in rows],
    }


def supposed_lines(supposed: Sequence[Supposed]) -> RenderableType:
    """What everything rests on."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim")
    table.add_column()
    table.add_column(style="dim")
    for each in supposed:
        table.add_row(escape(each.what), escape(each.value), escape(each.source))
    return table


def comparison_table(question: Question, rows: Sequence[Row]) -> RenderableType:
    """The figures, ± half of their 95 % confidence interval."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=0)
    table.add_column("policy", overflow="fold")
    ends = question.crowd is not None
    headings = ("util. %", "wait s", "aband. %", "over", "calls")
    for heading in (*headings, *(("done, h", "left") if ends else ())):
        table.add_column(heading, justify="right", no_wrap=True)
    for each in rows:
        shifts = len(each.shifts)
        cells: list[RenderableType] = [
            escape(each.policy),
            _pm(each.utilisation, 100, 1),
            _pm(each.wait, 1, 1),
            _pm(each.abandonment, 100, 2),
            Text(f"{each.over} of {shifts}", style="bold red" if each.over else "green"),
            _pm(each.dialed, 1, 0),
        ]
        if ends:
            some = f" in {each.exhausted_in}" if each.exhausted_in < shifts else ""
            cells += [
                "–" if each.exhausted is None else f"{_pm(each.exhausted, 1 / 3600, 1)}{some}",
                "–" if each.leads_left is None else _pm(each.leads_left, 1, 0),
            ]
        table.add_row(*cells)
    return table


def comparison_plot(question: Question, rows: Sequence[Row]) -> RenderableType:
    """The same as bars; the end of a bar is shaded over its confidence interval."""
    panels = [
        _panel("Utilisation %", rows, lambda each: each.utilisation, 100, 100.0),
        _panel("An agent waits for a call, s", rows, lambda each: each.wait, 1),
        _panel("Abandoned %", rows, lambda each: each.abandonment, 100, mark=question.cap * 100),
        _panel("Calls placed", rows, lambda each: each.dialed, 1),
    ]
    if any(each.exhausted is not None for each in rows):
        panels.append(_panel("The list is done after, hours", rows, lambda each: each.exhausted, 1 / 3600))
    return Group(*panels)


def notes(question: Question, rows: Sequence[Row]) -> RenderableType:
    """What has to be said about the figures."""
    shifts = len(rows[0].shifts)
    said = [f"{shifts} shifts each, of the same people and the same talks; ± is half of a 95 % confidence interval."]
    if shifts == 1:
        said = ["One shift each, of the same people and the same talks: no telling how far the next would be from it."]
    if any(LIKE in each.policy for each in rows):
        said.append("-like: made after a published description, not the product itself.")
    said.append(f"Over: shifts with more abandoned calls than {question.cap * 100:g} % of the answers and one more.")
    if question.crowd is not None:
        said.append("Done: when nobody was left to be called; left: leads in no final state at the end.")
    return Text("\n".join(said), style="dim")


def _panel(
    title: str,
    rows: Sequence[Row],
    of: Callable[[Row], Interval | None],
    scale: float,
    top: float | None = None,
    mark: float | None = None,
) -> RenderableType:
    found = [of(each) for each in rows]
    highest = max([each.high * scale for each in found if each is not None] + [mark or 0.0])
    top = top or highest or 1.0
    table = Table.grid(padding=(0, 1))
    table.add_column(min_width=max(len(each.policy) for each in rows) + 2)
    table.add_column(width=BAR)
    table.add_column(justify="right")
    for each, value in zip(rows, found, strict=True):
        if value is not None:
            table.add_row(f"  {each.policy}", _bar(value, scale, top, mark), f"{value.mean * scale:,.4g}")
        else:
            table.add_row(f"  {each.policy}", "", "–")
    heading = Text(f"\n{title}", style="bold")
    if mark is not None:
        heading.append(f"   {LIMIT} the limit", style="dim")
    return Group(heading, table)


def _bar(value: Interval, scale: float, top: float, mark: float | None) -> Text:
    def place(at: float) -> int:
        return min(max(round(at / top * BAR), 0), BAR)

    low, high = place(value.low * scale), place(value.high * scale)
    low = min(low, place(value.mean * scale))
    signs = [SURE] * low + [UNSURE] * (high - low) + [" "] * (BAR - high)
    if mark is not None:
        signs[min(place(mark), BAR - 1)] = LIMIT
    over = mark is not None and value.mean * scale > mark
    return Text("".join(signs), style="red" if over else "green")


def _pm(value: Interval, scale: float, digits: int) -> str:
    mean = f"{value.mean * scale:,.{digits}f}"
    return f"{mean}±{value.half * scale:,.{digits}f}" if value.half else mean
