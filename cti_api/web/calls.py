"""Calls in flight: who is where, and what a supervisor does about it; and how an agent hands somebody on."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from cti_api.access.actors import Through
from cti_api.border import Slug
from cti_api.errors import Fault, InputError
from cti_api.live_ports import LiveState, Supervision, TransferKind
from cti_api.model.ids import AgentId
from cti_api.web.access import also_say, known_of
from cti_api.web.agents import AgentNow, agent_now
from cti_api.web.handed import Everything, Handed

router = APIRouter(tags=["calls"])

LiveCallId = Annotated[
    str, StringConstraints(pattern=r"^([0-9a-f]{32}|1[0-9]{9}\.[0-9]{1,10}(\.[1-9][0-9]{0,2})?)$", max_length=40)
]
"""Of an attempt, or of a caller."""

Target = Annotated[
    str,
    StringConstraints(pattern=r"^(queue|agent|extension|outside):[a-z0-9-]{1,40}$"),
    Field(examples=["queue:soporte"]),
]
Telephone = Annotated[
    str, StringConstraints(pattern=r"^(agent|extension):[a-z0-9-]{1,40}$"), Field(examples=["agent:sara"])
]


class SupervisedNow(BaseModel):
    """Somebody takes part in a talk."""

    model_config = ConfigDict(from_attributes=True)

    by: str
    mode: Supervision
    telephone: str
    since: datetime


class LiveCallNow(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: str
    """Of the attempt, or of the caller."""
    state: LiveState
    since: datetime
    number: str
    campaign_id: str | None
    queue: str | None
    """Of somebody who called."""
    lead_id: int | None
    lead_name: str
    agent_id: str | None
    held_since: datetime | None
    """The agent has them on hold."""
    to: str
    """Of one that is handed on, or about whom somebody is consulted: where to."""
    supervised: list[SupervisedNow]


class TransferToNow(BaseModel):
    """Where somebody may be handed on to."""

    model_config = ConfigDict(from_attributes=True)

    to: str
    """What to ask for."""
    kind: TransferKind
    title: str
    available: bool
    why_not: str


class Transfer(BaseModel):
    model_config = ConfigDict(extra="forbid")

    to: Target
    """One of `GET /transfers`."""


class Supervise(BaseModel):
    model_config = ConfigDict(extra="forbid")

    telephone: Telephone | None = None
    """Which one rings: an agent's account that nobody works at, or one of the extensions of the settings. Absent: that
    of the seat of whoever asks."""


@router.get("/calls")
async def live_calls(handed: Everything) -> list[LiveCallNow]:
    """Every call in flight, the earliest first: of campaigns, of callers, and of those who were handed on."""
    return [LiveCallNow.model_validate(call) for call in handed.dialer.live.calls()]


@router.get("/transfers")
async def transfers(handed: Everything) -> list[TransferToNow]:
    """Where somebody may be handed on to: queues, ready agents, and the closed list of the settings."""
    return [TransferToNow.model_validate(each) for each in handed.dialer.live.transfers()]


@router.post("/agents/{agent_id}/transfer")
async def transfer(agent_id: Slug, asked: Transfer, handed: Everything) -> AgentNow:
    """Hand on whom the agent talks with. Whom nobody takes there comes back: to this agent, or to the next who is free,
    with music meanwhile."""
    await handed.dialer.live.transfer(AgentId(agent_id), asked.to)
    return agent_now(handed.dialer, agent_id)


@router.post("/agents/{agent_id}/consult")
async def consult(agent_id: Slug, asked: Transfer, handed: Everything) -> AgentNow:
    """Ask somebody before they have the person, who hears music meanwhile; of a queue its first agent who is free.
    Answers when they are called. Who does not answer, or hangs up, leaves the two as they were."""
    await handed.dialer.live.consult(AgentId(agent_id), asked.to)
    return agent_now(handed.dialer, agent_id)


@router.post("/agents/{agent_id}/consult/complete")
async def complete(agent_id: Slug, handed: Everything) -> AgentNow:
    """Hand the person on to whoever was consulted, and is on the line."""
    await handed.dialer.live.complete(AgentId(agent_id))
    return agent_now(handed.dialer, agent_id)


@router.post("/agents/{agent_id}/consult/back")
async def go_back(agent_id: Slug, handed: Everything) -> AgentNow:
    """End the consultation, for whichever of the two asks: the agent has the person again."""
    await handed.dialer.live.go_back(AgentId(agent_id))
    return agent_now(handed.dialer, agent_id)


@router.post("/calls/{call_id}/transfer", status_code=HTTPStatus.NO_CONTENT)
async def transfer_call(call_id: LiveCallId, asked: Transfer, handed: Everything, request: Request) -> Response:
    """The same, by a supervisor."""
    also_say(request, f"to={asked.to}")
    await handed.dialer.live.transfer_call(call_id, asked.to)
    return Response(status_code=HTTPStatus.NO_CONTENT)


@router.post("/calls/{call_id}/hangup", status_code=HTTPStatus.NO_CONTENT)
async def hang_up(call_id: LiveCallId, handed: Everything) -> Response:
    """End it; its agent, if it has one, says what became of it."""
    await handed.dialer.live.end(call_id)
    return Response(status_code=HTTPStatus.NO_CONTENT)


@router.post("/calls/{call_id}/listen", status_code=HTTPStatus.NO_CONTENT)
async def listen(call_id: LiveCallId, asked: Supervise, handed: Everything, request: Request) -> Response:
    """Hear both; nobody hears the supervisor."""
    return await _supervise(call_id, Supervision.LISTEN, asked, handed, request)


@router.post("/calls/{call_id}/whisper", status_code=HTTPStatus.NO_CONTENT)
async def whisper(call_id: LiveCallId, asked: Supervise, handed: Everything, request: Request) -> Response:
    """The agent hears the supervisor, and the person does not."""
    return await _supervise(call_id, Supervision.WHISPER, asked, handed, request)


@router.post("/calls/{call_id}/barge", status_code=HTTPStatus.NO_CONTENT)
async def barge(call_id: LiveCallId, asked: Supervise, handed: Everything, request: Request) -> Response:
    """Both hear the supervisor."""
    return await _supervise(call_id, Supervision.BARGE, asked, handed, request)


@router.post("/calls/{call_id}/leave", status_code=HTTPStatus.NO_CONTENT)
async def leave(call_id: LiveCallId, handed: Everything, request: Request) -> Response:
    """Take part no more; hanging up does the same."""
    await handed.dialer.live.leave(call_id, by=str(known_of(request).actor))
    return Response(status_code=HTTPStatus.NO_CONTENT)


async def _supervise(call_id: str, mode: Supervision, asked: Supervise, handed: Handed, request: Request) -> Response:
    actor = known_of(request).actor
    own = actor.agent_id if actor is not None and actor.through is Through.SESSION else None
    telephone = asked.telephone or (f"agent:{own}" if own else "")
    if not telephone:
        fault = Fault("telephone", "such as agent:sara or extension:2134: you have no seat of your own")
        raise InputError("Say which telephone is to ring.", [fault])
    also_say(request, f"telephone={telephone}")
    await handed.dialer.live.supervise(call_id, mode, by=str(actor), telephone=telephone)
    return Response(status_code=HTTPStatus.NO_CONTENT)
