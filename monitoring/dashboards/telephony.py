"""Whether calls can be placed and answered: Asterisk, the trunks, the store, and what goes out to other systems."""

from __future__ import annotations

from monitoring.dashboards.promql import grown, per_minute, zero
from monitoring.dashboards.values import Board, Colour, Kind, Look, Panel, Query, Row, Unit
from monitoring.dashboards.words import MESSAGE_STATES, YES_NO

FAILED = 'vocero_trunk_calls_total{result=~"trunk_failed|congestion|codec|failed|lost|interrupted|never_dialed"}'
"""What became of calls that nobody decided."""
STATE = 'sum by (trunk) (vocero_trunk_state{state="probing"} or 2 * vocero_trunk_state{state="open"})'
FIRING: dict[int, Look] = {0: Look("nada que atender", Colour.GOOD), 1: Look("activa", Colour.BAD)}
TRUNK: dict[int, Look] = {
    0: Look("responde", Colour.GOOD),
    1: Look("a prueba", Colour.WATCH),
    2: Look("no responde", Colour.BAD),
}


def telephony() -> Board:
    return Board(
        id="vocero-telephony",
        title="Vocero: salud de la telefonía",
        means="Si se puede llamar y atender: la central, las troncales, la base de datos y lo que sale a otros "
        "sistemas.",
        rows=(
            Row("Ahora", _now(), height=4),
            Row("Alertas", (_firing(), alerts(6)), height=5),
            Row("Troncales", (*_trunks(), *_carried()), height=7),
            Row("El servidor", _server()),
            Row("Mensajes y otros sistemas", _outside()),
        ),
    )


def _now() -> tuple[Panel, ...]:
    return (
        _yes("Central conectada", "vocero_ami_up", "Si hay conexión con Asterisk. Sin ella no se llama a nadie."),
        _yes(
            "Llamadas conciliadas",
            "vocero_reconciled",
            "Si ya se preguntó a Asterisk qué llamadas siguen vivas, después de conectarse.",
        ),
        _yes(
            "Base de datos",
            "vocero_store_writable",
            "Si se puede escribir en la base de datos. Si no, no se llama a nadie.",
        ),
        _count(
            "Teléfonos desconectados", zero("sum(vocero_agents_unreachable)"), "Agentes en turno cuyo teléfono no está."
        ),
        _count(
            "Alarmas de troncal",
            zero("sum(vocero_trunk_alarm)"),
            "Troncales que alguien debe atender; el tablero de Vocero dice por qué.",
        ),
        _count(
            "Campañas con alarma",
            zero("sum(vocero_campaign_alarm)"),
            "Campañas en marcha que no pueden llamar; el tablero de Vocero dice por qué.",
        ),
        _count(
            "Órdenes repetidas",
            grown("vocero_originate_duplicates_total"),
            "Llamadas que Asterisk rechazó porque ya existían, en el tiempo del panel. Distinto de 0 es una falla "
            "nuestra.",
            once=True,
        ),
        Panel(
            title="En marcha",
            kind=Kind.NUMBER,
            means="Hace cuánto arrancó el proceso.",
            queries=(Query("time() - vocero_start_time_seconds", once=True),),
            unit=Unit.TIME,
            decimals=0,
            width=3,
        ),
    )


def alerts(width: int = 3) -> Panel:
    """How many call for somebody."""
    return Panel(
        title="Alertas",
        kind=Kind.NUMBER,
        means="Alertas activas; qué hacer con cada una está en docs/metrics.md y en la misma alerta.",
        queries=(Query(zero('count(ALERTS{alertstate="firing"})')),),
        steps=((None, Colour.GOOD), (1, Colour.BAD)),
        decimals=0,
        width=width,
    )


def _firing() -> Panel:
    return Panel(
        title="Cuáles, y cuándo",
        kind=Kind.STATES,
        means="Alertas que estuvieron activas en el tiempo del panel.",
        queries=(
            Query(zero('max by (alertname) (ALERTS{alertstate="firing"})', "alertname", "ninguna"), "{{alertname}}"),
        ),
        values=FIRING,
        width=18,
    )


def _yes(title: str, metric: str, means: str) -> Panel:
    return Panel(
        title=title,
        kind=Kind.NUMBER,
        means=means,
        queries=(Query(metric, once=True),),
        values=YES_NO,
        width=3,
        nothing="no responde",
    )


def _count(title: str, question: str, means: str, *, once: bool = False) -> Panel:
    return Panel(
        title=title,
        kind=Kind.NUMBER,
        means=means,
        queries=(Query(question, once=once),),
        steps=((None, Colour.GOOD), (1, Colour.BAD)),
        decimals=0,
        width=3,
    )


