"""A person's evidence, and an erasure, as a supervisor reads them in a terminal: in Spanish."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, tzinfo
from typing import Any, Final

from rich import box
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from cti_api.evidence.told import Section, opening, sections
from vocero.harmless import shown
from vocero.traces import Searched

MOST_ROWS: Final = 30
"""Of a section on the screen; the export has all of them."""


def everything(evidence: dict[str, Any], zone: tzinfo | None) -> RenderableType:
    """All that is on record; of long tables the last rows."""
    evidence = shown(evidence)
    names = ", ".join(evidence["person"]["names"]) or "Persona sin nombre"
    parts: list[RenderableType] = [Text(names, "bold"), *(Text(line, "dim") for line in opening(evidence, zone))]
    for section in sections(evidence, zone):
        parts += _section(section)
    return Group(*parts)


def _section(section: Section) -> list[RenderableType]:
    table = _table(*section.columns)
    for row in section.rows[-MOST_ROWS:]:
        table.add_row(*map(escape, row))
    title = Text.assemble((section.title, "bold"), (f" ({len(section.rows)})", "dim"))
    left_out = len(section.rows) - MOST_ROWS
    more = [Text(f"… y {left_out} anteriores: --export las tiene todas.", "dim")] if left_out > 0 else []
    return [Text(), title, table, *more]


def erased(done: dict[str, Any], searched: Searched | None) -> RenderableType:
    """What an erasure did, what it left, and what was found afterwards."""
    done = shown(done)
    person = done["person"]
    who = ", ".join([*person["names"], *person["numbers"]]) or "La persona"
    if not done["dry_run"] and not done["erasure_id"]:
        since = f" Se borró el {person['erased_at'][:10]}." if person["erased_at"] else ""
        return Text(f"{who}: no quedaba nada por borrar.{since}")
    table = _table("qué", "filas")
    for each in done["rows"]:
        table.add_row(escape(each["title"]), str(each["rows"]))
    table.add_row("Grabaciones (archivos)", str(done["recordings"]))
    if done["appointments"]:
        table.add_row("Citas por venir que se cancelan", str(done["appointments"]))
    head = f"{who}: se borraría" if done["dry_run"] else f"{who}: borrada. Solicitud {done['erasure_id']}"
    parts: list[RenderableType] = [Text(head, "bold"), table, Text("Lo que queda:", "bold")]
    parts += [Text(f"· {line}") for line in done["kept"]]
    if not done["dry_run"]:
        parts += [Text(), *_proof(done, searched)]
    return Group(*parts)


def _proof(done: dict[str, Any], searched: Searched | None) -> Iterable[Text]:
    if not done["finished"]:
        yield Text(
            "! Falta quitar archivos, o números del diario de Asterisk: vea el registro; se hace al próximo arranque.",
            "yellow",
        )
    if searched is None:
        yield Text("No se buscaron rastros: los archivos del almacén no están en este equipo.", "dim")
        return
    looked = f"{searched.files} archivos ({searched.bytes / 1e6:,.1f} MB) de {searched.folder}"
    if not searched.found:
        yield Text(f"✓ Ni rastro en {looked}.", "green")
    for file, what in searched.found:
        yield Text(f"! {file} tiene todavía {what}.", "red" if file else "")
    if any(file.endswith(".db") for file, _ in searched.found):
        yield Text("En un almacén de una versión anterior: pare Vocero y ejecute vocero db compact.", "yellow")
    for file in searched.closed:
        yield Text(f"! {file} no se pudo leer.", "yellow")


def audit(found: list[dict[str, Any]], zone: tzinfo | None) -> RenderableType:
    found = shown(found)
    if not found:
        return Text("No se ha borrado a nadie.", style="dim")
    table = _table("cuándo", "solicitud", "responsable", "motivo", "números", "grabaciones", "filas", "")
    for each in found:
        rows = " · ".join(f"{name} {count}" for name, count in each["rows"].items())
        table.add_row(
            datetime.fromisoformat(each["at"]).astimezone(zone).strftime("%Y-%m-%d %H:%M"),
            each["erasure_id"],
            escape(each["by"]),
            escape(each["reason"]),
            str(each["numbers"]),
            str(each["recordings"]),
            escape(rows),
            "" if each["finished_at"] else "[yellow]sin terminar[/]",
        )
    return table


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table
