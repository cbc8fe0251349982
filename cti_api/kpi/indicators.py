"""Every indicator of the product, defined once: board, Grafana, report and API take name, formula and target from here.

`Indicator.procedure` names the row of the procedure that asks for it. Targets may be set otherwise in the settings
(``kpi.targets``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

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
    """By what it may be told apart; by hour, day and month every one may."""
    source: str
    """Where the definition comes from: a procedure's row, a standard, a law."""
    procedure: str = ""
    target: Target | None = None


CALLS: Final = frozenset({Split.CAMPAIGN, Split.LIST, Split.BRAND, Split.AGENT})
LEADS: Final = frozenset({Split.CAMPAIGN, Split.LIST})
CALLERS: Final = frozenset({Split.QUEUE, Split.AGENT})
TALKS: Final = frozenset({Split.CAMPAIGN, Split.QUEUE, Split.AGENT})
SURVEYED: Final = frozenset({Split.SURVEY, Split.SERVICE, Split.AGENT, Split.QUEUE})
CASES: Final = frozenset({Split.SERVICE, Split.AGENT})
SEATS: Final = frozenset({Split.AGENT})

_HANDLING: Final = {Measure.TALK_SECONDS: 1, Measure.HOLD_SECONDS: 1, Measure.WRAP_UP_SECONDS: 1}
_WORKING: Final = {Measure.BUSY_SECONDS: 1, Measure.AFTER_CALL_SECONDS: 1}
_PRACTICE: Final = "common practice of contact centres"


def _share(part: Measure, whole: Measure) -> Formula:
    return Formula(part={part: 1}, whole={whole: 1}, spread=Spread.WILSON)


def _sum(measure: Measure) -> Formula:
    return Formula(part={measure: 1})


