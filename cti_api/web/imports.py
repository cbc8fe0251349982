"""A list into a campaign: first it is received whole, then its rows go in, and the client sees how far it is.

An upload that breaks off changes nothing. Rows go in by the batch, so an import that is cut in the middle keeps the
batches before; the same list sent again finds those already there and goes on with the rest. The answer is a line of
JSON for each batch, with what of it was not taken and why, and a last one with the result, or with the problem that
ended it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from itertools import islice
from typing import IO, Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from cti_api.border import Line, Slug
from cti_api.campaign_file.parse import parse_campaign
from cti_api.errors import Conflict, StoreUnavailable, VoceroError
from cti_api.lead_file.records import lines_of
from cti_api.lead_file.rows import RejectedRow, read_leads
from cti_api.model.campaigns import CampaignState, ColumnMap
from cti_api.model.ids import CampaignId
from cti_api.model.leads import NewLead
from cti_api.web.handed import Everything, Handed
from cti_api.web.problems import problem_of

router = APIRouter(tags=["leads"])

BATCH = 500
"""Rows of one transaction (`cti_api.store.intake.BATCH`), and of one line of progress."""
_IN_MEMORY_BYTES = 1024 * 1024
_MOST_PHONES = 10

TWICE = "one of its numbers is in an earlier row"
THERE = "one of its numbers is in the campaign already"


class Rejection(BaseModel):
    """Something of the list that did not become part of a lead: told in its batch's line, under ``rejections``."""

    line: int
    column: str
    reason: str
    row_kept: bool
    """Only this cell was refused; the row is a lead without it."""


class Imported(BaseModel):
    """The last line of an import's answer, under ``result``."""

    rows: int
    imported: int
    rejected_rows: int
    """`rows` less `imported`."""
    already_there: int
    """Of those: people who are in the campaign already."""
    refused_cells: int


@router.post(
    "/campaigns/{campaign_id}/leads",
    response_class=StreamingResponse,
    openapi_extra={"requestBody": {"required": True, "content": {"text/csv": {"schema": {"type": "string"}}}}},
)
async def import_leads(
    campaign_id: Slug,
    request: Request,
    handed: Everything,
    name: Annotated[Line | None, Query(description="Column of the name.")] = None,
    phone: Annotated[list[Line] | None, Query(description="Columns of telephones.", max_length=_MOST_PHONES)] = None,
    priority: Annotated[Line | None, Query(description="Column of the priority.")] = None,
    external_key: Annotated[Line | None, Query(description="Column of the source system's key.")] = None,
) -> StreamingResponse:
    """Bring a UTF-8 CSV into the campaign; columns that are not named are those of the campaign's file."""
    stored = await handed.store.campaigns.get(CampaignId(campaign_id))
    if stored.state is CampaignState.CANCELLED:
        raise Conflict(f"The campaign {campaign_id} is cancelled: it takes no more leads.")
    spec = parse_campaign(stored.spec_text)
    columns = ColumnMap(
        name=name or spec.columns.name,
        phones=tuple(phone) if phone else spec.columns.phones,
        priority=priority or spec.columns.priority,
        external_key=external_key or spec.columns.external_key,
    )
    with contextlib.ExitStack() as undone:
        file = undone.enter_context(tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES))
        size = await _receive(request, file)
        rows = await asyncio.to_thread(read_leads, lines_of(file), columns, spec.region)
        undone.pop_all()  # from here on the answer closes it
    return StreamingResponse(
        _put_in(handed, CampaignId(campaign_id), rows, file, size), media_type="application/x-ndjson"
    )


async def _receive(request: Request, file: IO[bytes]) -> int:
    try:
        async for chunk in request.stream():
            # off the event loop: past its first megabyte this is the disk
            await asyncio.to_thread(file.write, chunk)
        size = file.tell()
        file.seek(0)
        return size
    except OSError as error:
        raise StoreUnavailable(f"The list cannot be put aside ({error.strerror}): nothing was imported.") from error


async def _put_in(
    handed: Handed, campaign_id: CampaignId, rows: Iterator[NewLead | RejectedRow], file: IO[bytes], size: int
) -> AsyncIterator[str]:
    found = Imported(rows=0, imported=0, rejected_rows=0, refused_cells=0, already_there=0)
    with file:
        try:
            # reading is parsing of numbers: off the event loop, which has calls to serve
            while batch := await asyncio.to_thread(list, islice(rows, BATCH)):
                rejections = await _add(handed, campaign_id, batch, found)
                yield _line(
                    {
                        "rows": found.rows,
                        "imported": found.imported,
                        "share": file.tell() / size,
                        "rejections": [each.model_dump() for each in rejections],
                    }
                )
        except VoceroError as error:
            yield _line({"problem": problem_of(error).body, "rows": found.rows, "imported": found.imported})
            return
    yield _line({"result": found.model_dump()})


async def _add(
    handed: Handed, campaign_id: CampaignId, batch: Sequence[NewLead | RejectedRow], found: Imported
) -> list[Rejection]:
    """Put one batch in and count it; gives what of it was not taken, in the list's order."""
    leads = [row for row in batch if isinstance(row, NewLead)]
    rejections = [
        Rejection(line=row.line, column=row.column, reason=row.reason, row_kept=row.row_kept)
        for row in batch
        if isinstance(row, RejectedRow)
    ]
    found.rows += len(leads) + sum(not each.row_kept for each in rejections)
    if leads:
        added = await handed.store.leads.add(campaign_id, leads, handed.clock.now())
        found.imported += added.added
        found.already_there += len(added.already_there)
        rejections += [_known(leads[place], TWICE) for place in added.twice_in_list]
        rejections += [_known(leads[place], THERE) for place in added.already_there]
    for each in rejections:
        found.rejected_rows += not each.row_kept
        found.refused_cells += each.row_kept
    return sorted(rejections, key=lambda rejection: rejection.line)


def _known(lead: NewLead, reason: str) -> Rejection:
    return Rejection(line=lead.line, column="", reason=reason, row_kept=False)


def _line(content: dict[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False) + "\n"
