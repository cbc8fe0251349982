"""Which reports there are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from cti_api.errors import InputError
from cti_api.reports.periods import Period, PeriodKind, latest


class Subject(StrEnum):
    """What a report is of."""

    NONE = ""
    """The whole company."""
    CAMPAIGN = "campaign"
    SURVEY = "survey"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportKind:
    """One kind of report; `name` is how everybody asks for it."""

    name: str
    title: str
    """Spanish, without its period."""
    periods: tuple[PeriodKind, ...]
    """Which it takes, the usual one first."""
    subject: Subject = Subject.NONE
    must_have_subject: bool = True
    """False: without one it is of all."""
    sheets: tuple[str, ...]
    """In order; each but the cover is a CSV too."""
    procedure: str = ""
    """Whose rows ask for it."""


COVER: Final = "Portada"

_ALL: Final = (
    ReportKind(
        name="monthly",
        title="Informe mensual acumulado por marca",
        periods=(PeriodKind.MONTH,),
        subject=Subject.CAMPAIGN,
        must_have_subject=False,
        sheets=(COVER, "Resumen", "Por marca", "Sin contacto", "Sin cita", "Acumulado", "Tendencia"),
        procedure="R1.7, R1.8",
    ),
    ReportKind(
        name="weekly",
        title="Consolidado semanal por agente",
        periods=(PeriodKind.WEEK,),
        sheets=(COVER, "Resumen", "Por agente", "Por día", "Agente y día", "Por cola"),
        procedure="R2.5",
    ),
    ReportKind(
        name="campaign",
        title="Resultados de la campaña",
        periods=(PeriodKind.WHOLE, PeriodKind.DAYS, PeriodKind.WEEK, PeriodKind.MONTH),
        subject=Subject.CAMPAIGN,
        sheets=(
            COVER,
            "Resumen",
            "Resultados",
            "Sin contacto",
            "Sin logro",
            "Por agente",
            "Por hora",
            "Por lista",
            "Por día",
        ),
        procedure="R2.3",
    ),
    ReportKind(
        name="survey",
        title="Resultados de la encuesta",
        periods=(PeriodKind.MONTH, PeriodKind.DAYS, PeriodKind.WEEK, PeriodKind.WHOLE),
        subject=Subject.SURVEY,
        sheets=(
            COVER,
            "Resumen",
            "Participación",
            "Indicadores",
            "Respuestas",
            "Por servicio",
            "Por agente",
            "Por cola",
            "Tendencia",
        ),
        procedure="R3.3",
    ),
    ReportKind(
        name="control",
        title="Formato de control",
        periods=(PeriodKind.WHOLE,),
        subject=Subject.CAMPAIGN,
        sheets=(COVER, "Control", "Indicadores", "Por marca"),
        procedure="R1.6",
    ),
)

REPORTS: Final[Mapping[str, ReportKind]] = {each.name: each for each in _ALL}


def report_kind(name: str) -> ReportKind:
    """Raises `InputError` that names them all."""
    if (found := REPORTS.get(name)) is None:
        raise InputError(f"There is no report {name[:40]!r}; there are {', '.join(sorted(REPORTS))}.")
    return found


def checked(kind: ReportKind, period: Period | None, of: str, today: date) -> Period:
    """The period that the report is of: the one asked for, else the latest of its usual kind that is over;
    without the days that are still to come.

    Raises `InputError` for a period that the report does not take, and where it is of a campaign or a survey and none
    is named, or of none and one is.
    """
    if kind.subject is Subject.NONE and of:
        raise InputError(f"The report {kind.name} is of the whole company: leave out {of[:40]!r}.")
    if kind.subject is not Subject.NONE and kind.must_have_subject and not of:
        raise InputError(f"The report {kind.name} is of a {kind.subject}: say of which.")
    found = period or latest(kind.periods[0], today)
    if found.kind not in kind.periods:
        takes = " or ".join(kind.periods)
        raise InputError(f"The report {kind.name} is of a period of the kind {takes}, not {found.kind}.")
    if found.first > today:
        raise InputError(f"The period begins on {found.first}, which is still to come.")
    return found.until(today)
