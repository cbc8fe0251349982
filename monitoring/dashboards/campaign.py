"""One campaign: how it does today, what becomes of its calls, what is left of its list."""

from __future__ import annotations

from cti_api.metrics.indicators import Shown
from monitoring.dashboards.indicators import Of, Targets, beside, number, trend
from monitoring.dashboards.promql import ever, grown, per_minute, spaced, zero
from monitoring.dashboards.values import Board, Colour, Kind, Panel, Query, Row, Unit, Variable
from monitoring.dashboards.words import ALARM, LEAD_STATES, RESULTS

ONE = '{campaign="$campaign"}'
ATTEMPTS = f"vocero_attempts_total{ONE}"


def campaign(targets: Targets) -> Board:
    today = Of(shown=Shown.CAMPAIGN, name="$campaign")
    figures = ("calls_made", "effectiveness", "contact_rate", "successes", "conversion", "penetration")
    abandonment = beside(number("abandonment", today, targets, 3), f"vocero_abandonment_limit_ratio{ONE}")
    return Board(
        id="vocero-campaign",
        title="Vocero: campaña",
        means="Una campaña: cómo va hoy, en qué terminan sus llamadas y qué queda de su lista.",
        variables=(Variable("campaign", "Campaña", "vocero_attempts_total", "campaign"),),
        since="now-3h",
        rows=(
            Row("Hoy", (*(number(name, today, targets, 3) for name in figures), abandonment, _alarm()), height=5),
            Row("Llamadas", _calls()),
            Row("Lista", _list()),
            Row(
                "Cómo va el día",
                (
                    trend("Efectividad y contacto", ("effectiveness", "contact_rate", "conversion"), today, targets),
                    trend("Llamadas por contacto", ("attempts_per_contact",), today, targets),
                ),
            ),
        ),
    )


def _alarm() -> Panel:
    return Panel(
        title="Alarma",
        kind=Kind.NUMBER,
        means="Si la campaña no puede llamar ahora; el tablero de Vocero dice por qué.",
        queries=(Query(zero(f"max(vocero_campaign_alarm{ONE})")),),
        values=ALARM,
        width=3,
    )


def _calls() -> tuple[Panel, ...]:
    said = grown(f"vocero_dispositions_total{ONE}", "disposition")
    return (
        Panel(
            title="Llamadas por minuto, por resultado",
            kind=Kind.LINES,
            means="Intentos que terminaron, por lo que resultó de cada uno.",
            queries=(Query(ever(ATTEMPTS, per_minute(ATTEMPTS, "result"), "result"), "{{result}}"),),
            series=RESULTS,
            stacked=True,
            decimals=1,
            width=12,
        ),
        Panel(
            title="Resultados",
            kind=Kind.BARS,
            means="Intentos que terminaron en el tiempo del panel, por lo que resultó de cada uno.",
            queries=(Query(f"sort_desc({grown(ATTEMPTS, 'result')} > 0)", "{{result}}", once=True),),
            series=RESULTS,
            decimals=0,
            width=6,
        ),
        Panel(
            title="Tipificaciones",
            kind=Kind.BARS,
            means="Lo que los agentes dijeron de las llamadas que terminaron en el tiempo del panel.",
            queries=(
                Query(
                    f"sort_desc({spaced(said, 'disposition')} > 0)",
                    "{{disposition}}",
                    once=True,
                ),
            ),
            decimals=0,
            width=6,
        ),
    )


def _list() -> tuple[Panel, ...]:
    return (
        Panel(
            title="La lista, por estado",
            kind=Kind.BARS,
            means="Personas de la campaña, por lo que falta hacer con ellas. Solo mientras está en marcha.",
            queries=(Query(f"sort_desc(sum by (state) (vocero_leads{ONE}))", "{{state}}", once=True),),
            series=LEAD_STATES,
            decimals=0,
            nothing="no está en marcha",
        ),
        Panel(
            title="En curso y por marcar",
            kind=Kind.LINES,
            means="Llamadas en curso, y personas reservadas que esperan a que se les marque.",
            queries=(
                Query(f"vocero_calls_in_flight{ONE}", "en curso"),
                Query(f"vocero_hopper_depth{ONE}", "por marcar"),
            ),
            decimals=0,
        ),
        Panel(
            title="De que contesta a que oye al agente",
            kind=Kind.LINES,
            means="Desde que la persona contesta (o desde que se sabe que no es un contestador) hasta que habla con un "
            "agente: 95 de 100, en menos de esto, en los últimos 5 minutos. El límite es de 2 s (16 CFR 310.4).",
            queries=(Query(f"campaign:vocero_answer_to_agent_seconds:p95_5m{ONE}", "95 de 100, en menos de"),),
            unit=Unit.MOMENT,
            steps=((None, Colour.GOOD), (2, Colour.BAD)),
            line_at_steps=True,
        ),
    )
