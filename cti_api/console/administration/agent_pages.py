"""Agents: who they are, what they may take, and what they come in with."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from cti_api.border import Slug
from cti_api.console.administration.frame import administration
from cti_api.errors import NotFound
from cti_api.model.agents import AgentConnect, AgentPhone
from cti_api.model.campaigns import CampaignState
from cti_api.store.campaigns import StoredCampaign
from cti_api.web.handed import Everything, Handed

router = APIRouter(prefix="/administracion", include_in_schema=False)


@router.get("/agentes")
async def agents(request: Request, handed: Everything) -> Response:
    """All of them, by name, and a form for another."""
    views = sorted(handed.dialer.agents(), key=lambda view: view.agent.name.casefold())
    return administration(
        request, "agents", views=views, campaigns=await _campaigns(handed), connects=tuple(AgentConnect),
        phones=tuple(AgentPhone),
    )  # fmt: skip


@router.get("/agentes/{agent_id}")
async def agent(agent_id: Slug, request: Request, handed: Everything) -> Response:
    """One: what can be another."""
    view = next((each for each in handed.dialer.agents() if each.agent.id == agent_id), None)
    if view is None:
        raise NotFound(f"There is no agent called {agent_id}.")
    users = [user for user in await handed.store.users.all() if user.agent_id == agent_id]
    return administration(
        request, "agents", "agent", view=view, users=users, campaigns=await _campaigns(handed, view.agent.campaigns),
        connects=tuple(AgentConnect), phones=tuple(AgentPhone),
    )  # fmt: skip


async def _campaigns(handed: Handed, *also: object) -> list[StoredCampaign]:
    """Those that somebody can be given: not over, or theirs already."""
    theirs = set(also[0]) if also and isinstance(also[0], tuple) else set()
    over = (CampaignState.CANCELLED, CampaignState.COMPLETED)
    return [each for each in await handed.store.campaigns.all() if each.state not in over or each.id in theirs]
