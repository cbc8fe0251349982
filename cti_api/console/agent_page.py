"""The agent's page: one, for the whole shift. What is on it comes by the agent's own stream."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from cti_api.console.shown import page
from cti_api.errors import NotAllowed
from cti_api.web.access import known_of

router = APIRouter(include_in_schema=False)


@router.get("/agente")
async def agent(request: Request) -> Response:
    """Of whoever has a seat. Raises `NotAllowed` for the others."""
    session = known_of(request).session
    if session is None or not session.agent_id:
        raise NotAllowed("You have no seat: an administrator can give you one (`vocero users`).")
    return page(request, "agent.html", script="agent/main.js", words="agent")
