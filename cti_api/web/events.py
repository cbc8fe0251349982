"""What happened, in order: for readers that keep their own place."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict

from cti_api.model.events import EventKind
from cti_api.web.handed import Everything

router = APIRouter(prefix="/events", tags=["events"])

MOST = 500
LARGEST_SEQ = 2**63 - 1


class Happened(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    seq: int
    event_id: str
    kind: EventKind
    version: int
    occurred_at: datetime
    campaign_id: str | None
    lead_id: int | None
    attempt_id: str | None
    call_id: str | None
    agent_id: str | None
    payload: dict[str, Any]


@router.get("")
async def events_since(
    handed: Everything,
    since: Annotated[int, Query(ge=0, le=LARGEST_SEQ)] = 0,
    most: Annotated[int, Query(ge=1, le=MOST)] = MOST,
) -> list[Happened]:
    """Events with a `seq` greater than `since`, in order, without a gap; empty when there is nothing new."""
    return [Happened.model_validate(event) for event in await handed.store.outbox.since(since, most)]
