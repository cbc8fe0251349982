"""The agent's page: one, for the whole shift. What is on it comes by the agent's own stream."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import Response

from cti_api.console.refused_page import show
from cti_api.console.shown import page
from cti_api.web.access import known_of

router = APIRouter(include_in_schema=False)


@router.get("/agente")
async def agent(request: Request) -> Response:
    """Of whoever has a seat; the others are told how they come to one."""
    session = known_of(request).session
    if session is None or not session.agent_id:
        return show(request, "no-seat", HTTPStatus.CONFLICT)
    return page(request, "agent.html", script="agent/main.js", words="agent")
