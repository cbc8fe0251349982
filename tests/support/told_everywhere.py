"""One indicator of a campaign, wherever somebody may read it: API, report, Prometheus, board."""

from __future__ import annotations

import io
from dataclasses import dataclass

import python_calamine

from cti_api.kpi.indicators import INDICATORS
from cti_api.kpi.measures import Split
from cti_api.metrics.indicators import metric_name
from tests.support.prometheus import Prometheus
from vocero.client import Control

SUMMARY = "Resumen"
ON_THE_BOARD = {"attempts": "calls_made", "live_answers": "live_answers", "abandoned": "abandoned"}
"""What a campaign's tile shows, and the count behind an indicator that it is."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one campaign, all of its days."""

    api: dict[str, float]
    """By indicator."""
    counts: dict[str, float]
    """Behind them, by measure."""
    report: dict[str, float]
    prometheus: dict[str, float]
    board: dict[str, float]
    """By measure."""


def figures_of(control: Control, prometheus: Prometheus, campaign: str, month: str) -> Figures:
    """`month`: the one in which the campaign was called, ``2026-11``."""
    ids = [name for name, each in INDICATORS.items() if Split.CAMPAIGN in each.splits]
    cards = control.get("/kpi", id=ids, campaign=campaign, month=month)
    told = {card["id"]: figure for card in cards for figure in card["answer"]["figures"] if figure["value"] is not None}
    gauges = {name: metric_name(INDICATORS[name]) for name in told}
    asked = {name: f'{gauge}{{period="month",scope="campaign",name="{campaign}"}}' for name, gauge in gauges.items()}
    series = {name: prometheus.now(question) for name, question in asked.items()}
    workbook = b"".join(control.chunks("/reports/campaign", of=campaign, period=month))
    tile = control.get("/board")["campaigns"][campaign]
    return Figures(
        api={name: figure["value"] for name, figure in told.items()},
        counts={measure: amount for figure in told.values() for measure, amount in figure["counts"].items()},
        report=_summary(workbook),
        prometheus={name: found[0].samples[-1][1] for name, found in series.items() if found},
        board={measure: float(tile[shown]) for shown, measure in ON_THE_BOARD.items()},
    )


def _summary(workbook: bytes) -> dict[str, float]:
    """Each indicator's value in the sheet that begins the report, read as a spreadsheet program would."""
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(workbook))
    by_name = {each.name_es: name for name, each in INDICATORS.items()}
    rows = book.get_sheet_by_name(SUMMARY).to_python()
    return {by_name[row[0]]: row[1] for row in rows if row[0] in by_name and isinstance(row[1], float)}
