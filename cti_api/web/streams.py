"""Streams out: how the broker and the webhooks stand, and what a person decides about dead letters."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from cti_api.border import Slug
from cti_api.errors import Conflict
from cti_api.streams.streams import Streams
from cti_api.web import paging
from cti_api.web.handed import Everything

router = APIRouter(prefix="/streams", tags=["streams"])

Hook = Annotated[Slug, Path()]


class Standing(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    name: str
    connected: bool
    seq: int
    lag: int
    sent: int
    waiting: int | None
    dead: int | None


class DeadLetter(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    hook: str
    seq: int
    """The event's number: `GET /events?since=` one less shows it."""
    order_key: str
    tries: int
    reason: str
    since: datetime


class Which(BaseModel):
    model_config = ConfigDict(extra="forbid")

    seq: Annotated[int, Field(ge=1, le=2**63 - 1)] | None = None
    """null: all of this webhook's."""


class Decided(BaseModel):
    count: int


def _streams(handed: Everything) -> Streams:
    if handed.streams is None:
        raise Conflict("Nobody numbers events here: there is nobody who could be told.")
    return handed.streams


Told = Annotated[Streams, Depends(_streams)]


@router.get("")
async def standing(streams: Told) -> list[Standing]:
    """Who is told of the events, and how far each is."""
    return [Standing.model_validate(each) for each in await streams.standing()]


@router.get("/dead")
async def dead(
    streams: Told,
    request: Request,
    response: Response,
    hook: Slug | None = None,
    after: paging.After = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> list[DeadLetter]:
    """Dead letters, the oldest event of each webhook first."""
    found = await streams.dead(hook, limit + 1, paging.mark_of(after, (str, int)))
    shown = paging.with_next(request, response, found, limit, lambda each: (each.hook, each.seq))
    return [DeadLetter.model_validate(each) for each in shown]


@router.post("/{hook}/retry")
async def retry(hook: Hook, which: Which, streams: Told) -> Decided:
    """Try a dead letter again, or all of them. What is about the same lead or call went on meanwhile."""
    return Decided(count=await streams.retry(hook, which.seq))


@router.post("/{hook}/drop")
async def drop(hook: Hook, which: Which, streams: Told) -> Decided:
    """Give a dead letter up, or all of them."""
    return Decided(count=await streams.drop(hook, which.seq))
