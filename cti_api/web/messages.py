"""Messages: what became of them, and what a person decides about the dead letters among them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Path, Query, Request, Response

from cti_api.border import Slug
from cti_api.messages.machine import Step
from cti_api.model.follow_ups import Via
from cti_api.model.ids import CampaignId
from cti_api.model.messages import MessageId, MessageState
from cti_api.web import paging
from cti_api.web.handed import Everything, Handed
from cti_api.web.told import MessageTold, told

router = APIRouter(prefix="/messages", tags=["messages"])

MOST: Final = 1000
RETRY_WITHIN: Final = timedelta(days=3)
"""How long a message that a person sends again may wait for the law's hours."""

Id = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]


@router.get("")
async def all_messages(
    handed: Everything,
    request: Request,
    response: Response,
    state: Annotated[tuple[MessageState, ...], Query()] = (),
    channel: Via | None = None,
    campaign: Slug | None = None,
    after: paging.After = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 200,
) -> list[MessageTold]:
    """The newest first; without `state`, of every state."""
    campaign_id = CampaignId(campaign) if campaign else None
    mark = paging.mark_of(after, (datetime, str))
    found = await handed.store.messages.list(
        states=state, via=channel, campaign_id=campaign_id, after=mark, most=limit + 1
    )
    shown = paging.with_next(request, response, found, limit, lambda message: (message.created_at, message.id))
    return [told(message) for message in shown]


@router.get("/{message_id}")
async def one(message_id: Id, handed: Everything) -> MessageTold:
    """One message, whole."""
    return told(await handed.store.messages.get(MessageId(message_id)))


@router.post("/{message_id}/retry")
async def retry(message_id: Id, handed: Everything) -> MessageTold:
    """Send a dead letter again. Whoever asks knows whether it may have arrived: its `reason` says so."""
    return await _decided(handed, message_id, Step.RETRY)


@router.post("/{message_id}/drop")
async def drop(message_id: Id, handed: Everything) -> MessageTold:
    """It is not sent, or not again."""
    return await _decided(handed, message_id, Step.DROP)


async def _decided(handed: Handed, message_id: str, step: Step) -> MessageTold:
    now = handed.clock.now()
    return told(await handed.store.messages.decide(MessageId(message_id), step, now, now + RETRY_WITHIN))
