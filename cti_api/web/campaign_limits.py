"""Limits of a campaign that is at work: what another would do, and the other one put in force."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from cti_api.border import Slug
from cti_api.campaign_file.limits import Limits, with_limits
from cti_api.campaign_file.parse import parse_campaign
from cti_api.errors import Conflict, InputError
from cti_api.kpi.experience import experience_of
from cti_api.model.agents import AgentState
from cti_api.model.campaigns import PacingMode
from cti_api.model.ids import CampaignId
from cti_api.store.campaigns import StoredCampaign
from cti_api.web.access import also_say
from cti_api.web.experience import MOST_CALLS
from cti_api.web.handed import Everything, Handed
from cti_api.what_if import Asked, Compared

router = APIRouter(prefix="/campaigns/{campaign_id}", tags=["campaigns"])

USUAL_AGENTS = 5
"""Supposed where nobody is signed in."""


class Changed(BaseModel):
    """What is to be another; what is not named stays."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"abandonment_limit": 0.02}]})

    mode: PacingMode | None = None
    """``progressive``, ``power`` or ``predictive``."""
    calls_per_agent: Annotated[float, Field(ge=1.0, le=10.0, strict=True)] | None = None
    """Only of the mode ``power``."""
    abandonment_limit: Annotated[float, Field(ge=0.0, le=0.1, strict=True)] | None = None
    max_channels: Annotated[int, Field(ge=1, le=2000, strict=True)] | None = None
    """Calls at once."""
    calls_per_second: Annotated[float, Field(ge=0.01, le=100.0, strict=True)] | None = None

    def limits(self) -> Limits:
        """Raises `InputError` where nothing is named."""
        limits = Limits(**self.model_dump(include=set(Changed.model_fields)))
        if not limits:
            raise InputError(f"Say what is to change: {', '.join(Changed.model_fields)}.")
        return limits


class Supposing(Changed):
    agents: Annotated[int, Field(ge=1, le=200, strict=True)] | None = None
    """Absent: as many as are signed in for it."""


class InForce(BaseModel):
    """The limits as they are now."""

    spec_version: int
    mode: PacingMode
    calls_per_agent: float
    abandonment_limit: float
    max_channels: int
    calls_per_second: float


@router.get("/limits")
async def limits(campaign_id: Slug, handed: Everything) -> InForce:
    """Those that may be another while it runs."""
    return _in_force(await handed.store.campaigns.get(CampaignId(campaign_id)))


@router.patch("/limits")
async def change(campaign_id: Slug, changed: Changed, request: Request, handed: Everything) -> InForce:
    """Other limits, from the next decision on, running or not; the campaign's file says so from now on. Calls under way
    end as they began. Refused above what the law allows."""
    wanted = changed.limits()
    also_say(request, str(wanted))
    stored = await handed.store.campaigns.get(CampaignId(campaign_id))
    text, spec = with_limits(stored.spec_text, wanted)
    await handed.dialer.change_limits(stored.id, spec, text)
    return _in_force(await handed.store.campaigns.get(stored.id))


@router.post("/what-if")
async def what_if(campaign_id: Slug, supposing: Supposing, handed: Everything) -> Compared:
    """Shifts of this campaign in virtual time, with its limits and with these. Nothing changes, nobody is called.
    Refused above what the law allows, as the change would be."""
    if handed.simulator is None:
        raise Conflict("Nothing can be simulated here.")
    stored = await handed.store.campaigns.get(CampaignId(campaign_id))
    text, spec = with_limits(stored.spec_text, supposing.limits())
    handed.dialer.refuse_limits(spec)
    seen = experience_of(await handed.store.attempts.lately(stored.id, MOST_CALLS))
    agents = supposing.agents or _signed_in(handed, stored.id) or USUAL_AGENTS
    return await handed.simulator.compare(Asked(before=stored.spec_text, after=text, seen=seen, agents=agents))


def _signed_in(handed: Handed, campaign_id: CampaignId) -> int:
    return sum(
        campaign_id in view.agent.campaigns and view.status.state is not AgentState.LOGGED_OFF
        for view in handed.dialer.agents()
    )


def _in_force(stored: StoredCampaign) -> InForce:
    spec = parse_campaign(stored.spec_text)
    return InForce(
        spec_version=stored.spec_version,
        mode=spec.mode,
        calls_per_agent=spec.calls_per_agent,
        abandonment_limit=spec.abandonment.limit,
        max_channels=spec.max_channels,
        calls_per_second=spec.calls_per_second,
    )
