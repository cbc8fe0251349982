"""What happened, in order: page by page, as a stream, and what each kind of event holds."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException

from cti_api.errors import Conflict
from cti_api.model.events import EventKind
from cti_api.streams.schema import event_schema
from cti_api.streams.sse import AGAIN_MILLISECONDS, EventStream
from cti_api.web.handed import Everything, Handed

router = APIRouter(prefix="/events", tags=["events"])

MOST = 500
LARGEST_SEQ = 2**63 - 1
MEDIA_TYPE: Final = "text/event-stream"

Seq = Annotated[int, Query(ge=0, le=LARGEST_SEQ)]
Kinds = Annotated[tuple[EventKind, ...], Query()]


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
    since: Seq = 0,
    most: Annotated[int, Query(ge=1, le=MOST)] = MOST,
) -> list[Happened]:
    """Events with a `seq` greater than `since`, in order, without a gap; empty when there is nothing new."""
    found = await handed.store.outbox.since(since, most)
    if not found:
        await _refuse_future(handed, since)
    return [Happened.model_validate(event) for event in found]


@router.get("/schema")
async def schema() -> dict[str, Any]:
    """What an event holds, of each kind: JSON Schema, draft 2020-12."""
    return event_schema()


@router.get(
    "/stream",
    response_class=StreamingResponse,
    responses={HTTPStatus.OK: {"content": {MEDIA_TYPE: {}}, "description": "Server-sent events, without end"}},
)
async def stream(
    handed: Everything,
    since: Annotated[int | None, Query(ge=0, le=LARGEST_SEQ)] = None,
    kind: Kinds = (),
    last_event_id: Annotated[int | None, Header(ge=0, le=LARGEST_SEQ)] = None,
) -> StreamingResponse:
    """Every event after `since`, or after `Last-Event-ID`, which is stronger; without either, from now on. With `kind`,
    which may be given several times, only of these."""
    events = _events(handed)
    after = last_event_id if last_event_id is not None else since
    if after is None:
        after = await handed.store.outbox.head()
    else:
        await _refuse_future(handed, after)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}  # nginx would keep events for itself
    return StreamingResponse(events.read(after, kind), media_type=MEDIA_TYPE, headers=headers)


def _events(handed: Handed) -> EventStream:
    if handed.events is None:
        raise Conflict("Nobody numbers events here: there is nothing to follow.")
    if handed.events.is_full:
        again = {"Retry-After": str(AGAIN_MILLISECONDS // 1000)}
        said = "Too many clients follow the events: close some, or ask /events?since= now and then."
        raise HTTPException(HTTPStatus.SERVICE_UNAVAILABLE, said, headers=again)
    return handed.events


async def _refuse_future(handed: Handed, since: int) -> None:
    """Raise `Conflict` for a number that was not given yet: the store is another, or an older copy of it."""
    head = await handed.store.outbox.head()
    if since > head:
        raise Conflict(f"The last event is {head}: {since} is of another store, or of a newer copy. Begin again at 0.")
