"""Reports: any of them to take away, what is sent by itself, and what was sent."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from cti_api.console.administration.frame import administration
from cti_api.reports.kinds import REPORTS
from cti_api.web.handed import Everything
from cti_api.web.reports import scheduled_told

router = APIRouter(prefix="/administracion", include_in_schema=False)

MOST: Final = 100


@router.get("/informes")
async def reports(request: Request, handed: Everything) -> Response:
    """Each kind with a form to download it; the schedule; the newest sendings."""
    now = handed.clock.now()
    scheduled = scheduled_told(handed.reports, now) if handed.reports is not None else []
    runs = await handed.store.report_runs.list(most=MOST)
    return administration(request, "reports", kinds=REPORTS.values(), scheduled=scheduled, runs=runs)
