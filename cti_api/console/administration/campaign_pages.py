"""Campaigns: all of them, and one with what can be done with it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from cti_api.border import Slug
from cti_api.campaign_file.limits import PACED
from cti_api.campaign_file.parse import parse_campaign
from cti_api.console.administration.frame import administration
from cti_api.kpi.written import amount
from cti_api.lead_file.mapping import ROLES
from cti_api.model.campaigns import CANCELLABLE, REPLACEABLE, CampaignState, PacingMode
from cti_api.model.ids import CampaignId
from cti_api.model.leads import FINAL_LEAD_STATES
from cti_api.web.attempts import report
from cti_api.web.handed import Everything

router = APIRouter(prefix="/administracion", include_in_schema=False)

DECIDED_MINUTES: Final = 10.0
MOST_DECISIONS: Final = 30
STARTABLE: Final = frozenset(
    {CampaignState.DRAFT, CampaignState.READY, CampaignState.SCHEDULED, CampaignState.PAUSED, CampaignState.COMPLETED}
)
COUNTED_WITHIN_SECONDS: Final = 5.0


@router.get("")
async def home() -> Response:
    """What is used most."""
    return RedirectResponse("/administracion/campanas", HTTPStatus.SEE_OTHER)


@router.get("/campanas")
async def campaigns(request: Request, handed: Everything) -> Response:
    """The newest first."""
    return administration(request, "campaigns", campaigns=list(reversed(await handed.store.campaigns.all())))


@router.get("/campanas/{campaign_id}")
async def campaign(campaign_id: Slug, request: Request, handed: Everything) -> Response:
    """One: how it stands, its limits, why it calls, its lists and its file."""
    stored = await handed.store.campaigns.get(CampaignId(campaign_id))
    spec = parse_campaign(stored.spec_text)
    status = await handed.dialer.campaign_status(stored.id, COUNTED_WITHIN_SECONDS)
    decisions = await handed.dialer.explain(stored.id, DECIDED_MINUTES)
    return administration(
        request,
        "campaigns",
        "campaign",
        stored=stored,
        spec=spec,
        standing=status,
        done=sum(count for state, count in status.leads_by_state.items() if state in FINAL_LEAD_STATES),
        decisions=list(reversed(decisions))[:MOST_DECISIONS],
        paced=spec.mode in PACED,
        modes=sorted(PACED),
        takes_lists=spec.mode is not PacingMode.AGENTLESS and status.state is not CampaignState.CANCELLED,
        roles=tuple(ROLES),
        startable=status.state in STARTABLE,
        replaceable=status.state in REPLACEABLE,
        cancellable=status.state in CANCELLABLE,
    )


@router.get("/campanas/{campaign_id}/resultados")
async def results(campaign_id: Slug, request: Request, handed: Everything) -> Response:
    """What came of it so far."""
    names = {view.agent.id: view.agent.name for view in handed.dialer.agents()}
    told = await report(campaign_id, handed)
    return administration(request, "campaigns", "results", report=told, names=names, amount=amount)
