"""Leads as another system looks them up."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Self

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from cti_api.border import Line, Number, Slug
from cti_api.errors import NotFound
from cti_api.model.ids import CampaignId, LeadId
from cti_api.model.leads import LeadState
from cti_api.store.lead_pages import LeadRecord, Sought
from cti_api.web import paging
from cti_api.web.handed import Everything

router = APIRouter(prefix="/leads", tags=["leads"])

MOST: Final = 500

Id = Annotated[int, Path(ge=1, le=2**53)]


class Search(BaseModel):
    """Whom. In a body, because a number or a key in an address ends in somebody's log."""

    model_config = ConfigDict(extra="forbid")

    number: Number | None = None
    """Any of theirs."""
    external_key: Annotated[Line, Field(min_length=1)] | None = None
    """Your own for the person, as the list or `external_key` told it."""
    campaign_id: Slug | None = None
    state: LeadState | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.number is None and self.external_key is None and self.campaign_id is None:
            raise ValueError("say whom: a number, an external_key, or a campaign_id")
        return self


class LeadLine(BaseModel):
    """A person in a campaign."""

    lead_id: int
    campaign_id: str
    external_key: str
    name: str
    phones: tuple[str, ...]
    """In the order in which they are tried; empty: the person was erased."""
    state: LeadState
    reason: str
    not_before: datetime | None
    """No call before; null: when its turn comes."""
    expires: datetime | None
    priority: int
    attempts_made: int
    """Those that counted, in this round."""
    fields: dict[str, str]
    timezone: str


@router.post("/search")
async def search(
    sought: Search,
    handed: Everything,
    request: Request,
    response: Response,
    after: paging.After = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 100,
) -> list[LeadLine]:
    """Leads of a person or of a campaign, in the order in which they came; for the next page the same body is sent
    to the address in `Link`."""
    wanted = Sought(
        campaign_id=CampaignId(sought.campaign_id) if sought.campaign_id else None,
        state=sought.state,
        number=sought.number,
        external_key=sought.external_key,
    )
    found = await handed.store.lead_pages.page(wanted, paging.mark_of(after, (int,)), limit + 1)
    shown = paging.with_next(request, response, found, limit, lambda record: (record.lead.id,))
    return [_line(record) for record in shown]


@router.get("/{lead_id}")
async def lead(lead_id: Id, handed: Everything) -> LeadLine:
    """One lead. (`POST /leads/why` says what happened to it and what comes next.)"""
    found = await handed.store.lead_pages.page(Sought(lead_id=LeadId(lead_id)), None, 1)
    if not found:
        raise NotFound(f"There is no lead {lead_id}.")
    return _line(found[0])


def _line(record: LeadRecord) -> LeadLine:
    lead = record.lead
    return LeadLine(
        lead_id=lead.id,
        campaign_id=lead.campaign_id,
        external_key=record.external_key,
        name=lead.contact.name,
        phones=tuple(phone.e164 for phone in lead.contact.phones),
        state=lead.state,
        reason=lead.waiting_reason,
        not_before=lead.not_before,
        expires=lead.valid_until,
        priority=lead.priority,
        attempts_made=lead.attempts_made,
        fields=lead.fields,
        timezone=lead.timezone,
    )
