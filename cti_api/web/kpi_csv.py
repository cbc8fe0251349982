"""Figures as lines for a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from cti_api.kpi import written
from cti_api.kpi.words import MEASURES
from cti_api.web.csv_text import BOM, csv_row
from cti_api.web.kpi_shown import IndicatorCard

_COLUMNS: Final = (
    "indicador", "nombre", "desde", "hasta", "por", "grupo", "valor", "unidad", "intervalo_desde", "intervalo_hasta",
    "juicio", "meta", "formula", "conteos", "sin_datos",
)  # fmt: skip


def csv_of(cards: Iterable[IndicatorCard], sign: str) -> str:
    """A line for each group of each indicator; of one that lacks its facts, a line that says so."""
    lines = [BOM + csv_row(_COLUMNS, sign)]
    for card in cards:
        if (answer := card.answer) is None:
            continue
        told = answer.by.value if answer.by is not None else ""
        head = [card.id, card.name.es, answer.first.isoformat(), answer.last.isoformat(), told]
        tail = [card.target.said.es if card.target is not None else "", card.formula.es]
        if answer.lacking:
            lines.append(csv_row([*head, "", None, card.unit, None, None, "", *tail, "", answer.lacking_said], sign))
        for each in answer.figures:
            low, high = (each.interval.low, each.interval.high) if each.interval is not None else (None, None)
            counts = "; ".join(f"{MEASURES[m].es}: {written.count(amount)}" for m, amount in each.counts.items())
            cells = [*head, each.said, each.value, card.unit, low, high, each.judged_said, *tail, counts, ""]
            lines.append(csv_row(cells, sign))
    return "".join(lines)