def _trunks() -> tuple[Panel, ...]:
    return (
        Panel(
            title="Troncales",
            kind=Kind.STATES,
            means="Si cada troncal responde. A una que no responde no se le dan llamadas; se la prueba de vez en "
            "cuando.",
            queries=(Query(STATE, "{{trunk}}"),),
            values=TRUNK,
        ),
        Panel(
            title="Canales en uso",
            kind=Kind.LINES,
            means="De cada troncal.",
            queries=(Query("sum by (trunk) (vocero_trunk_channels)", "{{trunk}}"),),
            stacked=True,
            decimals=0,
        ),
        Panel(
            title="Llamadas por troncal que no llegan",
            kind=Kind.BARS,
            means="Parte de las llamadas de cada troncal que no llegaron a la persona por culpa de la red, de la "
            "troncal o nuestra, en el tiempo del panel.",
            queries=(
                Query(
                    f"{grown(FAILED, 'trunk')} / {grown('vocero_trunk_calls_total', 'trunk')} or "
                    "0 * sum by (trunk) (vocero_trunk_channels)",
                    "{{trunk}}",
                    once=True,
                ),
            ),
            unit=Unit.SHARE,
            steps=((None, Colour.GOOD), (0.1, Colour.WATCH), (0.3, Colour.BAD)),
            least=0,
            most=1,
            decimals=0,
        ),
    )


def _carried() -> tuple[Panel, ...]:
    return (
        Panel(
            title="Llamadas que alguien o algo contesta (ASR)",
            kind=Kind.LINES,
            means="De las llamadas que salieron por la troncal en los últimos 15 minutos, las que contestaron (UIT-T "
            "E.425).",
            queries=(Query("trunk:vocero_trunk_answers:ratio_increase15m", "{{trunk}}"),),
            unit=Unit.SHARE,
            decimals=0,
            least=0,
            most=1,
            width=12,
        ),
        Panel(
            title="Causas Q.850",
            kind=Kind.BARS,
            means="Con qué causa terminaron las llamadas de cada troncal en el tiempo del panel. 16 es lo normal, 17 "
            "ocupado, 19 no contesta; 34 y 42 son falta de capacidad, 38 y 27 un enlace caído, 65 y 88 un códec.",
            queries=(
                Query(
                    f"topk(12, {grown('vocero_trunk_causes_total', 'trunk, cause')})", "{{trunk}}: {{cause}}", once=True
                ),
            ),
            decimals=0,
            width=12,
        ),
    )


def _server() -> tuple[Panel, ...]:
    return (
        Panel(
            title="Retraso",
            kind=Kind.LINES,
            means="El peor retraso del programa en los últimos 15 s. Desde 0,2 s puede oírse en las llamadas.",
            queries=(Query("vocero_event_loop_lag_seconds", "peor retraso"),),
            unit=Unit.MOMENT,
            steps=((None, Colour.GOOD), (0.2, Colour.BAD)),
            line_at_steps=True,
        ),
        Panel(
            title="Memoria",
            kind=Kind.LINES,
            means="La que usa el proceso, y la que puede usar.",
            queries=(
                Query("vocero_resident_memory_bytes", "en uso"),
                Query("vocero_memory_limit_bytes", "límite"),
            ),
            unit=Unit.BYTES,
            least=0,
        ),
        Panel(
            title="Errores de la base de datos y tropiezos",
            kind=Kind.LINES,
            means="Por minuto: lecturas y escrituras que la base de datos rechazó, y segundos en que el programa se "
            "retrasó más de 0,2 s.",
            queries=(
                Query(per_minute("vocero_store_errors_total"), "errores de la base de datos"),
                Query(per_minute("vocero_event_loop_stalls_total"), "tropiezos"),
            ),
            decimals=1,
        ),
    )


def _outside() -> tuple[Panel, ...]:
    return (
        Panel(
            title="Mensajes",
            kind=Kind.BARS,
            means="WhatsApp, SMS y correos, por estado.",
            queries=(Query("sort_desc(sum by (state) (vocero_messages))", "{{state}}", once=True),),
            series=MESSAGE_STATES,
            decimals=0,
            nothing="ninguno todavía",
        ),
        Panel(
            title="Mensajes retrasados",
            kind=Kind.LINES,
            means="Cuánto hace que debió salir el mensaje más atrasado de cada canal.",
            queries=(Query(zero("sum by (channel) (vocero_message_overdue_seconds)", "channel"), "{{channel}}"),),
            unit=Unit.TIME,
        ),
        Panel(
            title="Avisos a otros sistemas, por entregar",
            kind=Kind.LINES,
            means="Eventos que cada sistema que escucha (MQTT, webhooks) aún no ha recibido. Sin ninguno, 0.",
            queries=(Query(zero("sum by (stream) (vocero_stream_lag_events)", "stream"), "{{stream}}"),),
            decimals=0,
            width=4,
        ),
        Panel(
            title="Sin salida",
            kind=Kind.NUMBER,
            means="Mensajes y avisos que no se pudieron entregar y esperan la decisión de una persona.",
            queries=(
                Query(zero('sum(vocero_messages{state="dead"})'), "mensajes"),
                Query(zero('sum(vocero_webhook_deliveries{state="dead"})'), "avisos"),
            ),
            steps=((None, Colour.GOOD), (1, Colour.BAD)),
            decimals=0,
            width=4,
        ),
    )
