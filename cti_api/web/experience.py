"""What a campaign's latest calls were like, for a simulation of it beside the process that dials."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter

from cti_api.border import Slug
from cti_api.kpi.experience import Experience, experience_of
from cti_api.model.ids import CampaignId
from cti_api.web.handed import Everything

router = APIRouter(prefix="/campaigns/{campaign_id}", tags=["results"])

MOST_CALLS: Final = 5_000
"""The latest that are looked at: an answer within a fifth of a second, and a share of 30 % within 1.3 points."""


@router.get("/experience")
async def experience(campaign_id: Slug, handed: Everything) -> Experience:
    """How often somebody answered of the latest calls, and how long things took; nothing in it is personal."""
    stored = await handed.store.campaigns.get(CampaignId(campaign_id))
    return experience_of(await handed.store.attempts.lately(stored.id, MOST_CALLS))
