"""What series are called in the dashboards, and their colours. What the pages have a word for is called as there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from cti_api.console.words import words_of
from cti_api.live_ports import LiveState
from cti_api.model.agents import AgentState
from cti_api.model.calls import CallResult
from cti_api.model.surveys import Figure, Outcome
from monitoring.dashboards.values import Colour, Look

_AGENTS: Final = words_of().part("board.states")
_RESULTS: Final = words_of().part("agent.result")
_SITTINGS: Final = words_of().part("admin.surveys.outcomes")

AGENT_STATES: Final[Mapping[str, Look]] = {
    state.value: Look(_AGENTS[state.value], colour)
    for state, colour in {
        AgentState.READY: Colour.GOOD,
        AgentState.RESERVED: Colour.CALM,
        AgentState.BUSY: Colour.BUSY,
        AgentState.WRAP_UP: Colour.AFTER,
        AgentState.NOT_READY: Colour.WATCH,
        AgentState.LOGGED_OFF: Colour.NOTHING,
    }.items()
}

_RESULT_COLOURS: Final = {
    CallResult.CONNECTED: Colour.GOOD,
    CallResult.BUSY: Colour.WATCH,
    CallResult.NO_ANSWER: Colour.NOTHING,
    CallResult.MACHINE: Colour.CALM,
    CallResult.ABANDONED: Colour.BAD,
    CallResult.CALLER_HUNG_UP: Colour.AFTER,
    CallResult.CONGESTION: Colour.BUSY,
}
RESULTS: Final[Mapping[str, Look]] = {
    result.value: Look(_RESULTS[result.value], _RESULT_COLOURS.get(result, Colour.NOTHING)) for result in CallResult
}

LEAD_STATES: Final[Mapping[str, Look]] = {
    "new": Look("Nuevos", Colour.CALM),
    "ready": Look("Listos para llamar", Colour.CALM),
    "reserved": Look("Reservados", Colour.BUSY),
    "dialing": Look("Llamando", Colour.BUSY),
    "waiting": Look("Esperan otro intento", Colour.WATCH),
    "callback": Look("Con hora acordada", Colour.AFTER),
    "completed": Look("Completos", Colour.GOOD),
    "exhausted": Look("Sin más intentos", Colour.NOTHING),
    "suppressed": Look("No llamar", Colour.BAD),
    "closed": Look("Cerrados", Colour.NOTHING),
}

ENDINGS: Final[Mapping[str, Look]] = {
    "finished": Look("Llegó al final", Colour.GOOD),
    "handed_over": Look("Pasó con una persona", Colour.CALM),
    "hung_up": Look("Colgó antes", Colour.WATCH),
    "cut": Look("Se cortó", Colour.BAD),
}

LOOK_UPS: Final[Mapping[str, Look]] = {
    "found": Look("encontrado", Colour.GOOD),
    "not_found": Look("no existe", Colour.CALM),
    "failed": Look("falló", Colour.BAD),
    "late": Look("tardó demasiado", Colour.WATCH),
    "resting": Look("no se preguntó: falla seguido", Colour.AFTER),
    "unknown": Look("no está en los ajustes", Colour.NOTHING),
}

SITTINGS: Final[Mapping[str, Look]] = {
    outcome.value: Look(_SITTINGS[outcome.value], colour)
    for outcome, colour in {
        Outcome.FINISHED: Colour.GOOD,
        Outcome.PARTIAL: Colour.CALM,
        Outcome.REFUSED: Colour.WATCH,
        Outcome.SILENT: Colour.NOTHING,
    }.items()
}

FIGURE_NAMES: Final[Mapping[str, Look]] = {
    Figure.CSAT.value: Look("Satisfacción (CSAT)", Colour.CALM),
    Figure.NPS.value: Look("Recomendación (NPS)", Colour.CALM),
    Figure.CES.value: Look("Facilidad (CES)", Colour.CALM),
}

LIVE_CALLS: Final[Mapping[str, Look]] = {
    LiveState.DIALING.value: Look("Marcando", Colour.NOTHING),
    LiveState.RINGING.value: Look("Timbrando", Colour.CALM),
    LiveState.ANSWERED.value: Look("Contestó", Colour.AFTER),
    LiveState.WAITING.value: Look("En cola", Colour.WATCH),
    LiveState.OFFERED.value: Look("Pasando al agente", Colour.AFTER),
    LiveState.CONNECTED.value: Look("Hablando", Colour.BUSY),
    LiveState.LED.value: Look("En el menú", Colour.GOOD),
    LiveState.CONSULTING.value: Look("En consulta", Colour.BUSY),
    LiveState.TRANSFERRING.value: Look("Transfiriendo", Colour.BUSY),
    LiveState.TRANSFERRED.value: Look("Transferidas", Colour.NOTHING),
}

OUTCOMES: Final[Mapping[str, Look]] = {
    "answered": Look("Atendidas", Colour.GOOD),
    "caller_abandoned": Look("Colgaron esperando", Colour.BAD),
    "called_back": Look("Pidieron que se les llame", Colour.CALM),
    "overflowed": Look("Esperaron demasiado", Colour.AFTER),
    "led_on": Look("Volvieron al menú", Colour.WATCH),
    "lost": Look("No se sabe", Colour.NOTHING),
}

MESSAGE_STATES: Final[Mapping[str, Look]] = {
    "planned": Look("Por enviar", Colour.CALM),
    "sending": Look("Enviando", Colour.BUSY),
    "accepted": Look("Aceptados", Colour.GOOD),
    "delivered": Look("Entregados", Colour.GOOD),
    "read": Look("Leídos", Colour.GOOD),
    "failed": Look("Se intentará de nuevo", Colour.WATCH),
    "unknown": Look("No se sabe", Colour.AFTER),
    "dead": Look("Sin salida: decide una persona", Colour.BAD),
    "expired": Look("Vencidos", Colour.NOTHING),
    "suppressed": Look("No enviar", Colour.NOTHING),
    "dropped": Look("Descartados", Colour.NOTHING),
}

PACING: Final[Mapping[str, Look]] = {
    "no_free_agent": Look("Nadie libre", Colour.NOTHING),
    "enough_in_flight": Look("Ya hay llamadas para todos", Colour.CALM),
    "one_per_free_agent": Look("Una por agente libre", Colour.GOOD),
    "one_per_free_line": Look("Una por línea libre", Colour.GOOD),
    "no_free_line": Look("Sin línea libre en el menú", Colour.NOTHING),
    "ratio": Look("Razón fija", Colour.GOOD),
    "agents_expected": Look("Habrá agentes libres", Colour.GOOD),
    "risk": Look("Riesgo de dejar a alguien solo", Colour.WATCH),
    "abandonment_budget": Look("Límite de abandono", Colour.BAD),
    "lines": Look("Troncales llenas", Colour.AFTER),
    "lines_per_agent": Look("Máximo por agente", Colour.AFTER),
    "campaign_channels": Look("Canales de la campaña", Colour.AFTER),
    "calls_per_second": Look("Llamadas por segundo", Colour.AFTER),
    "hopper": Look("No queda a quién llamar ahora", Colour.BUSY),
}

YES_NO: Final[Mapping[int, Look]] = {1: Look("Sí", Colour.GOOD), 0: Look("No", Colour.BAD)}
"""Of something that is to be so."""
REACHED: Final[Mapping[int, Look]] = {1: Look("Cumple", Colour.GOOD), 0: Look("No cumple", Colour.BAD)}
ALARM: Final[Mapping[int, Look]] = {0: Look("Sin alarma", Colour.GOOD), 1: Look("Atender", Colour.BAD)}
