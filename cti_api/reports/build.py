"""Makes a report: asks figures and store for what is in it, then writes workbook and CSV files beside the loop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cti_api.reports.campaign import gather_campaign
from cti_api.reports.control import gather_control
from cti_api.reports.csv_sheets import FOR_PEOPLE, write_csv
from cti_api.reports.document import Document
from cti_api.reports.framed import plain_name
from cti_api.reports.kinds import checked, report_kind
from cti_api.reports.monthly import gather_monthly
from cti_api.reports.periods import Period
from cti_api.reports.sources import Sources
from cti_api.reports.survey import gather_survey
from cti_api.reports.weekly import gather_weekly
from cti_api.reports.xlsx import write_xlsx

Gather = Callable[[Sources, Period, str, datetime], Awaitable[Document]]


_GATHER: Final[Mapping[str, Gather]] = {
    "monthly": gather_monthly,
    "weekly": gather_weekly,
    "campaign": gather_campaign,
    "survey": gather_survey,
    "control": gather_control,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltReport:
    """A report, ready to be sent or saved."""

    name: str
    """Of its kind (`cti_api.reports.kinds.REPORTS`)."""
    title: str
    """Spanish, with what it is of."""
    period_words: str
    """Spanish: ``noviembre de 2026``."""
    file_name: str
    """Of the workbook; ASCII, without a folder."""
    xlsx: bytes
    csv: dict[str, bytes]
    """By the sheet's name; for programs."""
    csv_for_people: dict[str, bytes]
    """The same as Excel opens it where numbers have a comma."""

    def csv_file_name(self, sheet: str) -> str:
        """ASCII, without a folder."""
        return f"{self.file_name.removesuffix('.xlsx')}-{plain_name(sheet)}.csv"


async def build(name: str, sources: Sources, period: Period | None, of: str, now: datetime) -> BuiltReport:
    """The report of that kind; `period` None: the latest that is over; `of`: the campaign or survey, empty for none.

    Raises `InputError` for what there is not or does not fit, `NotFound` for a campaign or a survey that there is not,
    `StoreUnavailable`, and `Unreachable` while figures are counted anew. Cancelled while it writes, it ends when that
    is done.
    """
    return await to_its_end(write, await gather(name, sources, period, of, now))


async def to_its_end(work: Callable[[Document], BuiltReport], document: Document) -> BuiltReport:
    """The work, beside the loop. A thread cannot be cut short, and holds a whole workbook: whoever is cancelled here
    ends when it has."""
    working = asyncio.get_running_loop().run_in_executor(None, work, document)
    try:
        return await asyncio.shield(working)
    except asyncio.CancelledError:
        await asyncio.wait([working])
        raise


async def gather(name: str, sources: Sources, period: Period | None, of: str, now: datetime) -> Document:
    """What is in that report, as a value; raises what `build` does. Nothing of it needs the store any more."""
    kind = report_kind(name)
    today = now.astimezone(sources.figures.zone).date()
    return await _GATHER[kind.name](sources, checked(kind, period, of, today), of, now)


def write(document: Document) -> BuiltReport:
    """The files of it. Pure, and of values that another process may be handed: it takes a processor for a while."""
    return BuiltReport(
        name=document.name,
        title=document.cover.title,
        period_words=document.cover.period_words,
        file_name=f"{document.file_stem}.xlsx",
        xlsx=write_xlsx(document),
        csv=write_csv(document),
        csv_for_people=write_csv(document, FOR_PEOPLE),
    )
