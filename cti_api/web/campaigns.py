"""Campaigns: made from their file, started and stopped, looked at."""

from __future__ import annotations

import asyncio
from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict

from cti_api.border import Slug
from cti_api.campaign_file.parse import CAMPAIGN_FILE, parse_campaign
from cti_api.errors import Fault, InputError
from cti_api.model.campaigns import CampaignSpec, CampaignState
from cti_api.model.ids import CampaignId
from cti_api.ports import CampaignStatus, DialerPort, PacingDecision
from cti_api.sounds import Message
from cti_api.store.store import Store
from cti_api.wall_clock import same_clock
from cti_api.web.handed import Dialer, Everything
from cti_api.web.media import WAV, YAML, FileText, takes
from cti_api.yaml_tree import line_at, read_tree

router = APIRouter(prefix="/campaigns", tags=["campaigns"])


class CampaignLine(BaseModel):
    """A campaign in a list."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    title: str
    state: CampaignState
    state_since: datetime
    spec_version: int
    """How often its file was replaced, from 1."""
    created_at: datetime


class KeptMessage(BaseModel):
    message: Message
    seconds: float


@router.get("")
async def list_campaigns(handed: Everything) -> list[CampaignLine]:
    """All campaigns, the oldest first."""
    return [CampaignLine.model_validate(campaign) for campaign in await handed.store.campaigns.all()]


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    openapi_extra=takes(YAML),
)
async def create_campaign(request: Request, handed: Everything) -> CampaignLine:
    """Make a campaign from its YAML file; a file with faults is refused whole, each fault with its line."""
    text = _text(await request.body())
    spec = parse_campaign(text)
    _refuse_unknown_trunks(spec, text, handed.dialer)
    await _refuse_calendar(spec, text, handed.store, handed.clock.now())
    made = await handed.store.campaigns.create(spec.id, spec.title, text, handed.clock.now())
    return CampaignLine.model_validate(made)


@router.get("/{campaign_id}")
async def campaign_status(
    campaign_id: Slug, dialer: Dialer, counted_within: Annotated[float, Query(ge=0.0, le=60.0)] = 0.0
) -> CampaignStatus:
    """The campaign as it stands now; its leads and attempts may have been counted so many seconds ago."""
    return await dialer.campaign_status(CampaignId(campaign_id), counted_within)


@router.get("/{campaign_id}/decisions")
async def pacing_decisions(
    campaign_id: Slug, dialer: Dialer, minutes: Annotated[float, Query(gt=0.0, le=60.0)] = 60.0
) -> list[PacingDecision]:
    """Why its pacer placed, or did not place, calls in the last minutes, the earliest first."""
    return list(await dialer.explain(CampaignId(campaign_id), minutes))


@router.get("/{campaign_id}/file")
async def campaign_file(campaign_id: Slug, handed: Everything) -> FileText:
    """The campaign's file as it was uploaded."""
    return FileText(text=(await handed.store.campaigns.get(CampaignId(campaign_id))).spec_text)


@router.put(
    "/{campaign_id}/file",
    openapi_extra=takes(YAML),
)
async def replace_campaign(campaign_id: Slug, request: Request, handed: Everything) -> CampaignLine:
    """Give the campaign another file. Not while it runs: calls under way end by the file they began with."""
    text = _text(await request.body())
    spec = parse_campaign(text)
    if spec.id != campaign_id:
        fault = Fault("id", f"is {spec.id}; to replace the file of {campaign_id} it must be {campaign_id}")
        raise InputError("The file is another campaign's.", [fault])
    _refuse_unknown_trunks(spec, text, handed.dialer)
    await _refuse_calendar(spec, text, handed.store, handed.clock.now())
    await handed.dialer.replace_campaign(spec.id, spec, text)
    return CampaignLine.model_validate(await handed.store.campaigns.get(spec.id))


@router.put(
    "/{campaign_id}/messages/{which}",
    openapi_extra=takes(WAV),
)
async def put_message(campaign_id: Slug, which: Message, request: Request, handed: Everything) -> KeptMessage:
    """Give the campaign a message of its own; the next call that needs it hears it."""
    campaign = await handed.store.campaigns.get(CampaignId(campaign_id))
    recording = await request.body()
    seconds = await asyncio.to_thread(handed.sounds.put, campaign.id, which, recording)
    return KeptMessage(message=which, seconds=seconds)


@router.post("/{campaign_id}/start")
async def start_campaign(campaign_id: Slug, dialer: Dialer) -> CampaignStatus:
    """Begin, or go on, to dial."""
    await dialer.start_campaign(CampaignId(campaign_id))
    return await dialer.campaign_status(CampaignId(campaign_id))


@router.post("/{campaign_id}/pause")
async def pause_campaign(campaign_id: Slug, dialer: Dialer) -> CampaignStatus:
    """Place no new calls; those under way go on."""
    await dialer.pause_campaign(CampaignId(campaign_id))
    return await dialer.campaign_status(CampaignId(campaign_id))


@router.post("/{campaign_id}/drain")
async def drain_campaign(campaign_id: Slug, dialer: Dialer) -> CampaignStatus:
    """Place no new calls, let those under way end, then close the campaign."""
    await dialer.drain_campaign(CampaignId(campaign_id))
    return await dialer.campaign_status(CampaignId(campaign_id))


@router.post("/{campaign_id}/cancel")
async def cancel_campaign(campaign_id: Slug, dialer: Dialer) -> CampaignStatus:
    """Give the campaign up for good; its leads stay as they are and it never calls them again."""
    await dialer.cancel_campaign(CampaignId(campaign_id))
    return await dialer.campaign_status(CampaignId(campaign_id))


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(
            "The campaign file is not UTF-8.", [Fault("", f"byte {error.start}: save it as UTF-8")]
        ) from None


def _refuse_unknown_trunks(spec: CampaignSpec, text: str, dialer: DialerPort) -> None:
    known = dialer.system().trunks
    missing = [place for place, name in enumerate(spec.trunks) if name not in known]
    if missing:
        tree, there = read_tree(text, CAMPAIGN_FILE, []), ", ".join(known) or "none"
        faults = [
            Fault(
                f"trunks[{place}]",
                f"no trunk {spec.trunks[place]!r} in the settings; they have: {there}",
                line_at(tree, ("trunks", place)),
            )
            for place in missing
        ]
        raise InputError("The campaign file names trunks that are not there.", faults)


async def _refuse_calendar(spec: CampaignSpec, text: str, store: Store, now: datetime) -> None:
    """One that is not there, where every booking would be refused, or in which hours mean something else."""
    wanted = spec.appointments.calendar if spec.appointments is not None else ""
    known = {each.name: each for each in await store.calendars.all()}
    if not wanted:
        return
    what, message = "", ""
    if wanted not in known:
        what = "names a calendar that is not there"
        message = f"no calendar {wanted!r}; there are: {', '.join(known) or 'none'} (`vocero appointments import`)"
    elif not same_clock(known[wanted].timezone, spec.hours.timezone, now.year):
        # What an agent enters and a reminder says is on the campaign's clock; the page and the workshop go by theirs.
        what = "names a calendar with another clock"
        message = f"its clock is that of {known[wanted].timezone}, the campaign's that of {spec.hours.timezone}"
    if what:
        line = line_at(read_tree(text, CAMPAIGN_FILE, []), ("appointments", "calendar"))
        raise InputError(f"The campaign file {what}.", [Fault("appointments.calendar", message, line)])
