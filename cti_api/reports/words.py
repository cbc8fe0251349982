"""What people read in reports, in Spanish, in one place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from cti_api.kpi.answer import LEAST_TO_JUDGE
from cti_api.kpi.measures import Measure
from cti_api.kpi.words import MEASURES
from cti_api.model.campaigns import CampaignState
from cti_api.reports.periods import Period, PeriodKind

NOTHING: Final = "sin datos en este periodo"
NO_FACTS: Final = "sin datos"
"""In place of a figure of which nobody ever recorded what it is made of."""
TOTAL: Final = "Total"
NO_AGENT: Final = "(sin agente)"
UNKNOWN: Final = "(sin dato)"
"""What belongs to no brand, agent …"""

_BEFORE: Final[Mapping[PeriodKind, str]] = {
    PeriodKind.MONTH: "Mes anterior",
    PeriodKind.WEEK: "Semana anterior",
    PeriodKind.DAYS: "Días anteriores",
}
NO_TARGET: Final = "sin meta"
TOO_FEW: Final = "pocos datos"
INTERVAL: Final = ("Desde (95 %)", "Hasta (95 %)")
"""Between which everybody's figure lies, with that confidence."""

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
    "few": f"en gris: menos de {LEAST_TO_JUDGE} llamadas, citas o respuestas, muy pocas para juzgar",
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

COLUMNS: Final[Mapping[Measure, str]] = {
    Measure.WAIT_SECONDS: "En espera de los atendidos",
    Measure.TALK_SECONDS: "En conversación",
    Measure.HOLD_SECONDS: "En retención",
    Measure.WRAP_UP_SECONDS: "En tipificación",
    Measure.READY_SECONDS: "Disponible",
    Measure.BUSY_SECONDS: "Ocupado en llamadas",
    Measure.AFTER_CALL_SECONDS: "Tras la llamada",
    Measure.NOT_READY_SECONDS: "En pausa",
    Measure.RESOLUTION_SECONDS: "Hasta la solución",
}
"""Of times, which a column shows as hours and minutes."""
OF_TIME: Final = frozenset(each for each in Measure if each.value.endswith("_seconds"))


def before_heading(period: Period | None) -> str:
    """Of the column of what a report is compared with; empty of nothing."""
    return "" if period is None else f"{_BEFORE[period.kind]}{period.so_far}"


def heading(measure: Measure) -> str:
    """As a column begins with it."""
    words = MEASURES[measure].es
    return COLUMNS.get(measure, words[0].upper() + words[1:])
