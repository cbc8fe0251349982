"""What a survey's answers come to: satisfaction, recommendation, ease, by who served, with what everybody answered
(R3.3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final

from pydantic import TypeAdapter

from cti_api.figures import Question
from cti_api.kpi.facts import Scope
from cti_api.kpi.measures import Measure, Split
from cti_api.kpi.surveys import CaseFigures, SurveyFigures, figures_of
from cti_api.model.surveys import Figure, Survey, SurveyId
from cti_api.reports.document import Chart, ChartKind, Column, Document, Form, Sheet, Table
from cti_api.reports.framed import About, agent_names, framed, queue_titles
from cti_api.reports.laid_out import (
    Answers,
    Of,
    definitions,
    group_table,
    ids_of,
    lacking_notes,
    summary_table,
)
from cti_api.reports.monthly import MONTHS_BACK, month_label
from cti_api.reports.periods import Period, months_after
from cti_api.reports.sources import Sources
from cti_api.reports.survey_tables import distributions_sheet, figures_sheet, people_sheet
from cti_api.reports.weekly import named
from cti_api.reports.words import COVER_WORDS, NO_AGENT, UNKNOWN, before_heading
from cti_api.survey_file.parse import parse_survey

SUMMARY: Final = ("response_rate", "satisfaction", "csat", "nps", "ces")
COLUMNS: Final = (
    Of("response_rate", Measure.ASKED), Of("response_rate", Measure.RESPONDED), Of("response_rate"), Of("csat"),
    Of("csat", Measure.CSAT_ANSWERS), Of("nps"), Of("nps", Measure.NPS_ANSWERS), Of("ces"),
    Of("ces", Measure.CES_ANSWERS),
)  # fmt: skip
_FIGURES: Final = TypeAdapter(tuple[SurveyFigures, ...])


async def gather_survey(sources: Sources, period: Period, of: str, now: datetime) -> Document:
    """`of`: the survey."""
    stored = await sources.store.surveys.get(SurveyId(of))
    about = About(title=stored.title, facts=((COVER_WORDS["survey"], stored.title),))
    ask = sources.figures.ask
    here = Question(first=period.first, last=period.last, scope=Scope.SURVEY, of=of)
    whole = await ask((*SUMMARY, *ids_of(COLUMNS)), here)
    earlier = period.before
    was = None if earlier is None else await ask(SUMMARY, replace(here, first=earlier.first, last=earlier.last))
    by = {
        split: await ask(ids_of(COLUMNS), replace(here, by=split))
        for split in (Split.SERVICE, Split.AGENT, Split.QUEUE)
    }
    back = months_after(period.last.replace(day=1), 1 - MONTHS_BACK)
    by_month = await ask(ids_of(COLUMNS), replace(here, first=back, by=Split.MONTH))
    within = period.bounds(sources.figures.zone)
    counted, asked = await sources.store.survey_results.counted(stored.id, *within)
    cases = await sources.store.survey_cases.figures(stored.id, *within, now)
    spec = parse_survey(stored.text)
    results: dict[str, Any] = {
        "survey": {"title": stored.title},
        "by": None,
        "groups": _FIGURES.dump_python(figures_of(spec, counted, asked), mode="json"),
    }
    summary = {each: whole[each] for each in SUMMARY}
    scale = _scale_notes(spec)
    sheets = (
        Sheet(
            name="Resumen",
            title="Resumen de la encuesta",
            tables=(
                summary_table(summary, was, before_heading(earlier)),
                _cases_table(cases),
            ),
            notes=(*scale, *lacking_notes(summary)),
        ),
        people_sheet(results),
        figures_sheet(results),
        distributions_sheet(results),
        _group_sheet("Por servicio", "Servicio", by[Split.SERVICE], whole, {}, scale),
        _group_sheet("Por agente", "Agente", by[Split.AGENT], whole, await agent_names(sources), scale, NO_AGENT),
        _group_sheet("Por cola", "Cola", by[Split.QUEUE], whole, await queue_titles(sources), scale),
        Sheet(
            name="Tendencia",
            title="Los últimos doce meses",
            tables=(_month_table(by_month, period.last),),
            charts=(
                Chart(kind=ChartKind.LINE, title="Respuesta y satisfacción", names=0, series=(3, 4)),
                Chart(kind=ChartKind.LINE, title="Recomendación neta (NPS)", names=0, series=(6,)),
            ),
            notes=(*scale, *lacking_notes(by_month)),
        ),
    )
    return framed(sources, "survey", period, now, about, definitions(whole), sheets, of=of)


def _scale_notes(spec: Survey) -> tuple[str, ...]:
    """Of what a mean of ease is: each survey has a scale of its own."""
    scales = {f"de {each.low:g} a {each.high:g}" for each in spec.questions if each.figure is Figure.CES}
    return (f"Facilidad (CES): promedio, {' y '.join(sorted(scales))}; más es más fácil.",) if scales else ()


def _month_table(by_month: Answers, last: date) -> Table:
    """Of those in which there was anything."""
    months = sorted({told.group for answer in by_month.values() for told in answer.figures})
    return group_table("Mes", COLUMNS, by_month, None, label=month_label(last), groups=months, width=30)


def _group_sheet(
    name: str,
    heading: str,
    by: Answers,
    whole: Answers,
    names: dict[str, str],
    scale: tuple[str, ...],
    rest: str = UNKNOWN,
) -> Sheet:
    return Sheet(
        name=name,
        title=name,
        tables=(group_table(heading, COLUMNS, by, whole, label=named(names), rest=rest),),
        charts=(
            Chart(kind=ChartKind.COLUMN, title="Satisfacción (CSAT)", names=0, series=(4,), most=20),
            Chart(kind=ChartKind.COLUMN, title="Recomendación neta (NPS)", names=0, series=(6,), most=20),
        ),
        notes=(*scale, *lacking_notes(by)),
    )


def _cases_table(cases: CaseFigures) -> Table:
    """What areas were told, and how they saw to it."""
    return Table(
        title="Casos que abrió la encuesta",
        columns=(
            Column(heading="Abiertos", form=Form.COUNT, width=32),
            Column(heading="Atendidos", form=Form.COUNT),
            Column(heading="Fuera de tiempo", form=Form.COUNT),
            Column(heading="Tiempo medio hasta atender", form=Form.SECONDS),
        ),
        rows=((cases.opened, cases.done, cases.late, cases.mean_resolution_seconds),),
        frozen=0,
    )
