"""A list into a campaign: first it is received whole, then its rows go in, and the client sees how far it is.

An upload that breaks off changes nothing. Rows go in by the batch, so an import that is cut in the middle keeps the
batches before; the same list sent again finds those it put in and goes on with the rest, and ends with the same counts.
The answer is lines of JSON: what the list turned out to be, then one for each batch, with what of it was not taken and
why, and a last one with the result, or with the problem that ended it.

The list is read in a process of its own (`cti_api.list_reader`): this one has calls to serve.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import tempfile
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import IO, Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from cti_api.border import Line, Slug
from cti_api.campaign_file.agentless import refuse_lists
from cti_api.campaign_file.parse import parse_campaign
from cti_api.console.sentences import said, said_too
from cti_api.errors import Conflict, StoreUnavailable, VoceroError
from cti_api.lead_file.mapping import ROLES
from cti_api.lead_file.rows import RejectedRow, cells_of
from cti_api.list_reader.reading import Reading, start
from cti_api.list_reader.wire import Job
from cti_api.model.campaigns import CampaignSpec, CampaignState, ColumnMap
from cti_api.model.ids import CampaignId
from cti_api.model.leads import NewLead
from cti_api.numbers.kinds import in_order
from cti_api.store.intake import Known
from cti_api.store.lists import BegunList
from cti_api.web.entered import Entered, EnteredLead, enter
from cti_api.web.handed import Everything, Handed
from cti_api.web.media import BYTES, CSV, JSON, LINES
from cti_api.web.problems import problem_of

router = APIRouter(tags=["leads"])

_MOST_PHONES = 10
ERASED_PERSON = "one of its numbers is of somebody who asked to be erased: they are not called again"

Column = Annotated[Line | None, Field(description="Empty: none.")]


class Asked(BaseModel):
    """Which columns are what; those that are not named are the source's, else those of the campaign's file."""

    model_config = ConfigDict(extra="forbid")

    name: Column = None
    surname: Column = None
    phone: Annotated[list[Line] | None, Field(max_length=_MOST_PHONES)] = None
    priority: Column = None
    external_key: Column = None
    timezone: Column = None
    valid_from: Column = None
    valid_until: Column = None
    consent_channel: Column = None
    consent_purpose: Column = None
    consent_date: Column = None
    consent_evidence: Column = None
    consent_own_initiative: Column = None
    department: Column = None
    source: Slug | None = None
    """Where the list comes from: its columns are remembered under this name."""
    file: Line = ""
    """The list's own name."""

    def columns(self) -> dict[str, Any]:
        """Those that are named."""
        named = self.model_dump(exclude_none=True, exclude={"phone", "source", "file"})
        return named | ({"phones": tuple(self.phone)} if self.phone else {})


class Rejection(BaseModel):
    """Something of the list that did not become part of a lead: told in its batch's line, under ``rejections``."""

    line: int
    column: str
    reason: str
    said: str
    """The reason, for people (Spanish); empty: there are no other words."""
    row_kept: bool
    """Only this cell was refused; the row is a lead without it."""
    duplicate: bool
    """The person is in the list or in the campaign already."""
    cells: tuple[str, ...]
    """The row, in the order of the list's columns."""


class Imported(BaseModel):
    """The last line of an import's answer, under ``result``: `rows` = `imported` + `rejected_rows`."""

    rows: int = 0
    imported: int = 0
    """Rows of this list that are leads now, those of an earlier run too."""
    of_earlier_run: int = 0
    """Of those: put in when the same list was brought before."""
    rejected_rows: int = 0
    """Everything else."""
    twice_in_list: int = 0
    """Of those: people who are in an earlier row."""
    already_there: int = 0
    """Of those: people who were in the campaign already."""
    refused_cells: int = 0
    """In rows that were taken."""
    finished_before: datetime | None = None
    """When the same list was in whole already."""


class SourceView(BaseModel):
    name: str
    columns: dict[str, list[str]]
    """By what they are, as in ``--map``."""
    updated_at: datetime


