"""The predictive pacer at work, and the promise that it keeps (docs/pacing.md)."""

from __future__ import annotations

from monitoring.dashboards.promql import per_minute
from monitoring.dashboards.values import Board, Colour, Kind, Panel, Query, Row, Unit, Variable
from monitoring.dashboards.words import AGENT_STATES, PACING

ONE = '{campaign="$campaign"}'


def pacing() -> Board:
    return Board(
        id="vocero-pacing",
        title="Vocero: ritmo de marcación",
        means="Por qué se hacen las llamadas que se hacen, y cuánto falta para el límite de abandono.",
        variables=(Variable("campaign", "Campaña", "vocero_abandonment_limit_ratio", "campaign"),),
        rows=(
            Row("Abandono", _abandonment()),
            Row("Decisiones", _decisions()),
        ),
    )


def _abandonment() -> tuple[Panel, ...]:
    return (
        Panel(
            title="Abandono, de su límite",
            kind=Kind.NUMBER,
            means="Personas que contestaron y no oyeron a un agente a tiempo, de todas las que contestaron, en la "
            "ventana que promete la campaña: qué parte es de lo que la campaña permite. Más de 100 % es demasiado.",
            queries=(Query(f"vocero_abandonment_ratio{ONE} / vocero_abandonment_limit_ratio{ONE}", once=True),),
            unit=Unit.SHARE,
            steps=((None, Colour.GOOD), (0.8, Colour.WATCH), (1, Colour.BAD)),
            decimals=0,
            width=4,
        ),
        Panel(
            title="Abandono y su límite",
            kind=Kind.LINES,
            means="El abandono en la ventana que promete la campaña, y lo que no debe pasar.",
            queries=(
                Query(f"vocero_abandonment_ratio{ONE}", "abandono"),
                Query(f"vocero_abandonment_limit_ratio{ONE}", "límite"),
            ),
            series={},
            unit=Unit.SHARE,
            decimals=1,
            least=0,
            width=10,
        ),
        Panel(
            title="Abandonos que aún caben",
            kind=Kind.LINES,
            means="De la promesa y de la ley, en la más estrecha de sus ventanas. Por debajo de 1 solo se llama a "
            "agentes libres.",
            queries=(
                Query(f"vocero_pacing_budget_left_calls{ONE}", "en la ventana más estrecha"),
                Query(f"vocero_abandonment_budget_calls{ONE}", "según la promesa"),
            ),
            decimals=1,
            width=10,
        ),
    )


def _decisions() -> tuple[Panel, ...]:
    return (
        Panel(
            title="Con qué cuenta",
            kind=Kind.LINES,
            means="Lo que espera la última decisión para cuando contesten las llamadas en curso.",
            queries=(
                Query(f"vocero_pacing_expected_free_agents{ONE}", "agentes libres"),
                Query(f"vocero_pacing_expected_answers{ONE}", "personas que contestan"),
            ),
            decimals=1,
            width=12,
        ),
        Panel(
            title="Por qué llama, o no",
            kind=Kind.LINES,
            means="Decisiones por minuto, por lo que siguió el marcador o por el límite que lo detuvo.",
            queries=(Query(per_minute(f"vocero_pacing_decisions_total{ONE}", "reason"), "{{reason}}"),),
            series=PACING,
            stacked=True,
            decimals=0,
            width=12,
        ),
        Panel(
            title="Llamadas por minuto",
            kind=Kind.LINES,
            means="Las que decidió hacer, y las que dejó de timbrar: ninguna antes del mínimo legal.",
            queries=(
                Query(per_minute(f"vocero_pacing_placed_calls_total{ONE}"), "hechas"),
                Query(per_minute(f"vocero_pacing_cancelled_calls_total{ONE}"), "canceladas timbrando"),
            ),
            decimals=1,
            width=12,
        ),
        Panel(
            title="Agentes por estado",
            kind=Kind.LINES,
            means="Cuántos agentes hay en cada estado, de todas las campañas.",
            queries=(Query('sum by (state) (vocero_agents{state!="logged_off"})', "{{state}}"),),
            series=AGENT_STATES,
            stacked=True,
            decimals=0,
            width=12,
        ),
    )
