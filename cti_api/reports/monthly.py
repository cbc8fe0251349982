"""The month's cumulative report of procedure P1, for the directors: by brand, with target, trend and reasons (R1.7,
R1.8)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Final

from cti_api.figures import Question
from cti_api.kpi.facts import Scope
from cti_api.kpi.measures import Measure, Split
from cti_api.kpi.written import group
from cti_api.reports.document import Chart, ChartKind, Column, Document, Form, Sheet, Table
from cti_api.reports.framed import campaign_about, framed
from cti_api.reports.laid_out import (
    Answers,
    Of,
    added_up,
    cell_of,
    definitions,
    group_table,
    ids_of,
    lacking_notes,
    summary_table,
    told_of,
)
from cti_api.reports.periods import Period, month_of, months_after
from cti_api.reports.sources import Sources
from cti_api.reports.why import REASONS, why_sheets
from cti_api.reports.words import before_heading

MONTHS_BACK: Final = 12
"""Of the trend, the report's own among them."""
MONTHS_AT_A_GLANCE: Final = 6

SUMMARY: Final = (
    "calls_made", "contact_rate", "effectiveness", "attempts_per_contact", "appointments", "kept_rate", "conversion",
    "abandonment",
)  # fmt: skip
BY_BRAND: Final = (
    Of("calls_made"), Of("contact_rate", Measure.CONTACTS), Of("contact_rate"), Of("effectiveness", Measure.EFFECTIVE),
    Of("effectiveness"), Of("appointments"), Of("kept_rate", Measure.APPOINTMENTS_KEPT),
    Of("kept_rate", Measure.APPOINTMENTS_MISSED), Of("kept_rate"), Of("conversion"),
)  # fmt: skip
TREND: Final = (
    Of("calls_made"), Of("contact_rate"), Of("effectiveness"), Of("appointments"), Of("kept_rate"), Of("conversion"),
)  # fmt: skip


async def gather_monthly(sources: Sources, period: Period, of: str, now: datetime) -> Document:
    """`of`: only this campaign's calls; empty: all of the company."""
    about = await campaign_about(sources, of)
    ask = sources.figures.ask
    here = Question(first=period.first, last=period.last, scope=Scope.CAMPAIGN if of else None, of=of)
    whole = await ask((*SUMMARY, *REASONS), here)
    before = period.before
    assert before is not None
    was = await ask(SUMMARY, replace(here, first=before.first, last=before.last))
    by_brand = await ask(ids_of(BY_BRAND), replace(here, by=Split.BRAND))
    by_day = await ask(ids_of(TREND), replace(here, by=Split.DAY))
    back = months_after(period.first, 1 - MONTHS_BACK)
    by_month = await ask(ids_of(TREND), replace(here, first=back, by=Split.MONTH))
    summary = {name: whole[name] for name in SUMMARY}
    sheets = (
        _summary_sheet(summary, was, by_month, period),
        _brand_sheet(by_brand, whole),
        *await why_sheets(sources, here, by_brand["calls_made"], ("Sin cita", "Por qué no hubo cita")),
        _day_sheet(by_day, period.days()),
        _trend_sheet(by_month, period),
    )  # fmt: skip
    return framed(sources, "monthly", period, now, about, definitions(whole), sheets, of=of)


def month_label(last: date) -> Callable[[str], str]:
    """What months are called where that is the last day: its own says until when, if it goes on."""
    so_far = month_of(last).until(last).so_far
    return lambda month: group(Split.MONTH, month) + (so_far if month == f"{last:%Y-%m}" else "")


def _trend_table(by_month: Answers, period: Period, months: int) -> Table:
    """The last so many months, but for those before anything was counted."""
    known = {told.group for answer in by_month.values() for told in answer.figures}
    back = [f"{months_after(period.first, n):%Y-%m}" for n in range(1 - months, 1)]
    shown = [month for month in back if known and month >= min(known)]
    return group_table("Mes", TREND, by_month, None, label=month_label(period.last), groups=shown, width=30)


def _summary_sheet(whole: Answers, was: Answers, by_month: Answers, period: Period) -> Sheet:
    glance = replace(_trend_table(by_month, period, MONTHS_AT_A_GLANCE), title="Últimos seis meses")
    return Sheet(
        name="Resumen",
        title="Resumen del mes",
        tables=(summary_table(whole, was, before_heading(period.before)), glance),
        charts=(
            Chart(kind=ChartKind.WITH_RATE, title="Llamadas y efectividad", names=0, series=(1, 3), table=1),
            Chart(kind=ChartKind.WITH_RATE, title="Citas y su cumplimiento", names=0, series=(4, 5), table=1),
        ),
        notes=lacking_notes(whole),
    )


def _brand_sheet(by_brand: Answers, whole: Answers) -> Sheet:
    return Sheet(
        name="Por marca",
        title="Resultados por marca",
        tables=(group_table("Marca", BY_BRAND, by_brand, whole),),
        charts=(
            Chart(kind=ChartKind.WITH_RATE, title="Llamadas y efectividad por marca", names=0, series=(1, 5), most=20),
            Chart(kind=ChartKind.COLUMN, title="Citas por marca", names=0, series=(6, 7, 8), most=20),
        ),
        notes=lacking_notes(by_brand),
    )


def _day_sheet(by_day: Answers, days: Sequence[date]) -> Sheet:
    """Each day of the month, and what the month had come to by then."""
    told = {each: {told.group: told for told in by_day[each].figures} for each in by_day}
    none = {each: told_of(by_day[each], "", {}) for each in by_day}
    of_days = {each: [told[each].get(f"{day}", none[each]) for day in days] for each in by_day}
    until = {each: added_up(of_days[each], by_day[each]) for each in by_day}
    columns = (
        (Of("calls_made"), of_days), (Of("contact_rate", Measure.CONTACTS), of_days),
        (Of("effectiveness", Measure.EFFECTIVE), of_days), (Of("appointments"), of_days),
        (Of("calls_made"), until), (Of("appointments"), until), (Of("effectiveness"), until),
    )  # fmt: skip
    headings = (
        "Llamadas", "Contactos", "Efectivas", "Citas", "Llamadas acumuladas", "Citas acumuladas",
        "Efectividad acumulada",
    )  # fmt: skip
    rows = tuple(
        (
            day,
            *(cell_of(column, by_day[column.indicator], source[column.indicator][place]) for column, source in columns),
        )
        for place, day in enumerate(days)
    )
    shown = (
        Column(heading="Día", form=Form.DAY, width=12),
        *(
            Column(heading=each, form=column.form, width=12)
            for each, (column, _) in zip(headings, columns, strict=True)
        ),
    )
    return Sheet(
        name="Acumulado",
        title="Acumulado del mes, día a día",
        tables=(Table(columns=shown, rows=rows),),
        charts=(
            Chart(kind=ChartKind.WITH_RATE, title="Acumulado del mes", names=0, series=(5, 6, 7)),
            Chart(kind=ChartKind.COLUMN, title="Llamadas y contactos de cada día", names=0, series=(1, 2)),
        ),
        notes=lacking_notes(by_day),
    )


def _trend_sheet(by_month: Answers, period: Period) -> Sheet:
    return Sheet(
        name="Tendencia",
        title="Los últimos doce meses",
        tables=(_trend_table(by_month, period, MONTHS_BACK),),
        charts=(
            Chart(kind=ChartKind.LINE, title="Contactabilidad, efectividad y cumplimiento", names=0, series=(2, 3, 5)),
            Chart(kind=ChartKind.COLUMN, title="Llamadas y citas", names=0, series=(1, 4)),
        ),
        notes=lacking_notes(by_month),
    )
