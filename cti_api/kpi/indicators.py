"""Every indicator of the product, defined once: board, Grafana, report and API take name, formula and target from here.

`Indicator.procedure` names the row of the procedure that asks for it. Targets may be set otherwise in the settings
(``kpi.targets``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from cti_api.kpi.formula import Formula, Spread, Unit
from cti_api.kpi.measures import Measure, Split


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a figure is to reach, in the indicator's own unit."""

    good: float
    """From here on it is good."""
    low: float | None = None
    """Beyond it is bad; between the two it is to be watched. None: what is not good is bad."""
    higher_is_better: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """One figure and everything about it."""

    id: str
    name_es: str
    name_en: str
    unit: Unit
    formula: Formula
    splits: frozenset[Split]
    """By what it may be told apart; by hour, day and month every one may that is not `from_beginning`."""
    source: str
    """Where the definition comes from: a procedure's row, a standard, a law."""
    source_es: str
    """The same in Spanish."""
    procedure: str = ""
    """Requirements and KPI rows of the procedures that ask for it."""
    higher_is_better: bool = True
    target: Target | None = None
    from_beginning: bool = False
    """Of everything up to the last day that is asked for, whenever the first is: a list that was brought in last month
    is called in this."""


CALLS: Final = frozenset({Split.CAMPAIGN, Split.LIST, Split.BRAND, Split.AGENT})
LEADS: Final = frozenset({Split.CAMPAIGN, Split.LIST})
CALLERS: Final = frozenset({Split.QUEUE, Split.AGENT})
QUEUES: Final = frozenset({Split.QUEUE})
TALKS: Final = frozenset({Split.CAMPAIGN, Split.QUEUE, Split.AGENT})
SURVEYED: Final = frozenset({Split.SURVEY, Split.SERVICE, Split.AGENT, Split.QUEUE})
CONTRACTS: Final = frozenset({Split.SERVICE, Split.AGENT, Split.BRAND, Split.CAMPAIGN})
CASES: Final = CONTRACTS | {Split.SURVEY}
SEATS: Final = frozenset({Split.AGENT})

_HANDLING: Final = {Measure.TALK_SECONDS: 1, Measure.HOLD_SECONDS: 1, Measure.WRAP_UP_SECONDS: 1}
_WORKING: Final = {Measure.BUSY_SECONDS: 1, Measure.AFTER_CALL_SECONDS: 1}
_SIGNED_IN: Final = {**_WORKING, Measure.READY_SECONDS: 1, Measure.NOT_READY_SECONDS: 1}


class _Source(NamedTuple):
    es: str
    en: str


_PRACTICE: Final = _Source("práctica común de los centros de contacto", "common practice of contact centres")
_P1: Final = _Source("procedimiento P1", "procedure P1")
_P2: Final = _Source("procedimiento P2", "procedure P2")
_P5: Final = _Source("procedimiento P5", "procedure P5")


def _share(part: Measure, whole: Measure) -> Formula:
    return Formula(part={part: 1}, whole={whole: 1}, spread=Spread.WILSON)


def _sum(*measures: Measure) -> Formula:
    return Formula(part=dict.fromkeys(measures, 1))


def _indicator(
    id_: str, es: str, en: str, unit: Unit, formula: Formula, splits: frozenset[Split], source: _Source,
    procedure: str = "", *, less: bool = False, good: float | None = None, low: float | None = None,
    from_beginning: bool = False,
) -> Indicator:  # fmt: skip
    """`less`: the less, the better; `good`, `low`: its target."""
    target = None if good is None else Target(good=good, low=low, higher_is_better=not less)
    return Indicator(
        id=id_, name_es=es, name_en=en, unit=unit, formula=formula, splits=splits, source=source.en,
        source_es=source.es, procedure=procedure, higher_is_better=not less, target=target,
        from_beginning=from_beginning,
    )  # fmt: skip