_LISTS: dict[str, Any] = {
    BYTES: {"schema": {"type": "string", "format": "binary"}},
    CSV: {"schema": {"type": "string"}},
}
_LIST: dict[str, Any] = {"requestBody": {"required": True, "content": _LISTS}}
_LIST_OR_LEAD: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": _LISTS | {JSON: {"schema": EnteredLead.model_json_schema()}},
    }
}


_PROGRESS_OR_LEAD: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Of one person, the lead; of a list, how far it is, in lines of JSON, the last with the result.",
        "content": {JSON: {"schema": Entered.model_json_schema()}, LINES: {}},
    }
}


@router.post(
    "/campaigns/{campaign_id}/leads",
    response_model=None,
    openapi_extra=_LIST_OR_LEAD,
    responses=_PROGRESS_OR_LEAD,
)
async def add_leads(
    campaign_id: Slug, request: Request, handed: Everything, asked: Annotated[Asked, Query()]
) -> StreamingResponse | JSONResponse:
    """Bring a list into the campaign: CSV and its relatives in any encoding, XLSX, XLS or ODS; or, as JSON, one
    person (`EnteredLead`)."""
    if request.headers.get("Content-Type", "").partition(";")[0].strip().lower() == JSON:
        return JSONResponse((await enter(handed, campaign_id, request)).model_dump(mode="json"))
    return await _import(campaign_id, request, handed, asked)


@router.post("/campaigns/{campaign_id}/leads/preview", response_model=None, openapi_extra=_LIST)
async def preview_list(
    campaign_id: Slug, request: Request, handed: Everything, asked: Annotated[Asked, Query()]
) -> StreamingResponse:
    """What a list is and who is in it, by the same lines as an import; nobody is brought in. Who is in the campaign
    already is told by the import."""
    return await _import(campaign_id, request, handed, asked, only_look=True)


@router.get("/sources")
async def sources(handed: Everything) -> list[SourceView]:
    """Where lists come from, and which of their columns is what."""
    return [
        SourceView(name=each.name, columns=_named(each.columns), updated_at=each.updated_at)
        for each in await handed.store.lists.sources()
    ]


def _named(columns: ColumnMap) -> dict[str, list[str]]:
    found = {role: getattr(columns, entry) for role, entry in ROLES.items()}
    return {role: list(named) if isinstance(named, tuple) else [named] for role, named in found.items() if named}


async def _import(
    campaign_id: Slug, request: Request, handed: Handed, asked: Asked, *, only_look: bool = False
) -> StreamingResponse:
    stored = await handed.store.campaigns.get(CampaignId(campaign_id))
    if stored.state is CampaignState.CANCELLED:
        raise Conflict(f"The campaign {campaign_id} is cancelled: it takes no more leads.")
    spec = parse_campaign(stored.spec_text)
    refuse_lists(spec)
    columns = await _columns(handed, asked, spec.columns)
    job = Job(columns=columns, region=spec.region, timezone=spec.hours.timezone)
    with contextlib.ExitStack() as undone:
        file = undone.enter_context(tempfile.TemporaryFile())
        digest = await _receive(request, file, job)
        reading = await asyncio.to_thread(start, file, job)
        undone.callback(reading.stop)
        now = handed.clock.now()
        begun = None if only_look else await handed.store.lists.begin(stored.id, digest, asked.file, now)
        if asked.source is not None and not only_look:
            await handed.store.lists.save_source(asked.source, columns, now)
        ended = undone.pop_all()  # from here on the answer closes it
    return StreamingResponse(_put_in(handed, spec, reading, begun, ended), media_type=LINES)


async def _columns(handed: Handed, asked: Asked, campaigns: ColumnMap) -> ColumnMap:
    known = await handed.store.lists.source(asked.source) if asked.source is not None else None
    return replace(known.columns if known is not None else campaigns, **asked.columns())


async def _receive(request: Request, file: IO[bytes], job: Job) -> str:
    """Put the list aside; gives its digest, which is that of what is read and how."""
    digest = hashlib.sha256(job.to_json().encode())
    try:
        async for chunk in request.stream():
            digest.update(chunk)
            # off the event loop: this is the disk
            await asyncio.to_thread(file.write, chunk)
        await asyncio.to_thread(file.flush)
    except OSError as error:
        raise StoreUnavailable(f"The list cannot be put aside ({error.strerror}): nothing was imported.") from error
    return digest.hexdigest()


