"""The law in force and its changes, as a person reads them in a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, tzinfo
from typing import Any, Final

from rich import box
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

EFFECTS: Final = {
    "loosens": "[red]afloja[/]",
    "tightens": "[green]restringe[/]",
    "same": "[dim]igual[/]",
}
STATES: Final = {"pending": "pendiente", "applied": "aplicado", "withdrawn": "retirado"}
VERDICTS: Final = {
    "loosens": "[red]Afloja[/] las reglas: hace falta la aprobación de una segunda persona.",
    "tightens": "[green]Solo restringe[/]: basta una persona.",
    "same": "No cambia a quién se puede contactar: basta una persona.",
}


def held(periods: Sequence[dict[str, Any]], zone: tzinfo | None) -> RenderableType:
    table = _table("paquete", "versión", "título", "desde", "por", "segunda persona")
    for each in periods:
        since = _minute(each["since"], zone)
        table.add_row(*map(escape, (each["pack"], each["version"], each["title"], since, each["by"], each["second"])))
    return table


def shown(pack: dict[str, Any], periods: Sequence[dict[str, Any]], zone: tzinfo | None) -> RenderableType:
    """A version of a pack, its rules in words, and when each version held."""
    rules = _table("regla", "")
    for name, words in pack["rules"].items():
        rules.add_row(escape(name), escape(words))
    head = Text(f"{pack['pack']} {pack['version']}: {pack['title']}", style="bold")
    return Group(head, rules, *_told_periods(periods, zone))


def _told_periods(periods: Sequence[dict[str, Any]], zone: tzinfo | None) -> Iterator[RenderableType]:
    for each in periods:
        until = "vigente" if each["until"] is None else f"hasta el {_minute(each['until'], zone)}"
        who = each["by"] + (f", aprobado por {each['second']}" if each["second"] else "")
        yield Text(f"{each['version']}: desde el {_minute(each['since'], zone)}, {until}; {who}")


def compared(found: dict[str, Any]) -> RenderableType:
    """What another law would do, for a supervisor."""
    if not found["differences"]:
        return Text("Son las reglas vigentes: no cambia nada.")
    table = _table("paquete", "regla", "", "qué cambia")
    for each in found["differences"]:
        table.add_row(
            escape(each["pack"]), escape(each["rule"]), EFFECTS[each["effect"]], escape("\n".join(each["words"]))
        )
    taken = (
        Text(f"La versión {each} ya existe con otro texto: para aplicarlo, escriba en `version` un día sin usar.")
        for each in found["versions_taken"]
    )
    return Group(table, Text.from_markup(VERDICTS[found["effect"]]), *taken, *_reach(found["reach"]))


def _reach(reach: dict[str, Any]) -> Iterator[RenderableType]:
    open_leads, looked_at = reach["open_leads"], reach["looked_at"]
    if not open_leads:
        yield Text("No hay contactos por llamar.")
        return
    about = "" if looked_at == open_leads else "unos "
    yield Text(
        f"De {open_leads} contactos por llamar: ahora mismo bloquea {about}{reach['blocked_now']} y libera "
        f"{about}{reach['freed_now']}; en algún momento de los próximos 7 días bloquea {about}"
        f"{reach['blocked_in_week']} y libera {about}{reach['freed_in_week']}."
    )
    if looked_at < open_leads:
        yield Text(f"Calculado con una muestra de {looked_at} contactos.", style="dim")


def changes(found: Sequence[dict[str, Any]], zone: tzinfo | None) -> RenderableType:
    table = _table("#", "estado", "paquetes", "pedido por", "decidido por", "qué cambia")
    for each in found:
        packs = ", ".join([*each["packs"], *(f"{name} (se quita)" for name in each["removed"])])
        table.add_row(
            str(each["id"]),
            STATES[each["state"]] + (" [red](afloja)[/]" if each["loosens"] else ""),
            escape(packs),
            escape(_who(each["by"], each["by_user"], each["at"], zone)),
            escape(_who(each["second"], each["second_user"], each["decided_at"], zone)) if each["second"] else "",
            escape("\n".join(each["told"])),
        )
    return table


def _who(name: str, user: str, at: str, zone: tzinfo | None) -> str:
    return f"{name} ({user})\n{_minute(at, zone)}" if user else f"{name}\n{_minute(at, zone)}"


def _minute(instant: str, zone: tzinfo | None) -> str:
    return f"{datetime.fromisoformat(instant).astimezone(zone):%Y-%m-%d %H:%M}"


def _table(*titles: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for title in titles:
        table.add_column(title, overflow="fold")
    return table
