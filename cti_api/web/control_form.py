"""A campaign's control form, row by row: whoever asks makes the document of it, beside the process that dials."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import datetime

from fastapi import APIRouter
from fastapi.responses import StreamingResponse
from pydantic import TypeAdapter

from cti_api.border import Slug
from cti_api.campaign_file.parse import parse_campaign
from cti_api.kpi.campaign import CampaignReport, CampaignTally
from cti_api.kpi.control_form import Cell, form_columns, form_row
from cti_api.model.campaigns import CampaignSpec
from cti_api.model.ids import CampaignId
from cti_api.web.handed import Everything, Handed
from cti_api.web.media import LINES, gives

router = APIRouter(prefix="/campaigns/{campaign_id}", tags=["results"])

PAGE = 100
"""Customers read at a time: about twenty milliseconds in which the process does nothing else."""
_REPORT = TypeAdapter(CampaignReport)


@router.get("/control-form", response_class=StreamingResponse, responses=gives(LINES, words="A line for each"))
async def control_form(campaign_id: Slug, handed: Everything) -> StreamingResponse:
    """Lines of JSON: first the columns, ``{"columns": [{"heading", "kind", "width"}, …]}``; then a list for each
    customer, instants on the campaign's clock; at the end ``{"report": …}``, the campaign's report over these rows."""
    stored = await handed.store.campaigns.get(CampaignId(campaign_id))
    spec = parse_campaign(stored.spec_text)
    return StreamingResponse(_lines(handed, spec), media_type="application/x-ndjson")


async def _lines(handed: Handed, spec: CampaignSpec) -> AsyncIterator[str]:
    columns = [{"heading": c.heading, "kind": c.kind.value, "width": c.width} for c in form_columns(spec)]
    yield json.dumps({"columns": columns}, ensure_ascii=False) + "\n"
    names: dict[str, str] = {agent.id: agent.name for agent in await handed.store.agents.all()}
    tally, after = CampaignTally(spec), 0
    while page := await handed.store.control_form.page(spec.id, after, PAGE):
        rows = [form_row(spec, each.lead, each.key, each.attempts, each.appointments, names) for each in page]
        yield "".join(json.dumps([_plain(cell) for cell in row], ensure_ascii=False) + "\n" for row in rows)
        for each in page:
            for attempt in each.attempts:
                tally.add(attempt, each.lead.fields)
            for booked in each.appointments:
                tally.add_appointment(booked.state, each.lead.fields)
        after = page[-1].lead.id
    yield json.dumps({"report": _REPORT.dump_python(tally.report(), mode="json")}, ensure_ascii=False) + "\n"


def _plain(cell: Cell) -> str | int | None:
    return cell.isoformat(" ", "seconds") if isinstance(cell, datetime) else cell
