"""Indicators as a person reads them in a terminal: in Spanish, as directors do."""

from __future__ import annotations

from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from cti_api.kpi import written
from cti_api.kpi.formula import Unit
from cti_api.kpi.measures import Measure, Split
from cti_api.kpi.words import MEASURES, NOTHING, SPLITS
from vocero.harmless import shown

JUDGED_STYLES = {"good": "green", "watch": "yellow", "bad": "red"}
_KINDS = {
    "call": "llamada", "lead": "registro", "import": "carga", "caller": "llamante", "seat": "turno",
    "appointment": "cita", "sitting": "encuesta", "case": "solicitud", "contract": "contrato",
}  # fmt: skip


def indicators(found: list[dict[str, Any]]) -> RenderableType:
    """What there are."""
    table = _table("indicador", "nombre", "meta", "procedimiento")
    for each in found:
        table.add_row(
            Text(each["id"], "bold"),
            each["name"]["es"],
            _target(each),
            each["procedure"],
        )
    return table


def figure(found: dict[str, Any]) -> RenderableType:
    """One indicator with its answer."""
    found = shown(found)
    answer = found["answer"]
    head = Text.assemble((found["name"]["es"], "bold"), f"  {found['id']}", ("  " + found["procedure"], "dim"))
    days = "hasta " if found["from_beginning"] else f"{answer['first']} a "
    lines: list[RenderableType] = [
        head,
        Text(f"{days}{answer['last']}   {found['formula']['es']}", "dim"),
        Text("; ".join(filter(None, (found["source"]["es"], _target(found)))), "dim"),
        Text(f"por {', '.join(SPLITS[Split(split)].es for split in found['splits'])}", "dim"),
    ]
    if answer["lacking"]:
        return Group(*lines, Text(), Text(answer["lacking_said"], "yellow"), Text())
    lines += [_figures(answer, Unit(found["unit"]))]
    if answer["best"] is not None:
        lines.append(Text(f"El que más asegura: {_said(answer, answer['best'])}", "green"))
    if answer["left_out"]:
        lines.append(Text(f"{answer['left_out']} grupos menores no se muestran.", "dim"))
    return Group(*lines)


def _target(found: dict[str, Any]) -> str:
    return str(found["target"]["said"]["es"]) if found["target"] else ""


def _said(answer: dict[str, Any], group: str) -> str:
    return next(str(each["said"]) for each in answer["figures"] if each["group"] == group)


def _figures(answer: dict[str, Any], unit: Unit) -> RenderableType:
    if not answer["figures"]:
        return Text(NOTHING.es, "dim")
    by = SPLITS[Split(answer["by"])].es if answer["by"] else ""
    measures = [Measure(each) for each in answer["figures"][0]["counts"]]
    table = _table(by, "valor", "95 %", "", *(MEASURES[each].es for each in measures), numbers=(1, 2))
    for column in table.columns[4:]:
        column.justify = "right"
    for each in answer["figures"]:
        style = JUDGED_STYLES.get(each["judged"] or "", "")
        table.add_row(
            escape(each["said"]),
            Text(each["shown"], f"bold {style}"),
            _interval(each["interval"], unit),
            Text(each["judged_said"], style),
            *(written.count(each["counts"][measure]) for measure in measures),
        )
    return table


def _interval(interval: dict[str, float] | None, unit: Unit) -> str:
    if interval is None:
        return ""
    return f"{written.amount(interval['low'], unit)} a {written.amount(interval['high'], unit)}"


def rows(found: list[dict[str, Any]]) -> RenderableType:
    """The facts behind a figure."""
    if not found:
        return Text("No hay filas.", style="dim")
    table = _table("cuándo", "qué", "id", "de", "", "cuenta para")
    for each in shown(found):
        table.add_row(
            each["at"][:19].replace("T", " "),
            _KINDS[each["kind"]],
            escape(each["id"]),
            escape(each["campaign"] or each["queue"] or each["survey"] or ""),
            escape(" · ".join(written.group(Split(split), value) for split, value in each["splits"].items())),
            "; ".join(f"{MEASURES[Measure(m)].es}: {written.count(amount)}" for m, amount in each["counts"].items()),
        )
    return table


def _table(*columns: str, numbers: tuple[int, ...] = ()) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for place, column in enumerate(columns):
        table.add_column(column, justify="right" if place in numbers else "left", overflow="fold")
    return table
