"""What a campaign came to, for who asked for it (R2.3): calls, contacts, reasons, by agent, hour and list."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Final

from cti_api.campaign_file.parse import parse_campaign
from cti_api.figures import Question
from cti_api.kpi.answer import LEAST_TO_JUDGE, Answer
from cti_api.kpi.control_form import RESULTS
from cti_api.kpi.facts import Scope
from cti_api.kpi.formula import Unit
from cti_api.kpi.measures import Measure, Split
from cti_api.kpi.written import amount, group
from cti_api.model.calls import CallResult
from cti_api.model.campaigns import CampaignSpec
from cti_api.model.ids import CampaignId
from cti_api.reports.document import Cell, Chart, ChartKind, Column, Document, Form, Sheet, Table
from cti_api.reports.framed import agent_names, campaign_about, framed
from cti_api.reports.laid_out import (
    Answers,
    Of,
    definitions,
    group_table,
    ids_of,
    lacking_notes,
    summary_table,
    whole_of,
)
from cti_api.reports.periods import Period
from cti_api.reports.sources import Sources
from cti_api.reports.weekly import named
from cti_api.reports.why import REASONS, why_sheets
from cti_api.reports.words import NO_AGENT, TOTAL, before_heading, heading
from cti_api.store.tallied import TalliedCall

SUMMARY: Final = (
    "penetration", "calls_made", "contact_rate", "effectiveness", "successes", "conversion", "attempts_per_contact",
    "abandonment", "appointments", "kept_rate", "handled", "aht",
)  # fmt: skip
FUNNEL: Final = (
    Of("penetration", Measure.LEADS), Of("penetration", Measure.LEADS_TRIED), Of("calls_made"),
    Of("abandonment", Measure.LIVE_ANSWERS), Of("contact_rate", Measure.CONTACTS),
    Of("effectiveness", Measure.EFFECTIVE), Of("successes"),
)  # fmt: skip
CALLS: Final = (
    Of("calls_made"), Of("contact_rate", Measure.CONTACTS), Of("contact_rate"), Of("effectiveness", Measure.EFFECTIVE),
    Of("effectiveness"), Of("successes"), Of("conversion"),
)  # fmt: skip
BY_AGENT: Final = (
    Of("handled"), Of("contact_rate", Measure.CONTACTS), Of("effectiveness", Measure.EFFECTIVE), Of("successes"),
    Of("conversion"), Of("aht", Measure.TALK_SECONDS), Of("aht"), Of("appointments"),
)  # fmt: skip
BY_LIST: Final = (
    Of("penetration", Measure.LEADS), Of("penetration", Measure.LEADS_TRIED), Of("penetration"), *CALLS,
)  # fmt: skip


async def gather_campaign(sources: Sources, period: Period, of: str, now: datetime) -> Document:
    """`of`: the campaign."""
    about = await campaign_about(sources, of)
    spec = parse_campaign((await sources.store.campaigns.get(CampaignId(of))).spec_text)
    ask = sources.figures.ask
    here = Question(first=period.first, last=period.last, scope=Scope.CAMPAIGN, of=of)
    whole = await ask(ids_of((*map(Of, SUMMARY), *map(Of, REASONS), *BY_AGENT, *BY_LIST)), here)
    earlier = period.before
    was = None if earlier is None else await ask(SUMMARY, replace(here, first=earlier.first, last=earlier.last))
    by_brand = await ask(("calls_made",), replace(here, by=Split.BRAND))
    by_agent = await ask(ids_of(BY_AGENT), replace(here, by=Split.AGENT))
    by_hour = await ask(ids_of(CALLS), replace(here, by=Split.HOUR))
    by_list = await ask(ids_of(BY_LIST), replace(here, by=Split.LIST))
    by_day = await ask(ids_of(CALLS), replace(here, by=Split.DAY))
    names = named(await agent_names(sources))
    summary = {each: whole[each] for each in SUMMARY}
    ended = await _ended(sources, spec, period)
    sheets = (
        Sheet(
            name="Resumen",
            title="Resumen de la campaña",
            tables=(summary_table(summary, was, before_heading(earlier)), _funnel(whole)),
            charts=(Chart(kind=ChartKind.BAR, title="De la base al logro", names=0, series=(1,), table=1),),
            notes=lacking_notes(summary),
        ),
        _results_sheet(spec, ended),
        *await why_sheets(sources, here, by_brand["calls_made"], ("Sin logro", "Por qué no hubo logro")),
        Sheet(
            name="Por agente",
            title="Por agente",
            tables=(group_table("Agente", BY_AGENT, by_agent, whole, label=names, rest=NO_AGENT),),
            charts=(
                Chart(kind=ChartKind.COLUMN, title="Atendidas y con logro", names=0, series=(1, 4)),
                Chart(kind=ChartKind.COLUMN, title="Conversión", names=0, series=(5,)),
            ),
            notes=lacking_notes(by_agent),
        ),
        _hour_sheet(by_hour, whole),
        Sheet(
            name="Por lista",
            title="Por lista",
            tables=(group_table("Lista", BY_LIST, by_list, whole, width=26),),
            charts=(
                Chart(kind=ChartKind.COLUMN, title="Base y personas llamadas", names=0, series=(1, 2)),
                Chart(kind=ChartKind.COLUMN, title="Contactabilidad y efectividad", names=0, series=(6, 8)),
            ),
            notes=lacking_notes(by_list),
        ),
        Sheet(
            name="Por día",
            title="Por día",
            tables=(_day_table(by_day, whole),),
            charts=(
                Chart(kind=ChartKind.WITH_RATE, title="Llamadas y efectividad", names=0, series=(1, 5), most=62),
            ),
            notes=lacking_notes(by_day),
        ),
    )  # fmt: skip
    return framed(sources, "campaign", period, now, about, definitions(whole), sheets, of=of)


def _day_table(by_day: Answers, whole: Answers) -> Table:
    """Of those on which there was anything."""
    days = sorted({told.group for answer in by_day.values() for told in answer.figures})
    return group_table("Día", CALLS, by_day, whole, label=partial(group, Split.DAY), groups=days, width=12)


def _funnel(whole: Answers) -> Table:
    """From everybody on the list to the goal; what nobody recorded is left out."""
    rows: list[tuple[Cell, ...]] = []
    for column in FUNNEL:
        told = whole_of(whole[column.indicator])
        if told is not None:
            count = told.value if column.measure is None else told.counts[column.measure]
            rows.append((column.heading, count))
    columns = (Column(heading="Paso", width=32), Column(heading="Cuántos", form=Form.COUNT, width=13))
    return Table(columns=columns, rows=tuple(rows), title="De la base al logro")


def _hour_sheet(by_hour: Answers, whole: Answers) -> Sheet:
    hours = [f"{hour}" for hour in range(24)]
    known = {told.group for answer in by_hour.values() for told in answer.figures}
    shown = [hour for hour in hours if hour in known]
    return Sheet(
        name="Por hora",
        title="Por hora del día",
        tables=(group_table("Hora", CALLS, by_hour, whole, label=partial(group, Split.HOUR), groups=shown, width=16),),
        charts=(Chart(kind=ChartKind.WITH_RATE, title="Llamadas y contactabilidad", names=0, series=(1, 3)),),
        notes=(_best_hour(by_hour["contact_rate"]), *lacking_notes(by_hour)),
    )


def _best_hour(by_hour: Answer) -> str:
    """The hour to call at, as far as it is known: not always the one with the highest rate."""
    least = {told.group: told.interval.low for told in by_hour.figures if told.interval is not None}
    if by_hour.best is None:
        return f"Mejor hora: ninguna se distingue todavía (se comparan las de {LEAST_TO_JUDGE} llamadas o más)."
    return (
        f"La hora que más asegura encontrar a las personas: {group(Split.HOUR, by_hour.best)}, con una contactabilidad"
        f" de {amount(least[by_hour.best], Unit.SHARE)} o más (95 % de confianza). Otra puede tener un valor más alto,"
        f" menos seguro; se comparan las de {LEAST_TO_JUDGE} llamadas o más."
    )


@dataclass(slots=True)
class _Ended:
    """How calls ended: what agents said of them, and what the telephone did."""

    dispositions: Counter[str] = field(default_factory=Counter)
    results: Counter[CallResult] = field(default_factory=Counter)


async def _ended(sources: Sources, spec: CampaignSpec, period: Period) -> _Ended:
    """Of attempts that were made in this time."""
    first, until = period.bounds(sources.figures.zone)
    found = _Ended()
    last: TalliedCall | None = None
    while calls := await sources.store.tallied.page(spec.id, last):
        for call in calls:
            if first <= call.created_at < until and call.result is not None:
                found.results[call.result] += 1
                found.dispositions[call.disposition] += bool(call.disposition)
        last = calls[-1]
    return found


def _results_sheet(spec: CampaignSpec, ended: _Ended) -> Sheet:
    labels = {each.code: each.label for each in spec.dispositions}
    kinds = {
        each.code: ", ".join(
            words
            for words, holds in (("contacto", each.contact), ("efectiva", each.effective), ("logro", each.success))
            if holds
        )
        for each in spec.dispositions
    }
    said = [(labels.get(code, code), kinds.get(code, ""), count) for code, count in ended.dispositions.most_common()]
    spoken = sum(ended.dispositions.values())
    heard: Counter[str] = Counter()
    for result, count in ended.results.items():
        heard[RESULTS[result]] += count
    columns = (
        Column(heading="Tipificación", width=32),
        Column(heading="Cuenta como", width=28),
        Column(heading="Llamadas", form=Form.COUNT, width=13),
        Column(heading="Parte", form=Form.SHARE, width=10),
    )
    return Sheet(
        name="Resultados",
        title="En qué terminaron las llamadas",
        tables=(
            Table(
                columns=columns,
                rows=tuple((label, kind, count, count / spoken) for label, kind, count in said if count),
                total=(TOTAL, None, spoken, 1.0 if spoken else None),
                title="Lo que tipificaron los agentes",
            ),
            Table(
                columns=(Column(heading="Resultado", width=32), Column(heading=""), *columns[2:]),
                rows=tuple((words, None, count, count / heard.total()) for words, count in heard.most_common()),
                total=(heading(Measure.ATTEMPTS), None, heard.total(), 1.0 if heard else None),
                title="Lo que pasó en la línea",
            ),
        ),
        charts=(
            Chart(kind=ChartKind.BAR, title="Tipificaciones", names=0, series=(2,), most=15),
            Chart(kind=ChartKind.BAR, title="Resultados de la línea", names=0, series=(2,), table=1, most=15),
        ),
    )
