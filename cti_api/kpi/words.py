"""What measures, splits and judgements are called, in the languages in which figures are read: the one place for it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from cti_api.kpi.answer import Judged
from cti_api.kpi.formula import Unit
from cti_api.kpi.measures import Measure, Split


class Language(StrEnum):
    """In which figures are read."""

    ES = "es"
    EN = "en"


class Words(NamedTuple):
    """The same in each language."""

    es: str
    en: str

    def in_(self, language: Language) -> str:
        return self.es if language is Language.ES else self.en


M = Measure
MEASURES: Final[Mapping[Measure, Words]] = {
    M.ATTEMPTS: Words("intentos cerrados", "attempts closed"),
    M.CALLS_MADE: Words("llamadas realizadas", "calls made"),
    M.LIVE_ANSWERS: Words("contestadas por una persona", "live answers"),
    M.ABANDONED: Words("abandonadas por falta de agente", "abandoned for want of an agent"),
    M.CONTACTS: Words("contactos", "contacts"),
    M.EFFECTIVE: Words("llamadas efectivas", "effective calls"),
    M.SUCCESSES: Words("llamadas con logro", "calls that reached the goal"),
    M.LEADS_TRIED: Words("registros llamados", "leads called"),
    M.LEADS: Words("registros de la base", "leads brought in"),
    M.NO_CONTACT: Words("llamadas sin contacto", "calls without contact"),
    M.NO_SUCCESS: Words("contactos sin logro", "contacts without the goal"),
    M.OUTBOUND_HANDLED: Words("llamadas de salida atendidas", "outbound calls handled"),
    M.OFFERED: Words("llamadas recibidas", "callers"),
    M.ANSWERED: Words("llamantes atendidos", "callers answered"),
    M.ANSWERED_IN_TIME: Words("atendidos a tiempo", "callers answered in time"),
    M.CALLER_ABANDONED: Words("colgaron en la espera", "callers who gave up"),
    M.WAIT_SECONDS: Words("segundos de espera de los atendidos", "seconds waited by those answered"),
    M.HANDLED: Words("llamadas atendidas", "calls handled"),
    M.TALK_SECONDS: Words("segundos de conversación", "seconds of talk"),
    M.HOLD_SECONDS: Words("segundos en retención", "seconds on hold"),
    M.WRAP_UP_SECONDS: Words("segundos de tipificación", "seconds of wrap-up"),
    M.READY_SECONDS: Words("segundos disponibles", "seconds ready"),
    M.BUSY_SECONDS: Words("segundos ocupados en llamadas", "seconds busy with calls"),
    M.AFTER_CALL_SECONDS: Words("segundos tras la llamada", "seconds after calls"),
    M.NOT_READY_SECONDS: Words("segundos en pausa", "seconds paused"),
    M.APPOINTMENTS: Words("citas agendadas", "appointments booked"),
    M.APPOINTMENTS_CANCELLED: Words("citas canceladas", "appointments cancelled"),
    M.APPOINTMENTS_KEPT: Words("citas cumplidas", "appointments kept"),
    M.APPOINTMENTS_MISSED: Words("citas incumplidas", "appointments missed"),
    M.ASKED: Words("personas por encuestar", "people to be asked"),
    M.RESPONDED: Words("personas que respondieron", "people who responded"),
    M.RATED: Words("personas que calificaron", "people who gave a score"),
    M.SATISFIED: Words("personas satisfechas", "people satisfied"),
    M.CSAT_ANSWERS: Words("respuestas de satisfacción", "satisfaction answers"),
    M.CSAT_SATISFIED: Words("respuestas satisfechas", "satisfied answers"),
    M.NPS_ANSWERS: Words("respuestas de recomendación", "recommendation answers"),
    M.NPS_PROMOTERS: Words("promotores (9 y 10)", "promoters (9 and 10)"),
    M.NPS_DETRACTORS: Words("detractores (0 a 6)", "detractors (0 to 6)"),
    M.CES_ANSWERS: Words("respuestas de facilidad", "effort answers"),
    M.CES_TOTAL: Words("suma de puntajes de facilidad", "sum of effort scores"),
    M.CES_SQUARES: Words("suma de sus cuadrados", "sum of their squares"),
    M.CASES: Words("solicitudes abiertas", "requests opened"),
    M.CASES_RESOLVED: Words("solicitudes resueltas", "requests resolved"),
    M.CASES_EFFECTIVE: Words("solicitudes resueltas con efectividad", "requests resolved effectively"),
    M.CASES_IN_TIME: Words("solicitudes resueltas a tiempo", "requests resolved in time"),
    M.RESOLUTION_SECONDS: Words("segundos hasta la solución", "seconds until resolved"),
    M.CONTRACTS_DUE: Words("contratos por renovar", "contracts due for renewal"),
    M.CONTRACTS_RENEWED: Words("contratos renovados", "contracts renewed"),
}

SPLITS: Final[Mapping[Split, Words]] = {
    Split.CAMPAIGN: Words("campaña", "campaign"),
    Split.LIST: Words("lista", "list"),
    Split.BRAND: Words("marca", "brand"),
    Split.AGENT: Words("agente", "agent"),
    Split.QUEUE: Words("cola", "queue"),
    Split.SURVEY: Words("encuesta", "survey"),
    Split.SERVICE: Words("servicio", "service"),
    Split.REASON: Words("motivo", "reason"),
    Split.HOUR: Words("hora", "hour"),
    Split.DAY: Words("día", "day"),
    Split.MONTH: Words("mes", "month"),
}

JUDGED: Final[Mapping[Judged, Words]] = {
    Judged.GOOD: Words("bueno", "good"),
    Judged.WATCH: Words("por vigilar", "to be watched"),
    Judged.BAD: Words("malo", "bad"),
}
"""One word for all of them: of what shall be little, "bajo" would be praise."""

UNITS: Final[Mapping[Unit, Words]] = {
    Unit.COUNT: Words("cantidad", "count"),
    Unit.SHARE: Words("porcentaje", "percentage"),
    Unit.SECONDS: Words("tiempo", "time"),
    Unit.POINTS: Words("puntos, de −100 a 100", "points, −100 to 100"),
    Unit.SCORE: Words("puntaje de la pregunta", "score of the question"),
    Unit.RATIO: Words("por cada uno", "for each"),
}

TARGET: Final = {
    True: Words("bueno desde {good}, malo por debajo de {low}", "good from {good}, bad under {low}"),
    False: Words("bueno hasta {good}, malo por encima de {low}", "good up to {good}, bad over {low}"),
}
"""Where more is better, and where less is."""
NO_FACTS: Final = Words("Sin datos: falta registrar {measures}.", "No facts yet of {measures}.")
"""Of an indicator that lacks what it is made of."""
NOTHING: Final = Words("No hubo de qué en este período.", "There was nothing of it in this time.")
"""There is nothing to divide by."""
OF_NOBODY: Final = Words("(sin indicar)", "(not said)")
"""A group without a name."""
MONTHS: Final = tuple(
    Words(es, en)
    for es, en in (
        ("enero", "January"), ("febrero", "February"), ("marzo", "March"), ("abril", "April"), ("mayo", "May"),
        ("junio", "June"), ("julio", "July"), ("agosto", "August"), ("septiembre", "September"),
        ("octubre", "October"), ("noviembre", "November"), ("diciembre", "December"),
    )
)  # fmt: skip
TECHNICAL: Final = Words("falla del teléfono", "telephone lost")
"""The pause that nobody asked for."""
