"""What people read in reports, in Spanish, in one place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from cti_api.kpi.answer import Judged
from cti_api.kpi.indicators import Indicator, Target
from cti_api.kpi.measures import Measure
from cti_api.model.campaigns import CampaignState
from cti_api.reports.document import Form
from cti_api.reports.periods import PeriodKind

NOTHING: Final = "sin datos en este periodo"
NO_FACTS: Final = "sin datos"
"""In place of a figure of which nobody ever recorded what it is made of."""
TOTAL: Final = "Total"
NO_AGENT: Final = "(sin asesor)"
UNKNOWN: Final = "(sin dato)"
"""What belongs to no brand, agent …"""

JUDGED: Final[Mapping[Judged, str]] = {Judged.GOOD: "bueno", Judged.WATCH: "por vigilar", Judged.BAD: "bajo"}
BEFORE: Final[Mapping[PeriodKind, str]] = {
    PeriodKind.MONTH: "Mes anterior",
    PeriodKind.WEEK: "Semana anterior",
    PeriodKind.DAYS: "Días anteriores",
}
NO_TARGET: Final = "sin meta"

COVER_WORDS: Final[Mapping[str, str]] = {
    "company": "Empresa",
    "campaign": "Campaña",
    "survey": "Encuesta",
    "of_all": "Todas las campañas",
    "requester": "Solicitada por",
    "brief": "Objetivo",
    "state": "Estado",
    "hours": "Horas de las llamadas en",
    "until": "Con lo ocurrido hasta",
    "made_at": "Hecho el",
    "zone": "Zona horaria",
    "definitions": "Qué significa cada indicador",
    "colours": "Colores, junto a la meta",
}
CAMPAIGN_STATES: Final[Mapping[CampaignState, str]] = {
    CampaignState.DRAFT: "borrador",
    CampaignState.READY: "lista",
    CampaignState.SCHEDULED: "programada",
    CampaignState.RUNNING: "en marcha",
    CampaignState.PAUSED: "en pausa",
    CampaignState.DRAINING: "terminando",
    CampaignState.COMPLETED: "terminada",
    CampaignState.CANCELLED: "cancelada",
}
DEFINITION_HEADINGS: Final = ("Indicador", "Fórmula", "Meta", "Fuente de la definición")

SOURCES: Final[Mapping[str, str]] = {
    "common practice of contact centres": "práctica común de los centros de contacto",
    "procedure P1": "procedimiento P1",
    "procedure P2": "procedimiento P2",
    "procedure P5": "procedimiento P5",
    "procedures P3, P4": "procedimientos P3 y P4",
    "procedure P3, by the clock": "procedimiento P3, horas de reloj",
    "procedure P3: customers that renew": "procedimiento P3: clientes que renuevan",
    "procedure P5: in under 24 h": "procedimiento P5: en menos de 24 h",
    "the campaign's goal": "el logro que define la campaña",
    "FCC 47 CFR 64.1200(a)(7): of live answers; the campaign's limit is its target": (
        "FCC 47 CFR 64.1200(a)(7), de las contestadas por una persona; la meta es el límite de la campaña"
    ),
    "answered in time / everybody who called, short abandons included": (
        "contestadas a tiempo entre todas las recibidas, también las que cuelgan pronto"
    ),
    "talk + hold + wrap-up per call": "conversación, espera y trabajo posterior por llamada",
    "with a call or after it / that and ready": "tiempo en llamada y después de ella entre ese tiempo y el disponible",
    "talk, hold and wrap-up over the time signed in": (
        "conversación, espera y trabajo posterior entre el tiempo conectado"
    ),
    "kept / kept and missed, of those of which somebody said so": (
        "cumplidas entre cumplidas y no cumplidas, de las que se sabe"
    ),
}
"""Of definitions: what is a book's title or a law's number stays as it is."""
MEASURES: Final[Mapping[Measure, str]] = {
    Measure.ATTEMPTS: "intentos",
    Measure.CALLS_MADE: "llamadas realizadas",
    Measure.LIVE_ANSWERS: "contestadas por una persona",
    Measure.ABANDONED: "abandonadas",
    Measure.CONTACTS: "contactos",
    Measure.EFFECTIVE: "llamadas efectivas",
    Measure.SUCCESSES: "llamadas con logro",
    Measure.LEADS_TRIED: "personas llamadas",
    Measure.LEADS: "personas de la base",
    Measure.NO_CONTACT: "llamadas sin contacto",
    Measure.NO_SUCCESS: "contactos sin logro",
    Measure.OUTBOUND_HANDLED: "salientes atendidas",
    Measure.OFFERED: "llamadas recibidas",
    Measure.ANSWERED: "recibidas contestadas",
    Measure.ANSWERED_IN_TIME: "contestadas a tiempo",
    Measure.CALLER_ABANDONED: "colgaron en la espera",
    Measure.WAIT_SECONDS: "tiempo de espera",
    Measure.HANDLED: "llamadas atendidas",
    Measure.TALK_SECONDS: "conversación",
    Measure.HOLD_SECONDS: "en espera",
    Measure.WRAP_UP_SECONDS: "trabajo posterior",
    Measure.READY_SECONDS: "tiempo disponible",
    Measure.BUSY_SECONDS: "tiempo en llamada",
    Measure.AFTER_CALL_SECONDS: "tiempo después de la llamada",
    Measure.NOT_READY_SECONDS: "tiempo en pausa",
    Measure.APPOINTMENTS: "citas agendadas",
    Measure.APPOINTMENTS_CANCELLED: "citas canceladas",
    Measure.APPOINTMENTS_KEPT: "citas cumplidas",
    Measure.APPOINTMENTS_MISSED: "citas no cumplidas",
    Measure.ASKED: "personas encuestadas",
    Measure.RESPONDED: "respondieron",
    Measure.CSAT_ANSWERS: "respuestas de satisfacción",
    Measure.CSAT_SATISFIED: "satisfechos",
    Measure.NPS_ANSWERS: "respuestas de recomendación",
    Measure.NPS_PROMOTERS: "promotores",
    Measure.NPS_DETRACTORS: "detractores",
    Measure.CES_ANSWERS: "respuestas de facilidad",
    Measure.CES_TOTAL: "suma de las calificaciones",
    Measure.CES_SQUARES: "suma de sus cuadrados",
    Measure.CASES: "solicitudes",
    Measure.CASES_RESOLVED: "solicitudes resueltas",
    Measure.CASES_EFFECTIVE: "resueltas con efectividad",
    Measure.CASES_IN_TIME: "resueltas a tiempo",
    Measure.RESOLUTION_SECONDS: "tiempo hasta resolver",
    Measure.CONTRACTS_DUE: "contratos por renovar",
    Measure.CONTRACTS_RENEWED: "contratos renovados",
}
COLUMNS: Final[Mapping[str, str]] = {"kept_rate": "Cumplimiento de citas"}
"""Of indicators whose name is that of a count, too."""
OF_TIME: Final = frozenset(each for each in Measure if each.value.endswith("_seconds"))


def heading(measure: Measure) -> str:
    """As a column begins with it."""
    words = MEASURES[measure]
    return words[0].upper() + words[1:]


def target_words(target: Target | None, form: Form) -> str:
    """``≥ 90 %; bajo desde 70 %``."""
    if target is None:
        return NO_TARGET
    sign = "≥" if target.higher_is_better else "≤"
    if target.low is None:
        return f"{sign} {in_words(target.good, form)}"
    beyond = "menos de" if target.higher_is_better else "más de"
    return f"{sign} {in_words(target.good, form)}; bajo: {beyond} {in_words(target.low, form)}"


def in_words(value: float, form: Form) -> str:
    """A figure in a sentence, as Spanish writes it."""
    match form:
        case Form.SHARE:
            return f"{value * 100:.4g} %".replace(".", ",")
        case Form.SECONDS:
            whole = round(value)
            return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"
        case _:
            return f"{value:.6g}".replace(".", ",")


def lacking_words(indicator: Indicator, lacking: tuple[Measure, ...]) -> str:
    """Why a figure is not there."""
    return f"{NO_FACTS}: {indicator.name_es} (nadie ha registrado: {', '.join(MEASURES[each] for each in lacking)})"
