"""Queues: their files, who waits in them now, and their figures of the day."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict

from cti_api.border import Slug
from cti_api.errors import Fault, InputError, NotFound
from cti_api.kpi.queues import figures_of
from cti_api.model.ids import QueueId
from cti_api.model.queues import InboundCall, InboundOutcome, QueueSpec
from cti_api.ports import QueueView
from cti_api.queue_file import parse_queue
from cti_api.web import paging
from cti_api.web.handed import Dialer, Everything, Handed
from cti_api.web.media import YAML, takes

router = APIRouter(prefix="/queues", tags=["queues"])


MOST_MISSED = 1000


class CallerNow(BaseModel):
    """A caller who waits or talks."""

    model_config = ConfigDict(from_attributes=True)

    caller_id: str
    number: str
    state: str
    waited_seconds: float
    position: int | None
    """The place they were told last."""
    agent_id: str | None


class FiguresOfToday(BaseModel):
    """Of the calls that arrived since midnight where the queue is."""

    model_config = ConfigDict(from_attributes=True)

    offered: int
    answered: int
    caller_abandoned: int
    called_back: int
    """They kept their place and hung up; not in time, and not given up."""
    overflowed: int
    led_on: int
    """They went on in the IVR that had sent them, without having spoken with anybody here."""
    lost: int
    service_level: float | None
    """Answered in time, of all; None before the first call."""
    asa_seconds: float | None
    longest_wait_seconds: float


class QueueNow(BaseModel):
    id: str
    title: str
    priority: int
    waiting: int
    longest_waiting_seconds: float
    agents_at_work: int
    agents_ready: int
    answer_within_seconds: float
    service_level_goal: float
    today: FiguresOfToday


class WholeQueue(QueueNow):
    callers: list[CallerNow]
    file: str


class PutQueue(BaseModel):
    id: str
    title: str
    is_new: bool


class Removed(BaseModel):
    id: str


class GaveUp(BaseModel):
    """Somebody whom nobody spoke with."""

    caller_id: str
    number: str
    arrived_at: datetime
    waited_seconds: float
    outcome: InboundOutcome


@router.get("")
async def list_queues(handed: Everything) -> list[QueueNow]:
    """Every queue as it stands, by name."""
    return [await _now(handed, view) for view in handed.dialer.queues()]


@router.get("/{queue_id}")
async def get_queue(queue_id: Slug, handed: Everything) -> WholeQueue:
    """One queue, with who waits and talks in it."""
    view = _of(handed.dialer, queue_id)
    stored = {each.id: each.spec_text for each in await handed.store.queues.all()}
    callers = [CallerNow.model_validate(caller) for caller in view.callers]
    now = await _now(handed, view)
    return WholeQueue(**now.model_dump(), callers=callers, file=stored.get(view.spec.id, ""))


@router.put(
    "/{queue_id}",
    openapi_extra=takes(YAML),
)
async def put_queue(queue_id: Slug, request: Request, handed: Everything) -> PutQueue:
    """Make a queue from its YAML file, or give it another one; who waits in it is served by that from now on."""
    try:
        text = (await request.body()).decode()
    except UnicodeDecodeError as error:
        raise InputError("The queue file is not UTF-8.", [Fault("file", f"byte {error.start} is wrong")]) from None
    spec = parse_queue(text)
    if spec.id != queue_id:
        raise InputError("The file is another queue's.", [Fault("id", f"is {spec.id}; it must be {queue_id}")])
    said = spec.records and spec.notice
    if said:  # before the first talk that is recorded
        await asyncio.to_thread(handed.sounds.say_that_it_is_recorded, spec.id, said=True)
    is_new = await handed.dialer.put_queue(spec, text)
    if not said:
        await asyncio.to_thread(handed.sounds.say_that_it_is_recorded, spec.id, said=False)
    return PutQueue(id=spec.id, title=spec.title, is_new=is_new)


@router.post("/{queue_id}/remove")
async def remove_queue(queue_id: Slug, handed: Everything) -> Removed:
    """Take a queue away; its calls stay on record."""
    await handed.dialer.remove_queue(QueueId(queue_id))
    await asyncio.to_thread(handed.sounds.say_that_it_is_recorded, QueueId(queue_id), said=False)
    return Removed(id=queue_id)


@router.get("/{queue_id}/missed")
async def gave_up(
    queue_id: Slug,
    handed: Everything,
    request: Request,
    response: Response,
    days: Annotated[int, Query(ge=1, le=366)] = 1,
    after: paging.After = None,
    limit: Annotated[int, Query(ge=1, le=MOST_MISSED)] = 500,
) -> list[GaveUp]:
    """Callers of the last days, today among them, whom nobody spoke with: they want to be called back."""
    spec = _of(handed.dialer, queue_id).spec
    mark = paging.mark_of(after, (datetime, str))
    found = await handed.store.queues.gave_up_since(spec.id, _days_ago(handed, spec, days), mark, limit + 1)
    shown = paging.with_next(request, response, found, limit, lambda call: (call.arrived_at, call.id))
    return _gave_up(handed, shown)


async def gave_up_today(queue_id: str, handed: Handed) -> list[GaveUp]:
    """Those of today, for a page."""
    spec = _of(handed.dialer, queue_id).spec
    return _gave_up(handed, await handed.store.queues.gave_up_since(spec.id, _days_ago(handed, spec, 1)))


def _days_ago(handed: Handed, spec: QueueSpec, days: int) -> datetime:
    return midnight(spec, handed.clock.now()) - timedelta(days=days - 1)


def _gave_up(handed: Handed, calls: Iterable[InboundCall]) -> list[GaveUp]:
    now = handed.clock.now()
    return [
        GaveUp(
            caller_id=call.id,
            number=call.number,
            arrived_at=call.arrived_at,
            waited_seconds=call.waited_seconds(now),
            outcome=call.outcome,
        )
        for call in calls
        if call.outcome is not None
    ]


def midnight(spec: QueueSpec, now: datetime) -> datetime:
    """When today began where the queue is."""
    zone = ZoneInfo(spec.timezone)
    return datetime.combine(now.astimezone(zone).date(), time(), zone)


async def _now(handed: Handed, view: QueueView) -> QueueNow:
    spec, now = view.spec, handed.clock.now()
    calls = await handed.store.queues.calls_since(spec.id, midnight(spec, now))
    waits = [caller.waited_seconds for caller in view.callers if caller.state != "talking"]
    return QueueNow(
        id=spec.id,
        title=spec.title,
        priority=spec.priority,
        waiting=len(waits),
        longest_waiting_seconds=max(waits, default=0.0),
        agents_at_work=view.agents_at_work,
        agents_ready=view.agents_ready,
        answer_within_seconds=spec.answer_within_seconds,
        service_level_goal=spec.service_level,
        today=FiguresOfToday.model_validate(figures_of(calls, spec.answer_within_seconds, now)),
    )


def _of(dialer: Dialer, queue_id: str) -> QueueView:
    for view in dialer.queues():
        if view.spec.id == queue_id:
            return view
    raise NotFound(f"There is no queue {queue_id}: see `vocero queue list`.")
