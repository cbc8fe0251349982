"""A campaign's leads come back: chosen by how they ended, for another round or into another campaign."""

from __future__ import annotations

from collections import Counter
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from cti_api.border import Flag, Line, Slug
from cti_api.campaign_file.agentless import refuse_lists
from cti_api.campaign_file.parse import parse_campaign
from cti_api.errors import Conflict, InputError
from cti_api.model.calls import CallResult
from cti_api.model.campaigns import CampaignState
from cti_api.model.ids import CampaignId, LeadId
from cti_api.model.leads import LeadState
from cti_api.recycling import choose
from cti_api.web.handed import Everything

router = APIRouter(prefix="/campaigns/{campaign_id}", tags=["campaigns"])

MOST_LOOKED_AT: Final = 5_000
"""Leads in one answer, so that each comes within seconds and whoever asks can show how far it is."""


class Recycle(BaseModel):
    """Which leads, and where they come back."""

    model_config = ConfigDict(extra="forbid")

    results: Annotated[list[CallResult], Field(max_length=50)] = []
    """Of a lead's last call, where no agent chose a disposition."""
    dispositions: Annotated[list[Line], Field(max_length=200)] = []
    states: Annotated[list[LeadState], Field(max_length=20)] = []
    """Those a lead may have ended in; none: ``exhausted``, ``closed`` and ``completed``."""
    into: Slug | None = None
    """Another campaign, to which they are copied; none: they come back where they are."""
    dry_run: Flag = False
    """Count only."""
    after: Annotated[int, Field(ge=0)] = 0
    """`next_after` of the answer before."""


class Recycled(BaseModel):
    """What became of the leads looked at."""

    looked_at: int
    recycled: int
    """With ``dry_run``: those that would be."""
    stayed: dict[str, int]
    """Chosen and not come back: ``booked``, ``expired``, ``erased``, ``no_number``, ``already_there``."""
    next_after: int | None
    """Ask again with it for the rest; null: that was all."""


@router.post("/recycle", status_code=HTTPStatus.OK)
async def recycle(campaign_id: Slug, asked: Recycle, handed: Everything) -> Recycled:
    """Bring leads back that are done with. Asking again changes nothing: who came back is not done with any more."""
    stored = await handed.store.campaigns.get(CampaignId(campaign_id))
    choice = choose(parse_campaign(stored.spec_text), asked.results, asked.dispositions, asked.states)
    into = CampaignId(asked.into) if asked.into is not None else None
    if into == stored.id:
        raise InputError("A campaign is not recycled into itself: leave `into` out for another round in it.")
    target = stored if into is None else await handed.store.campaigns.get(into)
    if into is not None:
        refuse_lists(parse_campaign(target.spec_text))
    if target.state is CampaignState.CANCELLED:
        raise Conflict(f"The campaign {target.id} is cancelled: nobody comes back into it.")
    looked_at, recycled, stayed = 0, 0, Counter[str]()
    after: LeadId | None = LeadId(asked.after)
    while after is not None and looked_at < MOST_LOOKED_AT:
        batch = await handed.store.rounds.recycle(
            stored.id, choice, after, handed.clock.now(), into=into, dry_run=asked.dry_run
        )
        looked_at, recycled, after = looked_at + batch.seen, recycled + batch.recycled, batch.last
        stayed.update(batch.stayed)
    return Recycled(looked_at=looked_at, recycled=recycled, stayed=dict(stayed), next_after=after)
