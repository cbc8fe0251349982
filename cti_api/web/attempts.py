"""A campaign's attempts: added up in a report, or every one of them for a spreadsheet or another system."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from enum import StrEnum

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from cti_api.border import Slug
from cti_api.campaign_file.parse import parse_campaign
from cti_api.kpi.campaign import CampaignReport, CampaignTally
from cti_api.model.campaigns import CampaignSpec
from cti_api.model.ids import CampaignId
from cti_api.store.attempt_rows import AttemptRecord
from cti_api.store.tallied import TalliedCall
from cti_api.web.export import csv_lines, json_lines
from cti_api.web.handed import Everything, Handed
from cti_api.web.media import CSV, JSON, gives

router = APIRouter(prefix="/campaigns/{campaign_id}", tags=["results"])

PAGE = 500
"""Attempts read at a time: a page of them is about 1 MB."""


class ExportFormat(StrEnum):
    CSV = "csv"
    JSON = "json"
    """An array with one attempt a line."""


class Separator(StrEnum):
    COMMA = "comma"
    SEMICOLON = "semicolon"
    """What Excel expects where the decimal sign is a comma, as in Colombia."""


@router.get("/report")
async def report(campaign_id: Slug, handed: Everything) -> CampaignReport:
    """The campaign's results from its closed attempts and its appointments: effectiveness, reasons, agents, brands."""
    tally = CampaignTally(await _spec(handed, campaign_id))
    last: TalliedCall | None = None
    while calls := await handed.store.tallied.page(CampaignId(campaign_id), last):
        for call in calls:
            tally.add(call, call.lead_fields)
        last = calls[-1]
    after = 0
    while booked := await handed.store.appointments.page(CampaignId(campaign_id), after, PAGE):
        for appointment, fields in booked:
            tally.add_appointment(appointment.state, fields)
        after = booked[-1][0].id
    missed = await handed.store.callbacks.missed_in(CampaignId(campaign_id))
    return replace(tally.report(), callbacks_missed=missed)


@router.get("/attempts", response_class=StreamingResponse, responses=gives(JSON, CSV, words="A line for each"))
async def export(
    campaign_id: Slug,
    handed: Everything,
    format: ExportFormat = ExportFormat.JSON,  # noqa: A002 - the query's own name
    separator: Separator = Separator.COMMA,
) -> StreamingResponse:
    """Every attempt with its lead, in the order in which they were made."""
    spec = await _spec(handed, campaign_id)
    pages = _pages(handed, campaign_id)
    if format is ExportFormat.CSV:
        name = f'attachment; filename="{campaign_id}.csv"'
        body = csv_lines(spec, pages, "," if separator is Separator.COMMA else ";")
        return StreamingResponse(body, media_type="text/csv; charset=utf-8", headers={"Content-Disposition": name})
    return StreamingResponse(json_lines(pages), media_type="application/json")


async def _spec(handed: Handed, campaign_id: str) -> CampaignSpec:
    stored = await handed.store.campaigns.get(CampaignId(campaign_id))
    return parse_campaign(stored.spec_text)


async def _pages(handed: Handed, campaign_id: str) -> AsyncIterator[list[AttemptRecord]]:
    after: AttemptRecord | None = None
    while page := await handed.store.attempts.records(CampaignId(campaign_id), after, PAGE):
        yield page
        after = page[-1]
