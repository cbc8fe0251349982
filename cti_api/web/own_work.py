"""What an agent works with, whoever is on the line: their campaigns, and the calls they had."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Annotated, Final

from fastapi import APIRouter, Query
from phonenumbers import country_code_for_region
from pydantic import BaseModel, ConfigDict

from cti_api.border import LocalTime, Slug
from cti_api.campaign_file.parse import parse_campaign
from cti_api.errors import NotFound
from cti_api.model.calls import CallResult
from cti_api.model.campaigns import CampaignState, PacingMode
from cti_api.model.ids import AgentId
from cti_api.web.agent_call import OfferedDisposition, offered, view_of
from cti_api.web.handed import Everything

router = APIRouter(prefix="/agents/{agent_id}", tags=["agents"])

LATELY: Final = timedelta(hours=16)
"""How far back: a long shift, and the evening before at most."""
MOST: Final = 20


class Hours(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    weekday: int
    """0 Monday … 6 Sunday."""
    start: LocalTime
    end: LocalTime
    """Excluded; 00:00 is midnight at the end of the day."""


class WorkedCampaign(BaseModel):
    """One of the agent's campaigns, as far as they need to know it."""

    id: str
    title: str
    state: CampaignState
    mode: PacingMode
    calling_code: str
    """Of its country: ``+57`` before a number that is written without it."""
    timezone: str
    """On whose clock hours are agreed on."""
    hours: list[Hours]
    """When it calls."""
    dispositions: list[OfferedDisposition]


class OwnCall(BaseModel):
    """A talk that the agent had."""

    attempt_id: str
    at: datetime
    campaign_id: str
    name: str
    number: str
    result: CallResult | None
    talk_seconds: float
    disposition: str
    """Its code; empty: nothing was said of it."""
    fields: dict[str, str]
    """What was entered with it."""


_read = lru_cache(maxsize=64)(parse_campaign)
"""Two hundred pages ask once a minute, and a file is read in a hundredth of a second."""


@router.get("/campaigns")
async def own_campaigns(agent_id: Slug, handed: Everything) -> list[WorkedCampaign]:
    """The campaigns the agent works in, with what may be said of their calls."""
    found = []
    for name in view_of(handed.dialer, agent_id).agent.campaigns:
        try:
            stored = await handed.store.campaigns.get(name)
        except NotFound:
            continue
        spec = _read(stored.spec_text)
        found.append(
            WorkedCampaign(
                id=spec.id,
                title=spec.title,
                state=stored.state,
                mode=spec.mode,
                calling_code=f"+{country_code_for_region(spec.region)}",
                timezone=spec.hours.timezone,
                hours=[Hours.model_validate(each) for each in spec.hours.days],
                dispositions=offered(spec),
            )
        )
    return found


@router.get("/calls")
async def own_calls(
    agent_id: Slug, handed: Everything, most: Annotated[int, Query(ge=1, le=100)] = MOST
) -> list[OwnCall]:
    """The agent's last talks that are over, of the last 16 hours, the latest first; each can be disposed of anew."""
    since = handed.clock.now() - LATELY
    records = await handed.store.attempts.of_agent(AgentId(agent_id), since, most)
    return [
        OwnCall(
            attempt_id=each.attempt.id,
            at=each.attempt.created_at,
            campaign_id=each.attempt.campaign_id,
            name=each.contact_name,
            number=each.attempt.number.e164,
            result=each.attempt.result,
            talk_seconds=round(each.attempt.talk_seconds, 3),
            disposition=each.attempt.disposition,
            fields=each.attempt.disposition_fields,
        )
        for each in records
    ]
