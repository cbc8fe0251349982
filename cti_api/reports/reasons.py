"""Why people were not reached, or reached in vain: the most frequent reason first, by brand beside each other. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final

from cti_api.kpi.answer import Answer
from cti_api.kpi.measures import Split
from cti_api.kpi.written import group
from cti_api.reports.document import Cell, Chart, ChartKind, Column, Form, Sheet, Table
from cti_api.reports.laid_out import lacking_note
from cti_api.reports.words import TOTAL, UNKNOWN

MOST_BRANDS: Final = 10
"""That have a column of their own, so that all are printed on one page; the others, and those without a brand, stand
together in one."""
OTHERS: Final = "Otras, o sin marca"


def reason_sheet(
    name: str, title: str, heading: str, total: float, by_reason: Answer, by_brand: Mapping[str, Answer]
) -> Sheet:
    """`total`: how many there are; `by_reason`: told apart; `by_brand`: the same of each of the greatest brands."""
    counted = _counted(by_reason)
    if (without := round(total) - counted.total()) > 0:
        counted[UNKNOWN] += without
    brands = {brand: _counted(answer) for brand, answer in by_brand.items()}
    beyond = counted.copy()
    for known in brands.values():
        beyond.subtract(known)
    if brands and any(beyond.values()):
        brands[OTHERS] = beyond
    columns = (
        Column(heading="Motivo", width=34),
        Column(heading=heading, form=Form.COUNT, width=12),
        Column(heading="Parte", form=Form.SHARE, width=10),
        Column(heading="Acumulado", form=Form.SHARE, width=12),
        *(Column(heading=brand, form=Form.COUNT, width=12) for brand in brands),
    )
    rows: list[tuple[Cell, ...]] = []
    until = 0.0
    for reason, count in sorted(counted.items(), key=lambda each: (-each[1], each[0])):
        until += count
        own = (each.get(reason, 0) for each in brands.values())
        rows.append((reason, count, count / total, min(until / total, 1.0), *own))
    sums = tuple(sum(each.values()) for each in brands.values())
    table = Table(columns=columns, rows=tuple(rows), total=(TOTAL, total, 1.0 if total else None, None, *sums))
    return Sheet(
        name=name,
        title=title,
        tables=(table,),
        charts=(Chart(kind=ChartKind.PARETO, title=title, names=0, series=(1, 3), most=15),),
        notes=(lacking_note(by_reason),) if by_reason.lacking else (),
    )


def _counted(answer: Answer) -> Counter[str]:
    """By the reason's words; two reasons that read alike are one."""
    counted: Counter[str] = Counter()
    for told in answer.figures:
        if told.value:
            counted[group(Split.REASON, told.group)] += round(told.value)
    return counted
