"""Lists as a person reads about them in a terminal: what a file turned out to be, and its rows with their verdict."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table

from cti_api.lead_file.mapping import ROLES
from cti_api.lead_file.rows import RejectedRow
from cti_api.model.leads import NewLead
from vocero.harmless import harmless, shown


def found_list(found: dict[str, Any]) -> list[str]:
    """What the list turned out to be (`cti_api.lead_file.read.FoundList` as JSON), one line of markup each."""
    if not found:
        return []
    found = shown(found)
    if found["kind"] == "text":
        lines = [f"Text in {found['encoding']}, delimiter: {escape(found['delimiter'])}."]
    else:
        lines = [f"{found['kind'].upper()}, sheet {escape(found['sheet'])}."]
        if found["other_sheets"]:
            lines.append(f"Not read: the sheets {escape(', '.join(found['other_sheets']))}.")
    lines[0] += f" Header in line {found['header_line']}" if found["header_line"] else " No header"
    lines[0] += f", {found['titles']} title lines above it." if found["titles"] else "."
    named = {role: found["columns"][entry] for role, entry in ROLES.items()}
    told = [f"{role} {' + '.join(column) if role == 'phone' else column}" for role, column in named.items() if column]
    lines.append(f"Columns: {escape(' · '.join(told))}.")
    return lines


def list_preview(found: dict[str, Any], rows: Sequence[NewLead | RejectedRow]) -> RenderableType:
    """The file, and its first rows with their verdict."""
    table = _table("line", "name", "numbers", "verdict", numbers=(0,))
    for row in rows:
        if isinstance(row, NewLead):
            numbers = ", ".join(phone.e164 for phone in row.phones)
            table.add_row(str(row.line), escape(harmless(row.name)), numbers, "[green]lead[/]")
            continue
        why = escape(harmless(f"{row.column}: {row.reason}" if row.column else row.reason))
        if row.row_kept:
            table.add_row("", "", "", f"[yellow]without[/] {why}")
        else:
            verdict = "[cyan]duplicate[/]" if row.duplicate_of else "[red]rejected[/]"
            table.add_row(str(row.line), "", "", f"{verdict} {why}")
    return Group(*found_list(found), table)


def sources(found: list[dict[str, Any]]) -> RenderableType:
    table = _table("source", "columns", "since")
    for each in shown(found):
        columns = " · ".join(f"{role} {' + '.join(names)}" for role, names in each["columns"].items())
        table.add_row(escape(each["name"]), escape(columns), each["updated_at"][:16].replace("T", " "))
    return table


def _table(*columns: str, numbers: tuple[int, ...] = ()) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for index, column in enumerate(columns):
        table.add_column(column, justify="right" if index in numbers else "left", overflow="fold")
    return table