_ALL: Final = (
    # ------------------------------------------------------------ calls that we place
    _indicator(
        "attempts", "Intentos", "Attempts", Unit.COUNT, _sum(Measure.ATTEMPTS), CALLS,
        _Source("todo lo marcado, también lo que la red no llevó a ninguna parte",
                "everything that was dialed, what the network took nowhere included"),
    ),
    _indicator(
        "calls_made", "Llamadas realizadas", "Calls made", Unit.COUNT, _sum(Measure.CALLS_MADE), CALLS, _P1, "R1.6",
    ),
    _indicator(
        "effectiveness", "Efectividad de llamadas", "Call effectiveness", Unit.SHARE,
        _share(Measure.EFFECTIVE, Measure.CALLS_MADE), CALLS, _P1, "P1 KPI",
    ),
    _indicator(
        "contact_rate", "Contactabilidad", "Contact rate", Unit.SHARE,
        _share(Measure.CONTACTS, Measure.CALLS_MADE), CALLS, _P1, "R1.6",
    ),
    _indicator(
        "successes", "Llamadas con logro", "Successes", Unit.COUNT, _sum(Measure.SUCCESSES), CALLS,
        _Source("la meta de la campaña", "the campaign's goal"), "R2.3",
    ),
    _indicator(
        "conversion", "Conversión", "Conversion", Unit.SHARE, _share(Measure.SUCCESSES, Measure.CONTACTS), CALLS,
        _PRACTICE, "R2.3",
    ),
    _indicator(
        "no_contact", "Llamadas sin contacto", "Calls without contact", Unit.COUNT, _sum(Measure.NO_CONTACT),
        CALLS | {Split.REASON}, _P1, "R1.6", less=True,
    ),
    _indicator(
        "no_success", "Contactos sin logro", "Contacts without success", Unit.COUNT, _sum(Measure.NO_SUCCESS),
        CALLS | {Split.REASON}, _P1, "R1.4 R1.6", less=True,
    ),
    _indicator(
        "abandonment", "Abandono", "Abandonment", Unit.SHARE, _share(Measure.ABANDONED, Measure.LIVE_ANSWERS),
        CALLS - {Split.AGENT},
        _Source(
            "FCC, 47 CFR 64.1200(a)(7): de las contestadas por una persona, a lo sumo 3 %",
            "FCC 47 CFR 64.1200(a)(7): of live answers, 3 % at most",
        ),
        less=True, good=0.03,
    ),
    _indicator(
        "penetration", "Barrido de la base", "Penetration", Unit.SHARE,
        Formula(part={Measure.LEADS_TRIED: 1}, whole={Measure.LEADS: 1}), LEADS, _PRACTICE, from_beginning=True,
    ),
    _indicator(
        "attempts_per_contact", "Llamadas por contacto", "Attempts per contact", Unit.RATIO,
        Formula(part={Measure.CALLS_MADE: 1}, whole={Measure.CONTACTS: 1}), CALLS, _PRACTICE, less=True,
    ),
    # ------------------------------------------------------------ calls that come in
    _indicator("offered", "Llamadas recibidas", "Callers", Unit.COUNT, _sum(Measure.OFFERED), QUEUES, _P2, "R2.4 R2.5"),
    _indicator(
        "answered", "Llamantes atendidos", "Callers answered", Unit.COUNT, _sum(Measure.ANSWERED), CALLERS, _P2,
        "R2.4 R2.5",
    ),
    _indicator(
        "service_level", "Nivel de servicio", "Service level", Unit.SHARE,
        _share(Measure.ANSWERED_IN_TIME, Measure.OFFERED), QUEUES,
        _Source(
            "atendidos dentro de la meta de la cola, de todos los que llamaron, también de los que colgaron enseguida",
            "answered within the queue's target, of everybody who called, short abandons included",
        ),
        good=0.80, low=0.70,
    ),
    _indicator(
        "asa", "Tiempo medio de respuesta (ASA)", "Average speed of answer", Unit.SECONDS,
        Formula(part={Measure.WAIT_SECONDS: 1}, whole={Measure.ANSWERED: 1}), CALLERS, _PRACTICE, less=True,
    ),
    _indicator(
        "caller_abandonment", "Abandono en cola", "Callers who gave up", Unit.SHARE,
        _share(Measure.CALLER_ABANDONED, Measure.OFFERED), QUEUES, _PRACTICE, less=True,
    ),
    # ------------------------------------------------------------ agents
    _indicator(
        "handled", "Llamadas atendidas", "Calls handled", Unit.COUNT, _sum(Measure.HANDLED), TALKS, _P2, "R2.5",
    ),
    _indicator(
        "handled_outbound", "Llamadas de salida atendidas", "Outbound calls handled", Unit.COUNT,
        _sum(Measure.OUTBOUND_HANDLED), TALKS - {Split.QUEUE}, _P2, "R2.5",
    ),
    _indicator(
        "talk_time", "Tiempo de conversación", "Talk time", Unit.SECONDS, _sum(Measure.TALK_SECONDS), TALKS, _P2,
        "R2.5",
    ),
    _indicator(
        "aht", "Tiempo medio de operación (TMO)", "Average handling time", Unit.SECONDS,
        Formula(part=_HANDLING, whole={Measure.HANDLED: 1}), TALKS,
        _Source("conversación, retención y tipificación por llamada", "talk, hold and wrap-up per call"), less=True,
    ),
    _indicator(
        "signed_in_time", "Tiempo conectado", "Time signed in", Unit.SECONDS, _sum(*_SIGNED_IN), SEATS, _PRACTICE,
    ),
    _indicator(
        "paused_time", "Tiempo en pausa", "Time paused", Unit.SECONDS, _sum(Measure.NOT_READY_SECONDS),
        SEATS | {Split.REASON}, _PRACTICE, less=True,
    ),
    _indicator(
        "occupancy", "Ocupación", "Occupancy", Unit.SHARE,
        Formula(part=_WORKING, whole={**_WORKING, Measure.READY_SECONDS: 1}), SEATS,
        _Source("en llamadas o tras ellas, de ese tiempo y del disponible", "with a call or after it / that and ready"),
    ),
    _indicator(
        "utilisation", "Utilización", "Utilisation", Unit.SHARE, Formula(part=_HANDLING, whole=_SIGNED_IN), SEATS,
        _Source(
            "conversación, retención y tipificación, del tiempo conectado",
            "talk, hold and wrap-up over the time signed in",
        ),
    ),
    # ------------------------------------------------------------ appointments
    _indicator(
        "appointments", "Citas agendadas", "Appointments booked", Unit.COUNT, _sum(Measure.APPOINTMENTS), CALLS, _P1,
        "R1.6",
    ),
    _indicator(
        "kept_rate", "Cumplimiento de citas", "Appointments kept", Unit.SHARE,
        Formula(
            part={Measure.APPOINTMENTS_KEPT: 1}, whole={Measure.APPOINTMENTS_KEPT: 1, Measure.APPOINTMENTS_MISSED: 1},
            spread=Spread.WILSON,
        ),
        CALLS,
        _Source(
            "procedimiento P1: de las citas cuyo resultado se registró",
            "procedure P1: of those appointments of which somebody entered it",
        ),
        "R1.6",
    ),
    # ------------------------------------------------------------ surveys
    _indicator(
        "response_rate", "Tasa de respuesta", "Response rate", Unit.SHARE, _share(Measure.RESPONDED, Measure.ASKED),
        SURVEYED, _PRACTICE, "R3.3",
    ),
    _indicator(
        "satisfaction", "Personas satisfechas", "Satisfied people", Unit.SHARE,
        _share(Measure.SATISFIED, Measure.RATED), SURVEYED,
        _Source(
            "procedimiento P4: satisfechos / atendidos, de los que calificaron; bueno desde 90 %",
            "procedure P4: satisfied / attended, of those who gave a score; good from 90 %",
        ),
        "P4 KPI", good=0.90,
    ),
    _indicator(
        "csat", "Satisfacción (CSAT)", "Satisfaction (CSAT)", Unit.SHARE,
        _share(Measure.CSAT_SATISFIED, Measure.CSAT_ANSWERS), SURVEYED,
        _Source(
            "procedimiento P3: respuestas satisfechas, de todas; bueno desde 90 % como en P4",
            "procedure P3: satisfied answers / all; good from 90 % as in P4",
        ),
        "P3 KPI", good=0.90,
    ),
    _indicator(
        "nps", "Recomendación neta (NPS)", "Net promoter score", Unit.POINTS,
        Formula(
            part={Measure.NPS_PROMOTERS: 1, Measure.NPS_DETRACTORS: -1}, whole={Measure.NPS_ANSWERS: 1}, times=100,
            spread=Spread.NPS,
        ),
        SURVEYED, _Source(*["F. F. Reichheld, Harvard Business Review 81 (2003)"] * 2), "R3.3",
    ),
    _indicator(
        "ces", "Facilidad (CES)", "Customer effort score", Unit.SCORE,
        Formula(
            part={Measure.CES_TOTAL: 1}, whole={Measure.CES_ANSWERS: 1}, spread=Spread.MEAN, squares=Measure.CES_SQUARES
        ),
        SURVEYED, _Source(*["M. Dixon, N. Toman, R. DeLisi, The Effortless Experience (2013)"] * 2), "R3.3",
    ),
    # ------------------------------------------------------------ cases and contracts
    _indicator(
        "cases", "Solicitudes", "Requests", Unit.COUNT, _sum(Measure.CASES), CASES, _P5, "R5.1",
    ),
    _indicator(
        "resolution_time", "Tiempo medio de solución", "Mean resolution time", Unit.SECONDS,
        Formula(part={Measure.RESOLUTION_SECONDS: 1}, whole={Measure.CASES_RESOLVED: 1}), CASES,
        _Source("procedimiento P3, por el reloj corrido", "procedure P3, by the clock"), "P3 KPI", less=True,
    ),
    _indicator(
        "efficacy", "Eficacia", "Efficacy", Unit.SHARE, _share(Measure.CASES_EFFECTIVE, Measure.CASES), CASES,
        _Source("procedimiento P5: se acepta desde 98 %", "procedure P5: accepted from 98 %"), "P5 KPI", good=0.98,
    ),
    _indicator(
        "timeliness", "Oportunidad", "Timeliness", Unit.SHARE, _share(Measure.CASES_IN_TIME, Measure.CASES), CASES,
        _Source(
            "procedimiento P5: en menos de 24 h; se acepta desde 95 %",
            "procedure P5: in under 24 h; accepted from 95 %",
        ),
        "P5 KPI", good=0.95,
    ),
    _indicator(
        "retention", "Retención", "Retention", Unit.SHARE, _share(Measure.CONTRACTS_RENEWED, Measure.CONTRACTS_DUE),
        CONTRACTS,
        _Source("procedimiento P3: clientes que renuevan", "procedure P3: customers that renew"), "P3 KPI",
    ),
)  # fmt: skip

INDICATORS: Final[Mapping[str, Indicator]] = {each.id: each for each in _ALL}
