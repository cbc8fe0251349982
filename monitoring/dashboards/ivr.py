"""Callers in the trees: how many, how their calls end, and in which node those end who gave up."""

from __future__ import annotations

from cti_api.metrics.indicators import Shown
from monitoring.dashboards.indicators import Of, Targets, bars
from monitoring.dashboards.promql import grown, per_minute, quantile, share, worded, zero
from monitoring.dashboards.values import Board, Colour, Kind, Panel, Query, Row, Unit, Variable
from monitoring.dashboards.words import ENDINGS, LOOK_UPS, OUTCOMES

ONE = '{tree="$tree"}'
CALLS = f"vocero_ivr_calls_total{ONE}"
LOST = f"vocero_ivr_drop_offs_total{ONE}"
DEEPEST = 15
"""Nodes that a panel names."""


def ivr(targets: Targets) -> Board:
    return Board(
        id="vocero-ivr",
        title="Vocero: menú de voz",
        means="Quienes llaman y entran al menú: cómo terminan sus llamadas, dónde se van y a quién llegan.",
        variables=(Variable("tree", "Menú", "vocero_ivr_calls_total", "tree"),),
        since="now-3h",
        rows=(
            Row("Llamadas", _calls(), height=7),
            Row("Dónde terminan", _nodes(), height=7),
            Row("Otros sistemas, mientras tanto", _look_ups(), height=7),
            Row(
                "Quienes pasan a una cola",
                (
                    Panel(
                        title="Qué fue de ellos",
                        kind=Kind.BARS,
                        means="Personas que esperaron a un agente en el tiempo del panel, de todas las colas.",
                        queries=(
                            Query(
                                f"sort_desc({grown('vocero_queue_callers_total', 'outcome')})", "{{outcome}}", once=True
                            ),
                        ),
                        series=OUTCOMES,
                        decimals=0,
                        width=12,
                    ),
                    bars("service_level", Of(shown=Shown.QUEUE), targets, 12),
                ),
            ),
        ),
    )


def _calls() -> tuple[Panel, ...]:
    lost = grown('vocero_ivr_calls_total{tree="$tree", ending=~"hung_up|cut"}')
    return (
        Panel(
            title="Llamadas",
            kind=Kind.NUMBER,
            means="Las que el menú llevó en el tiempo del panel. Quien vuelve de una cola cuenta otra vez.",
            queries=(Query(grown(CALLS), once=True),),
            decimals=0,
            width=4,
        ),
        Panel(
            title="Se fueron antes",
            kind=Kind.NUMBER,
            means="Parte de las llamadas que terminaron porque la persona colgó, o porque algo falló, antes del final "
            "o de pasar con alguien.",
            queries=(Query(share(zero(lost), grown(CALLS)), once=True),),
            unit=Unit.SHARE,
            decimals=0,
            steps=((None, Colour.GOOD), (0.2, Colour.WATCH), (0.4, Colour.BAD)),
            width=4,
        ),
        Panel(
            title="Cómo terminan",
            kind=Kind.BARS,
            means="Llamadas del tiempo del panel, por cómo terminaron.",
            queries=(Query(f"sort_desc({grown(CALLS, 'ending')})", "{{ending}}", once=True),),
            series=ENDINGS,
            decimals=0,
            width=5,
        ),
        Panel(
            title="Llamadas por minuto",
            kind=Kind.LINES,
            means="Las que terminan, por cómo.",
            queries=(Query(per_minute(CALLS, "ending"), "{{ending}}"),),
            series=ENDINGS,
            stacked=True,
            decimals=1,
            width=6,
        ),
        Panel(
            title="Cuánto duran",
            kind=Kind.NUMBER,
            means="Desde que se contesta hasta que el menú termina con la llamada.",
            queries=(
                Query(quantile(0.5, "vocero_ivr_seconds", ONE), "la mitad, en menos de", once=True),
                Query(quantile(0.95, "vocero_ivr_seconds", ONE), "95 de 100, en menos de", once=True),
            ),
            unit=Unit.TIME,
            decimals=0,
            width=5,
        ),
    )


def _nodes() -> tuple[Panel, ...]:
    nobody = "nadie se fue antes"
    return (
        Panel(
            title="Dónde se van",
            kind=Kind.BARS,
            means=f"El paso del menú en que estaba quien colgó antes del final, o a quien se le cortó: los {DEEPEST} "
            "que más pierden. Un paso con muchas salidas es uno que no se entiende, o que no lleva a ninguna parte.",
            queries=(Query(zero(f"topk({DEEPEST}, {grown(LOST, 'node')})", "node", nobody), "{{node}}", once=True),),
            steps=((None, Colour.WATCH),),
            decimals=0,
            width=12,
        ),
        Panel(
            title="Qué parte de las llamadas se pierde en cada paso",
            kind=Kind.BARS,
            means="Quienes se fueron en ese paso, de todas las llamadas que el menú llevó en el tiempo del panel.",
            queries=(
                Query(
                    zero(
                        f"topk({DEEPEST}, {grown(LOST, 'node')} / on () group_left () {grown(CALLS)})", "node", nobody
                    ),
                    "{{node}}",
                    once=True,
                ),
            ),
            unit=Unit.SHARE,
            steps=((None, Colour.WATCH), (0.2, Colour.BAD)),
            least=0,
            decimals=0,
            width=12,
        ),
    )


def _look_ups() -> tuple[Panel, ...]:
    return (
        Panel(
            title="Consultas, por lo que resultó",
            kind=Kind.BARS,
            means="Preguntas a otros sistemas durante las llamadas, en el tiempo del panel.",
            queries=(
                Query(
                    zero(worded(grown("vocero_look_ups_total", "name, outcome"), "outcome", LOOK_UPS), "name"),
                    "{{name}} {{outcome}}",
                    once=True,
                ),
            ),
            decimals=0,
            width=12,
        ),
        Panel(
            title="Cuánto se espera la respuesta",
            kind=Kind.LINES,
            means="Lo que esperó quien llamaba, percentil 95. Desde 1,5 s oye que toma un momento; más de 3 s no se "
            "espera.",
            queries=(Query(zero(quantile(0.95, "vocero_look_up_seconds", by="name"), "name"), "{{name}}"),),
            unit=Unit.MOMENT,
            steps=((None, Colour.GOOD), (1.5, Colour.WATCH), (3, Colour.BAD)),
            line_at_steps=True,
            width=12,
        ),
    )
