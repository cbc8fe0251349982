"""An agent's own seat, as a console follows it: how it stands now, and after each change."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import datetime
from http import HTTPStatus
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from cti_api.access.actors import Scope, Through
from cti_api.border import Slug
from cti_api.errors import Conflict
from cti_api.model.ids import AgentId
from cti_api.web.access import known_of
from cti_api.web.agent_call import view_of
from cti_api.web.agents import AgentNow, told_of
from cti_api.web.events import MEDIA_TYPE
from cti_api.web.handed import Everything, Handed

router = APIRouter(prefix="/agents/{agent_id}", tags=["agents"])

AGAIN_MILLISECONDS: Final = 1000
"""How long a page that was cut waits before it comes again; much less than it takes to be missed."""


class SeatNow(BaseModel):
    now: datetime
    """The server's time, by which a page counts."""
    agent: AgentNow


@router.get(
    "/stream",
    response_class=StreamingResponse,
    responses={HTTPStatus.OK: {"content": {MEDIA_TYPE: {}}, "description": "Server-sent events, without end"}},
)
async def follow(agent_id: Slug, handed: Everything, request: Request, console: bool = False) -> StreamingResponse:
    """The agent at once, and after each change, as an event `agent`; after 5 s without one an event `beat`.

    `console`: a person sits before it. Once none of an agent's consoles is open for 10 s they are paused, for the
    reason ``consola``, after the present call if there is one; consoles that come back within that time change nothing.
    It is believed of the agent's own session, and of a key that may act for agents.
    """
    view_of(handed.dialer, agent_id)
    if handed.seats is None:
        raise Conflict("Nobody is followed here.")
    if handed.seats.is_full:
        again = {"Retry-After": str(AGAIN_MILLISECONDS // 1000)}
        raise HTTPException(HTTPStatus.SERVICE_UNAVAILABLE, "Too many consoles are open.", headers=again)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}  # nginx would keep events for itself
    return StreamingResponse(
        _frames(handed, agent_id, console and _sits_there(request, agent_id)), media_type=MEDIA_TYPE, headers=headers
    )


def _sits_there(request: Request, agent_id: str) -> bool:
    """Whether they may say that the agent is here, and so, by going, that the agent is not."""
    actor = known_of(request).actor
    assert actor is not None  # the operation is open to nobody unknown
    match actor.through:
        case Through.SESSION:
            return actor.agent_id == agent_id
        case Through.KEY:
            return Scope.AGENTS in actor.scopes
        case Through.SOCKET:
            return True


async def _frames(handed: Handed, agent_id: str, is_console: bool) -> AsyncIterator[bytes]:
    assert handed.seats is not None  # asked for before
    yield b"retry: %d\n\n" % AGAIN_MILLISECONDS
    async with aclosing(handed.seats.read(AgentId(agent_id), is_console=is_console)) as views:
        async for view in views:
            if view is None:
                yield b"event: beat\ndata:\n\n"
            else:
                told = SeatNow(now=handed.clock.now(), agent=told_of(view))
                yield b"event: agent\ndata: %b\n\n" % told.model_dump_json().encode()
