"""A campaign's attempts: added up in a report, or every one of them for a spreadsheet or another system."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from enum import StrEnum
from typing import Any

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from cti_api.border import Slug
from cti_api.campaign_file.parse import parse_campaign
from cti_api.kpi.campaign import CampaignReport, CampaignTally
from cti_api.model.campaigns import CampaignSpec
from cti_api.model.ids import CampaignId
from cti_api.store.attempt_rows import AttemptRecord
from cti_api.web.csv_text import BOM, csv_row
from cti_api.web.handed import Everything, Handed

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
    """The campaign's results from its closed attempts: effectiveness, reasons, agents."""
    tally = CampaignTally(await _spec(handed, campaign_id))
    async for page in _pages(handed, campaign_id):
        for record in page:
            tally.add(record.attempt)
    return tally.report()


@router.get("/attempts", response_class=StreamingResponse)
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
        body = _csv(spec, pages, "," if separator is Separator.COMMA else ";")
        return StreamingResponse(body, media_type="text/csv; charset=utf-8", headers={"Content-Disposition": name})
    return StreamingResponse(_json(pages), media_type="application/json")


async def _spec(handed: Handed, campaign_id: str) -> CampaignSpec:
    stored = await handed.store.campaigns.get(CampaignId(campaign_id))
    return parse_campaign(stored.spec_text)


async def _pages(handed: Handed, campaign_id: str) -> AsyncIterator[list[AttemptRecord]]:
    after: AttemptRecord | None = None
    while page := await handed.store.attempts.records(CampaignId(campaign_id), after, PAGE):
        yield page
        after = page[-1]


_COLUMNS = (
    "attempt_id", "lead_id", "name", "number", "created_at", "trunk", "state", "result", "agent_id", "disposition",
    "talk_seconds", "ringing_at", "answered_at", "live_at", "connected_at", "ended_at", "closed_at", "amd", "cause",
    "sip_code", "recording", "allowed_by", "lead_state", "lead_reason",
)  # fmt: skip


async def _csv(spec: CampaignSpec, pages: AsyncIterator[list[AttemptRecord]], separator: str) -> AsyncIterator[str]:
    """Lines of CSV. Columns are those of the first page; what a later row has beside them goes to the last column."""
    asked = list(dict.fromkeys(field.name for disposition in spec.dispositions for field in disposition.fields))
    known: list[str] | None = None
    async for page in pages:
        lines = []
        if known is None:
            known = list(dict.fromkeys(name for record in page for name in record.contact_fields))
            header = [*_COLUMNS, *(f"disposition.{n}" for n in asked), *(f"contact.{n}" for n in known), "more"]
            lines.append(BOM + csv_row(header, separator))
        for record in page:
            values = _row(record)
            answers, fields = record.attempt.disposition_fields, record.contact_fields
            more = {f"disposition.{n}": v for n, v in answers.items() if n not in asked}
            more |= {f"contact.{n}": v for n, v in fields.items() if n not in known}
            cells = [values[name] for name in _COLUMNS]
            cells += [answers.get(name) for name in asked] + [fields.get(name) for name in known]
            cells.append(json.dumps(more, ensure_ascii=False) if more else None)
            lines.append(csv_row(cells, separator))
        yield "".join(lines)
    if known is None:
        yield BOM + csv_row([*_COLUMNS, *(f"disposition.{name}" for name in asked), "more"], separator)


async def _json(pages: AsyncIterator[list[AttemptRecord]]) -> AsyncIterator[str]:
    yield "["
    before = "\n"
    async for page in pages:
        lines = []
        for record in page:
            fields = {"disposition_fields": record.attempt.disposition_fields, "contact_fields": record.contact_fields}
            lines.append(before + json.dumps(_row(record) | fields, ensure_ascii=False))
            before = ",\n"
        yield "".join(lines)
    yield "\n]\n"


def _row(record: AttemptRecord) -> dict[str, Any]:
    attempt = record.attempt
    row: dict[str, Any] = {
        "attempt_id": attempt.id,
        "lead_id": attempt.lead_id,
        "name": record.contact_name,
        "number": attempt.number.e164,
        "trunk": attempt.trunk,
        "state": attempt.state.value,
        "result": attempt.result.value if attempt.result else None,
        "agent_id": attempt.agent_id,
        "disposition": attempt.disposition,
        "talk_seconds": round(attempt.talk_seconds, 3),
        "amd": attempt.amd.value if attempt.amd else None,
        "cause": attempt.cause,
        "sip_code": attempt.sip_code,
        "recording": attempt.recording,
        "allowed_by": attempt.decision.rule,
        "lead_state": record.lead_state,
        "lead_reason": record.lead_reason,
    }
    for name in ("created_at", "ringing_at", "answered_at", "live_at", "connected_at", "ended_at", "closed_at"):
        instant = getattr(attempt, name)
        row[name] = instant.isoformat(timespec="milliseconds") if instant else None
    return row
