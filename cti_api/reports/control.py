"""The control form of procedure P1 as a report: every customer with their calls and appointment (R1.6)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time
from typing import Final

from cti_api.campaign_file.parse import parse_campaign
from cti_api.errors import InputError
from cti_api.figures import Question
from cti_api.kpi.control_form import Cell as FormCell
from cti_api.kpi.control_form import CellKind, form_columns, form_row
from cti_api.kpi.facts import Scope
from cti_api.kpi.measures import Split
from cti_api.model.campaigns import CampaignSpec
from cti_api.model.ids import CampaignId
from cti_api.reports.control_sheet import FROZEN_COLUMNS
from cti_api.reports.document import Cell, Column, Document, Form, Sheet, Table
from cti_api.reports.framed import campaign_about, framed
from cti_api.reports.laid_out import definitions, group_table, ids_of, lacking_notes, summary_table
from cti_api.reports.monthly import BY_BRAND, SUMMARY
from cti_api.reports.periods import Period
from cti_api.reports.sources import Sources
from cti_api.reports.words import COVER_WORDS

PAGE: Final = 100
"""Customers read at a time: about twenty milliseconds in which the process does nothing else."""
MOST_CUSTOMERS: Final = 20_000
"""Of a form that is sent: a workbook of 2 MB, for which a processor takes four seconds and 100 MB of memory."""
_FORMS: Final = {
    CellKind.TEXT: Form.TEXT,
    CellKind.NUMBER: Form.COUNT,
    CellKind.INSTANT: Form.INSTANT,
    CellKind.DAY: Form.DAY,
    CellKind.HOUR: Form.HOUR,
}


async def gather_control(sources: Sources, period: Period, of: str, now: datetime) -> Document:
    """`of`: the campaign. Raises `InputError` where it has more than `MOST_CUSTOMERS`."""
    about = await campaign_about(sources, of)
    spec = parse_campaign((await sources.store.campaigns.get(CampaignId(of))).spec_text)
    if spec.hours.timezone != str(sources.figures.zone):
        about = replace(about, facts=(*about.facts, (COVER_WORDS["hours"], spec.hours.timezone)))
    ask = sources.figures.ask
    here = Question(first=period.first, last=period.last, scope=Scope.CAMPAIGN, of=of)
    whole = await ask(ids_of(BY_BRAND) + SUMMARY, here)
    by_brand = await ask(ids_of(BY_BRAND), replace(here, by=Split.BRAND))
    summary = {name: whole[name] for name in SUMMARY}
    sheets = (
        Sheet(name="Control", title=f"Formato de control: {spec.title}", tables=(await _form(sources, spec),)),
        Sheet(
            name="Indicadores",
            title="Indicadores de la campaña",
            tables=(summary_table(summary),),
            notes=lacking_notes(summary),
        ),
        Sheet(
            name="Por marca",
            title="Resultados por marca",
            tables=(group_table("Marca", BY_BRAND, by_brand, whole),),
            notes=lacking_notes(by_brand),
        ),
    )
    return framed(sources, "control", period, now, about, definitions(whole), sheets, of=of)


async def _form(sources: Sources, spec: CampaignSpec) -> Table:
    columns = form_columns(spec)
    kinds = [column.kind for column in columns]
    rows: list[tuple[Cell, ...]] = []
    after = 0
    while page := await sources.store.control_form.page(spec.id, after, PAGE):
        for each in page:
            row = form_row(spec, each.lead, each.key, each.attempts, each.appointments)
            rows.append(tuple(_cell(cell, kind) for cell, kind in zip(row, kinds, strict=True)))
        after = page[-1].lead.id
        if len(rows) > MOST_CUSTOMERS:
            raise InputError(
                f"The campaign has more than {MOST_CUSTOMERS} customers: write its form to a file with"
                f" `vocero campaign export {spec.id} --form control --to FILE.xlsx`."
            )
    return Table(
        columns=tuple(Column(heading=each.heading, form=_FORMS[each.kind], width=each.width) for each in columns),
        rows=tuple(rows),
        frozen=FROZEN_COLUMNS,
    )


def _cell(cell: FormCell, kind: CellKind) -> str | int | datetime | date | time | None:
    if not isinstance(cell, datetime):
        return cell or None if isinstance(cell, str) else cell
    match kind:
        case CellKind.DAY:
            return cell.date()
        case CellKind.HOUR:
            return cell.time()
        case _:
            return cell