_ALL: Final = (
    # ------------------------------------------------------------ calls that we place
    Indicator(
        id="calls_made", name_es="Llamadas realizadas", name_en="Calls made", unit=Unit.COUNT,
        formula=_sum(Measure.CALLS_MADE), splits=CALLS, source="procedure P1", procedure="R1.6",
    ),
    Indicator(
        id="effectiveness", name_es="Efectividad de llamadas", name_en="Call effectiveness", unit=Unit.SHARE,
        formula=_share(Measure.EFFECTIVE, Measure.CALLS_MADE), splits=CALLS, source="procedure P1", procedure="P1 KPI",
    ),
    Indicator(
        id="contact_rate", name_es="Contactabilidad", name_en="Contact rate", unit=Unit.SHARE,
        formula=_share(Measure.CONTACTS, Measure.CALLS_MADE), splits=CALLS, source="procedure P1", procedure="R1.6",
    ),
    Indicator(
        id="successes", name_es="Llamadas con logro", name_en="Successes", unit=Unit.COUNT,
        formula=_sum(Measure.SUCCESSES), splits=CALLS, source="the campaign's goal", procedure="R2.3",
    ),
    Indicator(
        id="conversion", name_es="Conversión", name_en="Conversion", unit=Unit.SHARE,
        formula=_share(Measure.SUCCESSES, Measure.CONTACTS), splits=CALLS, source=_PRACTICE, procedure="R2.3",
    ),
    Indicator(
        id="no_contact", name_es="Sin contacto, por motivo", name_en="No contact, by reason", unit=Unit.COUNT,
        formula=_sum(Measure.NO_CONTACT), splits=CALLS | {Split.REASON}, source="procedure P1", procedure="R1.6",
    ),
    Indicator(
        id="no_success", name_es="Contactos sin logro, por motivo", name_en="Contacts without success, by reason",
        unit=Unit.COUNT, formula=_sum(Measure.NO_SUCCESS), splits=CALLS | {Split.REASON}, source="procedure P1",
        procedure="R1.6",
    ),
    Indicator(
        id="abandonment", name_es="Abandono", name_en="Abandonment", unit=Unit.SHARE,
        formula=_share(Measure.ABANDONED, Measure.LIVE_ANSWERS), splits=CALLS - {Split.AGENT},
        source="FCC 47 CFR 64.1200(a)(7): of live answers; the campaign's limit is its target",
        target=Target(good=0.03, higher_is_better=False),
    ),
    Indicator(
        id="penetration", name_es="Barrido de la base", name_en="Penetration", unit=Unit.SHARE,
        formula=Formula(part={Measure.LEADS_TRIED: 1}, whole={Measure.LEADS: 1}), splits=LEADS, source=_PRACTICE,
    ),
    Indicator(
        id="attempts_per_contact", name_es="Llamadas por contacto", name_en="Attempts per contact", unit=Unit.RATIO,
        formula=Formula(part={Measure.CALLS_MADE: 1}, whole={Measure.CONTACTS: 1}), splits=CALLS, source=_PRACTICE,
    ),
    # ------------------------------------------------------------ calls that come in
    Indicator(
        id="offered", name_es="Llamadas recibidas", name_en="Callers offered", unit=Unit.COUNT,
        formula=_sum(Measure.OFFERED), splits=CALLERS, source=_PRACTICE, procedure="R2.5",
    ),
    Indicator(
        id="service_level", name_es="Nivel de servicio", name_en="Service level", unit=Unit.SHARE,
        formula=_share(Measure.ANSWERED_IN_TIME, Measure.OFFERED), splits=frozenset({Split.QUEUE}),
        source="answered in time / everybody who called, short abandons included", target=Target(good=0.80, low=0.70),
    ),
    Indicator(
        id="asa", name_es="Tiempo medio de respuesta (ASA)", name_en="Average speed of answer", unit=Unit.SECONDS,
        formula=Formula(part={Measure.WAIT_SECONDS: 1}, whole={Measure.ANSWERED: 1}), splits=CALLERS, source=_PRACTICE,
    ),
    Indicator(
        id="caller_abandonment", name_es="Abandono en cola", name_en="Callers who gave up", unit=Unit.SHARE,
        formula=_share(Measure.CALLER_ABANDONED, Measure.OFFERED), splits=frozenset({Split.QUEUE}), source=_PRACTICE,
    ),
    # ------------------------------------------------------------ agents
    Indicator(
        id="handled", name_es="Llamadas atendidas", name_en="Calls handled", unit=Unit.COUNT,
        formula=_sum(Measure.HANDLED), splits=TALKS, source="procedure P2", procedure="R2.5",
    ),
    Indicator(
        id="inbound_handled", name_es="Entrantes atendidas", name_en="Calls handled, in", unit=Unit.COUNT,
        formula=_sum(Measure.ANSWERED), splits=CALLERS, source="procedure P2", procedure="R2.5",
    ),
    Indicator(
        id="outbound_handled", name_es="Salientes atendidas", name_en="Calls handled, out", unit=Unit.COUNT,
        formula=_sum(Measure.OUTBOUND_HANDLED), splits=frozenset({Split.CAMPAIGN, Split.AGENT}), source="procedure P2",
        procedure="R2.5",
    ),
    Indicator(
        id="aht", name_es="Tiempo medio de operación (TMO)", name_en="Average handling time", unit=Unit.SECONDS,
        formula=Formula(part=_HANDLING, whole={Measure.HANDLED: 1}),
        splits=TALKS, source="talk + hold + wrap-up per call",
    ),
    Indicator(
        id="occupancy", name_es="Ocupación", name_en="Occupancy", unit=Unit.SHARE,
        formula=Formula(
            part=_WORKING, whole={**_WORKING, Measure.READY_SECONDS: 1}
        ),
        splits=SEATS, source="with a call or after it / that and ready",
    ),
    Indicator(
        id="utilisation", name_es="Utilización", name_en="Utilisation", unit=Unit.SHARE,
        formula=Formula(
            part=_HANDLING,
            whole={**_WORKING, Measure.READY_SECONDS: 1, Measure.NOT_READY_SECONDS: 1},
        ),
        splits=SEATS, source="talk, hold and wrap-up over the time signed in",
    ),
    # ------------------------------------------------------------ appointments
    Indicator(
        id="appointments", name_es="Citas agendadas", name_en="Appointments booked", unit=Unit.COUNT,
        formula=_sum(Measure.APPOINTMENTS), splits=CALLS, source="procedure P1", procedure="R1.6",
    ),
    Indicator(
        id="kept_rate", name_es="Citas cumplidas", name_en="Appointments kept", unit=Unit.SHARE,
        formula=Formula(
            part={Measure.APPOINTMENTS_KEPT: 1}, whole={Measure.APPOINTMENTS_KEPT: 1, Measure.APPOINTMENTS_MISSED: 1},
            spread=Spread.WILSON,
        ),
        splits=CALLS, source="kept / kept and missed, of those of which somebody said so", procedure="R1.6",
    ),
    # ------------------------------------------------------------ surveys
    Indicator(
        id="response_rate", name_es="Tasa de respuesta", name_en="Response rate", unit=Unit.SHARE,
        formula=_share(Measure.RESPONDED, Measure.ASKED), splits=SURVEYED, source=_PRACTICE, procedure="R3.3",
    ),
    Indicator(
        id="csat", name_es="Satisfacción (CSAT)", name_en="Satisfaction (CSAT)", unit=Unit.SHARE,
        formula=_share(Measure.CSAT_SATISFIED, Measure.CSAT_ANSWERS), splits=SURVEYED, source="procedures P3, P4",
        procedure="P4 KPI", target=Target(good=0.90),
    ),
    Indicator(
        id="nps", name_es="Recomendación neta (NPS)", name_en="Net promoter score", unit=Unit.POINTS,
        formula=Formula(
            part={Measure.NPS_PROMOTERS: 1, Measure.NPS_DETRACTORS: -1}, whole={Measure.NPS_ANSWERS: 1}, times=100,
            spread=Spread.NPS,
        ),
        splits=SURVEYED, source="F. F. Reichheld, Harvard Business Review 81 (2003)", procedure="R3.3",
    ),
    Indicator(
        id="ces", name_es="Facilidad (CES)", name_en="Customer effort score", unit=Unit.SCORE,
        formula=Formula(
            part={Measure.CES_TOTAL: 1}, whole={Measure.CES_ANSWERS: 1}, spread=Spread.MEAN, squares=Measure.CES_SQUARES
        ),
        splits=SURVEYED, source="M. Dixon, N. Toman, R. DeLisi, The Effortless Experience (2013)", procedure="R3.3",
    ),
    # ------------------------------------------------------------ cases and contracts
    Indicator(
        id="resolution_time", name_es="Tiempo medio de solución", name_en="Mean resolution time", unit=Unit.SECONDS,
        formula=Formula(part={Measure.RESOLUTION_SECONDS: 1}, whole={Measure.CASES_RESOLVED: 1}), splits=CASES,
        source="procedure P3, by the clock", procedure="P3 KPI",
    ),
    Indicator(
        id="efficacy", name_es="Eficacia", name_en="Efficacy", unit=Unit.SHARE,
        formula=_share(Measure.CASES_EFFECTIVE, Measure.CASES), splits=CASES, source="procedure P5", procedure="P5 KPI",
        target=Target(good=0.98),
    ),
    Indicator(
        id="timeliness", name_es="Oportunidad", name_en="Timeliness", unit=Unit.SHARE,
        formula=_share(Measure.CASES_IN_TIME, Measure.CASES), splits=CASES, source="procedure P5: in under 24 h",
        procedure="P5 KPI", target=Target(good=0.95),
    ),
    Indicator(
        id="retention", name_es="Retención", name_en="Retention", unit=Unit.SHARE,
        formula=_share(Measure.CONTRACTS_RENEWED, Measure.CONTRACTS_DUE), splits=frozenset({Split.SERVICE}),
        source="procedure P3: customers that renew", procedure="P3 KPI",
    ),
)  # fmt: skip

INDICATORS: Final[Mapping[str, Indicator]] = {each.id: each for each in _ALL}
