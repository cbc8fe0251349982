"""The week's consolidation of procedure P2: what each agent handled, in and out, and how their time went (R2.5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Final

from cti_api.figures import Question
from cti_api.kpi.measures import Measure, Split
from cti_api.reports.document import Cell, Chart, ChartKind, Column, Document, Form, Sheet, Table
from cti_api.reports.framed import About, agent_names, framed, queue_titles
from cti_api.reports.laid_out import (
    Answers,
    Of,
    definitions,
    group_table,
    ids_of,
    lacking_notes,
    name_width,
    summary_table,
)
from cti_api.reports.periods import WEEKDAYS, Period
from cti_api.reports.sources import Sources
from cti_api.reports.words import NO_AGENT, TOTAL, before_heading

SUMMARY: Final = (
    "handled", "answered", "handled_outbound", "aht", "occupancy", "utilisation", "offered", "service_level",
    "asa", "caller_abandonment",
)  # fmt: skip
BY_AGENT: Final = (
    Of("answered"), Of("handled_outbound"), Of("handled"), Of("aht", Measure.TALK_SECONDS),
    Of("aht", Measure.HOLD_SECONDS), Of("aht", Measure.WRAP_UP_SECONDS), Of("aht"),
    Of("occupancy", Measure.READY_SECONDS), Of("utilisation", Measure.NOT_READY_SECONDS), Of("occupancy"),
    Of("utilisation"),
)  # fmt: skip
BY_QUEUE: Final = (
    Of("offered"), Of("answered"), Of("service_level", Measure.ANSWERED_IN_TIME), Of("service_level"),
    Of("asa"), Of("caller_abandonment", Measure.CALLER_ABANDONED), Of("caller_abandonment"),
)  # fmt: skip
TOTAL_FIRST: Final = 2
"""Place of `handled` in `BY_AGENT`: who handled most comes first."""


async def gather_weekly(sources: Sources, period: Period, of: str, now: datetime) -> Document:
    """Of the whole company."""
    del of
    ask = sources.figures.ask
    here = Question(first=period.first, last=period.last)
    before = period.before
    assert before is not None
    whole = await ask(ids_of((*map(Of, SUMMARY), *BY_AGENT, *BY_QUEUE)), here)
    was = await ask(SUMMARY, replace(here, first=before.first, last=before.last))
    by_agent = await ask(ids_of(BY_AGENT), replace(here, by=Split.AGENT))
    by_day = await ask(ids_of(BY_AGENT), replace(here, by=Split.DAY))
    by_queue = await ask(ids_of(BY_QUEUE), replace(here, by=Split.QUEUE))
    of_days = {
        day: await ask(ids_of(BY_AGENT), replace(here, first=day, last=day, by=Split.AGENT)) for day in period.days()
    }
    name = named(await agent_names(sources))
    days = _day_table(by_day, whole, period)
    summary = {each: whole[each] for each in SUMMARY}
    sheets = (
        Sheet(
            name="Resumen",
            title="Resumen de la semana",
            tables=(summary_table(summary, was, before_heading(before)),),
            notes=lacking_notes(summary),
        ),
        _agent_sheet(by_agent, whole, name),
        Sheet(
            name="Por día",
            title="Por día de la semana",
            tables=(days,),
            charts=(
                Chart(kind=ChartKind.STACKED, title="Llamadas atendidas por día", names=0, series=(1, 2)),
                Chart(kind=ChartKind.LINE, title="Ocupación y utilización", names=0, series=(10, 11)),
            ),
            notes=lacking_notes(by_day),
        ),
        _agent_day_sheet(of_days, by_agent, whole, name),
        Sheet(
            name="Por cola",
            title="Llamadas recibidas, por cola",
            tables=(group_table("Cola", BY_QUEUE, by_queue, whole, label=named(await queue_titles(sources))),),
            charts=(
                Chart(kind=ChartKind.WITH_RATE, title="Recibidas y nivel de servicio", names=0, series=(1, 4), most=20),
            ),
            notes=lacking_notes(by_queue),
        ),
    )
    return framed(sources, "weekly", period, now, About(), definitions(whole), sheets)


def named(names: Mapping[str, str]) -> Callable[[str], str]:
    """What somebody is called; who is not there any more by their id."""
    return lambda group: names.get(group, group)


def day_name(day: date) -> str:
    """``lunes 16/11``."""
    return f"{WEEKDAYS[day.weekday()]} {day:%d/%m}"


def _day_table(by_day: Answers, whole: Answers, period: Period) -> Table:
    shown = [f"{day}" for day in period.days()]
    return group_table(
        "Día", BY_AGENT, by_day, whole, label=lambda group: day_name(date.fromisoformat(group)), groups=shown
    )


def _agent_sheet(by_agent: Answers, whole: Answers, name: Callable[[str], str]) -> Sheet:
    return Sheet(
        name="Por agente",
        title="Por agente",
        tables=(group_table("Agente", BY_AGENT, by_agent, whole, label=name, rest=NO_AGENT, first=TOTAL_FIRST),),
        charts=(
            Chart(kind=ChartKind.STACKED, title="Llamadas atendidas", names=0, series=(1, 2)),
            Chart(kind=ChartKind.COLUMN, title="Ocupación y utilización", names=0, series=(10, 11)),
        ),
        notes=lacking_notes(by_agent),
    )


def _agent_day_sheet(
    of_days: Mapping[date, Answers], by_agent: Answers, whole: Answers, name: Callable[[str], str]
) -> Sheet:
    """Calls handled, an agent a row, a day a column: all of them, those in, those out."""
    parts = (("handled", "Atendidas"), ("answered", "Entrantes"), ("handled_outbound", "Salientes"))
    columns = (
        *(Column(heading=day_name(day), form=Form.COUNT, width=12) for day in of_days),
        Column(heading=TOTAL, form=Form.COUNT, width=10),
    )
    agents = [
        told.group for told in sorted(by_agent["handled"].figures, key=lambda told: (-(told.value or 0), told.group))
    ]
    width = name_width(map(name, agents))
    tables = []
    for indicator, title in parts:
        counted = [
            {told.group: told.value or 0.0 for told in answers[indicator].figures} for answers in of_days.values()
        ]
        rows = tuple((name(agent), *_with_sum([day.get(agent, 0.0) for day in counted])) for agent in agents)
        total = (TOTAL, *_with_sum([sum(day.values()) for day in counted]))
        tables.append(
            Table(columns=(Column(heading="Agente", width=width), *columns), rows=rows, total=total, title=title)
        )
    notes = tuple(note for note in lacking_notes({each: whole[each] for each, _ in parts}))
    return Sheet(
        name="Agente y día",
        title="Llamadas atendidas por agente y día",
        tables=tuple(tables),
        charts=(Chart(kind=ChartKind.COLUMN, title="Llamadas atendidas", names=0, series=(len(columns),)),),
        notes=notes,
    )


def _with_sum(counts: list[float]) -> tuple[Cell, ...]:
    return (*counts, sum(counts))
