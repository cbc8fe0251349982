"""The five procedures' own indicators, each with its target, its colour and its way there."""

from __future__ import annotations

from typing import Final

from cti_api.metrics.indicators import Period, Shown
from monitoring.dashboards.indicators import Of, Targets, bars, number, reached, trend
from monitoring.dashboards.values import Board, Panel, Row

PROCEDURES: Final = {
    "P1": "P1 · Concesionario: contacto proactivo",
    "P2": "P2 · Universidad: telemercadeo",
    "P3": "P3 · Servicios: gestión de clientes",
    "P4": "P4 · Mesa de entrada: información y direccionamiento",
    "P5": "P5 · Empresas: posventa",
}
SHOWN: Final = {
    "P1": ("effectiveness", "contact_rate", "appointments", "kept_rate", "calls_made", "no_contact", "no_success"),
    "P2": ("conversion", "successes", "handled", "handled_outbound", "offered", "answered", "talk_time"),
    "P3": ("csat", "resolution_time", "retention", "nps", "ces", "response_rate"),
    "P4": ("satisfaction",),
    "P5": ("efficacy", "timeliness", "cases"),
}
"""Each procedure's indicators, the one that it names first in front."""
AIMED: Final = ("csat", "satisfaction", "efficacy", "timeliness", "service_level", "abandonment")
"""Those that have something to reach."""


def procedures(targets: Targets) -> Board:
    month = Of(period=Period.MONTH)
    return Board(
        id="vocero-procedures",
        title="Vocero: indicadores de los procedimientos, este mes",
        means="Los indicadores que pide cada procedimiento, de este mes, con su meta. Las mismas cifras que "
        "`vocero kpi` y los informes.",
        since="now-30d",
        refresh="1m",
        rows=(
            Row("Metas", (reached(AIMED, month, 24),), height=6),
            *(Row(PROCEDURES[name], _panels(name, month, targets), height=6) for name in PROCEDURES),
        ),
    )


def _panels(procedure: str, month: Of, targets: Targets) -> tuple[Panel, ...]:
    return (*(number(name, month, targets, 4) for name in SHOWN[procedure]), *_trends(procedure, month, targets))


def _trends(procedure: str, month: Of, targets: Targets) -> tuple[Panel, ...]:
    match procedure:
        case "P1":
            names = ("effectiveness", "contact_rate", "kept_rate")
            return (trend("Efectividad, contacto y citas cumplidas", names, month, targets, 20),)
        case "P2":
            return (trend("Conversión", ("conversion",), month, targets, 20),)
        case "P3":
            return (
                trend("Satisfacción y retención", ("csat", "retention"), month, targets),
                trend("Tiempo medio de solución", ("resolution_time",), month, targets),
            )
        case "P4":
            each = Of(period=Period.MONTH, shown=Shown.SURVEY)
            return (bars("satisfaction", each, targets, 8), trend("Satisfacción", ("satisfaction",), month, targets))
        case _:
            return (trend("Eficacia y oportunidad", ("efficacy", "timeliness"), month, targets),)
