"""Attempts, of all campaigns: looked for, and one of them whole, with every version of what was said of it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from cti_api.border import CallId, Instant, Slug
from cti_api.errors import NotFound
from cti_api.model.calls import AmdVerdict, AttemptState, CallResult
from cti_api.model.ids import AgentId, AttemptId, CampaignId, LeadId
from cti_api.store.attempt_pages import Wanted, mark_of
from cti_api.store.attempt_rows import AttemptRecord
from cti_api.web import paging
from cti_api.web.dispositions import DispositionSaid
from cti_api.web.handed import Everything

router = APIRouter(prefix="/attempts", tags=["attempts"])

MOST = 500


class AttemptLine(BaseModel):
    """One call, or the intent to make it."""

    attempt_id: str
    campaign_id: str
    lead_id: int
    name: str
    number: str
    trunk: str
    state: AttemptState
    result: CallResult | None
    """None until the call is over."""
    amd: AmdVerdict | None
    cause: int | None
    """Q.850."""
    sip_code: int | None
    agent_id: str | None
    disposition: str
    """The code that holds now; empty: none."""
    disposition_fields: dict[str, str]
    created_at: datetime
    ringing_at: datetime | None
    answered_at: datetime | None
    connected_at: datetime | None
    """Since when person and agent heard each other."""
    ended_at: datetime | None
    closed_at: datetime | None
    talk_seconds: float
    has_recording: bool
    lead_state: str
    """What the lead became with it; empty while it is open."""
    lead_reason: str


class AllowedBy(BaseModel):
    """The decision that let the call be placed."""

    rule: str
    reason: str
    packs: tuple[str, ...]
    """The law's, with their versions."""
    at: datetime


class WholeAttempt(AttemptLine):
    allowed_by: AllowedBy
    dispositions: list[DispositionSaid]
    """Every version, the first one first; the last one holds."""


@router.get("")
async def attempts(
    handed: Everything,
    request: Request,
    response: Response,
    campaign: Slug | None = None,
    lead: Annotated[int | None, Query(ge=1, le=2**53)] = None,
    agent: Slug | None = None,
    result: CallResult | None = None,
    first: Annotated[Instant | None, Query(alias="from")] = None,
    until: Instant | None = None,
    after: paging.After = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 100,
) -> list[AttemptLine]:
    """The newest first, of all or of those that are asked for. (A person's, by their number: `POST /leads/search`.)"""
    wanted = Wanted(
        campaign_id=CampaignId(campaign) if campaign else None,
        lead_id=LeadId(lead) if lead else None,
        agent_id=AgentId(agent) if agent else None,
        result=result,
        first=first,
        until=until,
    )
    mark = paging.mark_of(after, (datetime, str))
    found = await handed.store.attempt_pages.page(wanted, mark, limit + 1)
    return [AttemptLine(**_line(each)) for each in paging.with_next(request, response, found, limit, mark_of)]


@router.get("/{attempt_id}")
async def attempt(attempt_id: CallId, handed: Everything) -> WholeAttempt:
    """One call, whole."""
    found = await handed.store.attempt_pages.page(Wanted(attempt_id=AttemptId(attempt_id)), None, 1)
    if not found:
        raise NotFound(f"There is no attempt {attempt_id}.")
    record = found[0]
    decision = record.attempt.decision
    versions = await handed.store.dispositions.versions(record.attempt.id)
    return WholeAttempt(
        **_line(record),
        allowed_by=AllowedBy(rule=decision.rule, reason=decision.reason, packs=decision.packs, at=decision.at),
        dispositions=[DispositionSaid.model_validate(each) for each in versions],
    )


def _line(record: AttemptRecord) -> dict[str, Any]:
    attempt = record.attempt
    told = {name: getattr(attempt, name) for name in AttemptLine.model_fields if hasattr(attempt, name)}
    return told | {
        "attempt_id": attempt.id,
        "name": record.contact_name,
        "number": attempt.number.e164,
        "talk_seconds": round(attempt.talk_seconds, 3),
        "has_recording": bool(attempt.recording),
        "lead_state": record.lead_state,
        "lead_reason": record.lead_reason,
    }
