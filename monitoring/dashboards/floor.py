"""The floor as it is now: for the screen on the wall."""

from __future__ import annotations

from cti_api.kpi.indicators import INDICATORS
from cti_api.metrics.indicators import Shown
from monitoring.dashboards.indicators import Of, Targets, bars, number, steps
from monitoring.dashboards.promql import ever, zero
from monitoring.dashboards.telephony import alerts
from monitoring.dashboards.values import Board, Colour, Kind, Panel, Query, Row, Unit
from monitoring.dashboards.words import AGENT_STATES, LIVE_CALLS


def floor(targets: Targets) -> Board:
    today, by_queue = Of(), Of(shown=Shown.QUEUE)
    return Board(
        id="vocero-floor",
        title="Vocero: piso en vivo",
        means="El piso ahora mismo, para la pantalla de la sala: agentes, llamadas y colas. Quién hace qué lo muestra "
        "el tablero de Vocero.",
        refresh="5s",
        rows=(
            Row("Ahora", _now(), height=5),
            Row(
                "La última hora",
                (
                    Panel(
                        title="Agentes por estado",
                        kind=Kind.LINES,
                        means="Cuántos agentes hay en cada estado.",
                        queries=(Query('sum by (state) (vocero_agents{state!="logged_off"})', "{{state}}"),),
                        series=AGENT_STATES,
                        stacked=True,
                        decimals=0,
                    ),
                    Panel(
                        title="Llamadas, por dónde están",
                        kind=Kind.LINES,
                        means="Las que se hacen y las que entran.",
                        queries=(Query(ever("vocero_live_calls", "vocero_live_calls", "state"), "{{state}}"),),
                        series=LIVE_CALLS,
                        stacked=True,
                        decimals=0,
                    ),
                    Panel(
                        title="Llamadas en curso, por campaña",
                        kind=Kind.LINES,
                        means="Llamadas que se hicieron y siguen en curso.",
                        queries=(Query("sum by (campaign) (vocero_calls_in_flight)", "{{campaign}}"),),
                        stacked=True,
                        decimals=0,
                    ),
                ),
            ),
            Row(
                "Colas",
                (
                    Panel(
                        title="Esperan, por cola",
                        kind=Kind.LINES,
                        means="Personas que esperan a un agente.",
                        queries=(Query("sum by (queue) (vocero_queue_waiting)", "{{queue}}"),),
                        stacked=True,
                        decimals=0,
                        width=6,
                    ),
                    _service_level(targets),
                    bars("asa", by_queue, targets, 6),
                    bars("caller_abandonment", by_queue, targets, 6),
                ),
            ),
            Row(
                "Hoy",
                tuple(
                    number(name, today, targets, 3)
                    for name in (
                        *("calls_made", "contact_rate", "successes", "abandonment"),
                        *("offered", "handled", "aht", "occupancy"),
                    )
                ),
                height=5,
            ),
        ),
    )


def _now() -> tuple[Panel, ...]:
    return (
        *(_agents(state) for state in ("ready", "busy", "wrap_up", "not_ready")),
        Panel(
            title="Llamadas en curso",
            kind=Kind.NUMBER,
            means="Las que se hicieron y las que entraron, y siguen.",
            queries=(Query(zero("sum(vocero_live_calls)")),),
            decimals=0,
            width=3,
        ),
        Panel(
            title="Esperan en cola",
            kind=Kind.NUMBER,
            means="Personas que esperan a un agente, en todas las colas.",
            queries=(Query(zero("sum(vocero_queue_waiting)")),),
            steps=((None, Colour.GOOD), (1, Colour.WATCH), (5, Colour.BAD)),
            decimals=0,
            width=3,
        ),
        Panel(
            title="La espera más larga",
            kind=Kind.NUMBER,
            means="Cuánto espera ya la primera persona de las colas. Amarillo desde 20 s, rojo desde 60 s.",
            queries=(Query(zero("max(vocero_queue_longest_wait_seconds)")),),
            unit=Unit.TIME,
            steps=((None, Colour.GOOD), (20, Colour.WATCH), (60, Colour.BAD)),
            decimals=0,
            width=3,
        ),
        alerts(),
    )


def _service_level(targets: Targets) -> Panel:
    aim = steps(targets.get("service_level", INDICATORS["service_level"].target))
    return Panel(
        title="Nivel de servicio, media hora",
        kind=Kind.BARS,
        means="De quienes llamaron en los últimos 30 minutos, la parte que un agente atendió en el tiempo que promete "
        "la cola.",
        queries=(Query("queue:vocero_queue_answered_in_time:ratio_increase30m", "{{queue}}", once=True),),
        unit=Unit.SHARE,
        decimals=0,
        steps=aim,
        least=0,
        most=1,
        width=6,
        nothing="nadie llamó",
    )


def _agents(state: str) -> Panel:
    look = AGENT_STATES[state]
    return Panel(
        title=look.word,
        kind=Kind.NUMBER,
        means="Agentes en este estado ahora.",
        queries=(Query(zero(f'sum(vocero_agents{{state="{state}"}})')),),
        steps=((None, look.colour),),
        decimals=0,
        width=3,
    )
