"""What people answer: satisfaction, recommendation, ease, of each survey."""

from __future__ import annotations

from typing import Final

from cti_api.kpi.indicators import INDICATORS
from cti_api.metrics.indicators import Period, Shown, metric_name
from monitoring.dashboards.indicators import NO_FACTS, Of, Targets, bars, number, trend
from monitoring.dashboards.promql import grown
from monitoring.dashboards.values import Board, Kind, Panel, Query, Row, Variable
from monitoring.dashboards.words import FIGURE_NAMES, SITTINGS

FIGURES: Final = ("response_rate", "satisfaction", "csat", "nps", "ces")
SCORE: Final = "vocero_survey_score"
EXPLAINED: Final = """
**CSAT** y satisfacción: de quienes respondieron, los que dieron una nota que la encuesta llama satisfecha.
**NPS**: 100 × (de 9 a 10 − de 0 a 6) / respuestas. **CES**: el promedio de qué tan fácil fue.

Con menos de 30 respuestas una cifra dice poco; su intervalo del 95 % está en `vocero kpi` y en el informe.
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
            Row("Conversaciones", _sittings()),
            Row(
                "Todas las encuestas",
                (bars("satisfaction", each, targets, 12), bars("response_rate", each, targets, 12)),
            ),
        ),
    )


def _sittings() -> tuple[Panel, ...]:
    one = '{survey="$survey"}'
    return (
        Panel(
            title="Cómo terminan",
            kind=Kind.BARS,
            means="Conversaciones de la encuesta que terminaron en el tiempo del panel.",
            queries=(
                Query(f"sort_desc({grown(f'vocero_survey_sittings_total{one}', 'outcome')})", "{{outcome}}", once=True),
            ),
            series=SITTINGS,
            decimals=0,
            width=12,
        ),
        Panel(
            title="Nota media, por índice",
            kind=Kind.BARS,
            means="Lo que dieron quienes respondieron en el tiempo del panel, en la escala de cada pregunta.",
            queries=(
                Query(
                    f"{grown(f'{SCORE}_sum{one}', 'figure')} / {grown(f'{SCORE}_count{one}', 'figure')}",
                    "{{figure}}",
                    once=True,
                ),
            ),
            series=FIGURE_NAMES,
            nothing=NO_FACTS,
            decimals=1,
            width=12,
        ),
    )
