"""Reports: any of them to take away, what is sent by itself, and what was sent."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi.responses import Response

from cti_api.console.administration.frame import administration
from cti_api.reports.kinds import REPORTS, ReportKind, Subject
from cti_api.reports.periods import Period, PeriodKind, month_of, months_after, week_of
from cti_api.web.handed import Everything
from cti_api.web.reports import scheduled_told

router = APIRouter(prefix="/administracion", include_in_schema=False)

MOST: Final = 100
MONTHS_BACK: Final = 24
WEEKS_BACK: Final = 26


@router.get("/informes")
async def reports(request: Request, handed: Everything) -> Response:
    """Each kind with a form to download it; the schedule; the newest sendings."""
    now, store = handed.clock.now(), handed.store
    today = now.astimezone(ZoneInfo(handed.timezone)).date()
    titles = {
        Subject.CAMPAIGN: [(each.id, each.title) for each in reversed(await store.campaigns.all())],
        Subject.SURVEY: [(each.id, each.title) for each in await store.surveys.all()],
    }
    return administration(
        request,
        "reports",
        kinds=[(kind, titles.get(kind.subject, []), periods(kind, today)) for kind in REPORTS.values()],
        named={kind.name: kind.title for kind in REPORTS.values()},
        scheduled=scheduled_told(handed.reports, now) if handed.reports is not None else [],
        runs=await store.report_runs.list(most=MOST),
    )


def periods(kind: ReportKind, today: date) -> list[Period]:
    """Those to choose from, the newest first, where it takes one sort of them; the second is over."""
    match kind.periods:
        case (PeriodKind.MONTH,):
            first = today.replace(day=1)
            return [month_of(months_after(first, -ago)) for ago in range(MONTHS_BACK)]
        case (PeriodKind.WEEK,):
            return [week_of(today - timedelta(weeks=ago)) for ago in range(WEEKS_BACK)]
        case _:
            return []