async def _put_in(
    handed: Handed, spec: CampaignSpec, reading: Reading, begun: BegunList | None, ended: contextlib.ExitStack
) -> AsyncIterator[str]:
    """`begun`: None where the list is only looked at."""
    counted = Imported(finished_before=begun.finished_at if begun is not None else None)
    with ended:
        yield _line({"found": asdict(reading.found)})
        try:
            while rows := await asyncio.to_thread(reading.next_rows):
                batch = [_for_campaign(row, spec) for row in rows]
                list_id = begun.id if begun is not None else None
                rejections = await _add(handed, spec.id, list_id, batch, reading.found.header, counted)
                yield _line(
                    {
                        "rows": counted.rows,
                        "imported": counted.imported,
                        "share": reading.share,
                        "rejections": [each.model_dump() for each in rejections],
                    }
                )
            if begun is not None:
                await handed.store.lists.finish(begun.id, handed.clock.now())
        except VoceroError as error:
            yield _line(
                {"problem": said_too(problem_of(error).body), "rows": counted.rows, "imported": counted.imported}
            )
            return
    yield _line({"result": counted.model_dump(mode="json")})


async def _add(
    handed: Handed,
    campaign_id: CampaignId,
    list_id: int | None,
    batch: Sequence[NewLead | RejectedRow],
    header: Sequence[str],
    counted: Imported,
) -> list[Rejection]:
    """Put one batch in and count it, or count it alone; gives what of it was not taken, in the list's order."""
    leads = [row for row in batch if isinstance(row, NewLead)]
    rejections = [_rejection(row) for row in batch if isinstance(row, RejectedRow)]
    counted.rows += len(leads) + sum(not each.row_kept for each in rejections)
    counted.twice_in_list += sum(each.duplicate for each in rejections)
    if list_id is None:
        counted.imported += len(leads)
    elif leads:
        added = await handed.store.leads.add(campaign_id, leads, handed.clock.now(), list_id)
        counted.imported += added.added + added.resumed
        counted.of_earlier_run += added.resumed
        counted.already_there += len(added.already_there)
        rejections += [_there(leads[place], header, known) for place, known in added.known.items()]
        rejections += [_erased(leads[place], header) for place in added.erased]
    for each in rejections:
        counted.rejected_rows += not each.row_kept
        counted.refused_cells += each.row_kept
    return sorted(rejections, key=lambda rejection: rejection.line)


def _for_campaign(row: NewLead | RejectedRow, spec: CampaignSpec) -> NewLead | RejectedRow:
    """The row as the campaign means it: a consent without a purpose was given for what it is for, and its order of
    phones goes before the list's."""
    if isinstance(row, RejectedRow):
        return row
    if row.consents:
        given = tuple(replace(each, purpose=each.purpose or spec.purpose.value) for each in row.consents)
        row = replace(row, consents=given)
    if spec.retry.phones and len(row.phones) > 1:
        row = replace(row, phones=in_order(spec.retry.phones, row.phones))
    return row


def _rejection(row: RejectedRow) -> Rejection:
    return Rejection(
        line=row.line,
        column=row.column,
        reason=row.reason,
        said=said(row.reason),
        row_kept=row.row_kept,
        duplicate=bool(row.duplicate_of),
        cells=row.cells,
    )


def _there(lead: NewLead, header: Sequence[str], known: Known) -> Rejection:
    reason = f"{'its key' if known.by_key else 'one of its numbers'} is in the campaign already: {_where(known)}"
    return Rejection(
        line=lead.line,
        column="",
        reason=reason,
        said=said(reason),
        row_kept=False,
        duplicate=True,
        cells=cells_of(lead, header),
    )


def _erased(lead: NewLead, header: Sequence[str]) -> Rejection:
    return Rejection(
        line=lead.line,
        column="",
        reason=ERASED_PERSON,
        said=said(ERASED_PERSON),
        row_kept=False,
        duplicate=False,
        cells=cells_of(lead, header),
    )


def _where(known: Known) -> str:
    if not known.line:
        return f"lead {known.lead_id}"
    return f"line {known.line} of {known.list_name or 'an earlier list'}"


def _line(content: dict[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False) + "\n"
