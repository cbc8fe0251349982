"""What people answer: satisfaction, recommendation, ease, of each survey."""

from __future__ import annotations

from typing import Final

from cti_api.kpi.indicators import INDICATORS
from cti_api.metrics.indicators import Period, Shown, metric_name
from monitoring.dashboards.indicators import Of, Targets, bars, number, trend
from monitoring.dashboards.values import Board, Kind, Panel, Row, Variable

FIGURES: Final = ("response_rate", "satisfaction", "csat", "nps", "ces")
EXPLAINED: Final = """
**CSAT** y satisfacción: de quienes respondieron, los que dieron una nota que la encuesta llama satisfecha.
**NPS**: 100 × (de 9 a 10 − de 0 a 6) / respuestas. **CES**: el promedio de qué tan fácil fue.

Con menos de 30 respuestas una cifra dice poco; su intervalo del 95 % está en `vocero kpi` y en el reporte.
"""


def surveys(targets: Targets) -> Board:
    month = Of(period=Period.MONTH, shown=Shown.SURVEY, name="$survey")
    each = Of(period=Period.MONTH, shown=Shown.SURVEY)
    response = f'{metric_name(INDICATORS["response_rate"])}{{scope="{Shown.SURVEY}"}}'
    return Board(
        id="vocero-surveys",
        title="Vocero: encuestas",
        means="Lo que la gente responde: satisfacción, recomendación y facilidad, de cada encuesta.",
        variables=(Variable("survey", "Encuesta", response, "name"),),
        since="now-7d",
        refresh="1m",
        rows=(
            Row(
                "Este mes",
                (
                    *(number(name, month, targets, 4) for name in FIGURES),
                    Panel(title="Cómo se leen", kind=Kind.TEXT, means="Las definiciones.", text=EXPLAINED, width=4),
                ),
                height=8,
            ),
            Row(
                "Cómo va el mes",
                (
                    trend("Satisfacción y respuesta", ("csat", "response_rate"), month, targets),
                    trend("Recomendación neta (NPS)", ("nps",), month, targets, 6),
                    trend("Facilidad (CES)", ("ces",), month, targets, 6),
                ),
            ),
            Row(
                "Todas las encuestas",
                (bars("satisfaction", each, targets, 12), bars("response_rate", each, targets, 12)),
            ),
        ),
    )
