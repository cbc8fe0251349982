"""Agents: their accounts, states and calls. A request asks the engine; only Asterisk's events move a state."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from cti_api.access.actors import Through
from cti_api.border import CallerId, CallId, Line, Number, Slug, Text
from cti_api.errors import Fault, InputError
from cti_api.model.agents import Agent, AgentConnect, AgentPhone, AgentState
from cti_api.model.ids import AgentId, AttemptId, CampaignId, InboundId
from cti_api.ports import AgentView, DialerPort
from cti_api.web.access import known_of
from cti_api.web.agent_call import PresentCall, present, view_of
from cti_api.web.handed import Dialer, Everything

router = APIRouter(prefix="/agents", tags=["agents"])

MAX_CAMPAIGNS = 100
MAX_FIELDS = 50


class NewAgent(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: Slug
    """Also the SIP account's user name."""
    name: Annotated[Line, Field(min_length=1)]
    campaigns: Annotated[tuple[Slug, ...], Field(max_length=MAX_CAMPAIGNS)] = ()
    connect: AgentConnect = AgentConnect.NAILED_UP
    phone: AgentPhone = AgentPhone.SIP


class ChangedAgent(BaseModel):
    """What is to be another; what is not named stays."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[Line, Field(min_length=1)] | None = None
    campaigns: Annotated[tuple[Slug, ...], Field(max_length=MAX_CAMPAIGNS)] | None = None
    """All of them, from now on."""
    connect: AgentConnect | None = None
    phone: AgentPhone | None = None


class SipAccount(BaseModel):
    """What to enter in the softphone."""

    user: str
    password: str
    """Told this once: only its digest is kept."""


class AddedAgent(BaseModel):
    id: str
    name: str
    campaigns: tuple[str, ...]
    connect: AgentConnect
    phone: AgentPhone
    sip: SipAccount | None
    """null: the telephone is the browser, which gets what it needs by itself."""


class AgentNow(BaseModel):
    id: str
    name: str
    campaigns: tuple[str, ...]
    connect: AgentConnect
    phone: AgentPhone
    state: AgentState
    since: datetime
    reason: str
    pending: AgentState | None
    """State asked for during a call, taken after wrap-up."""
    pending_reason: str
    """Of a pause asked for so."""
    source: str
    """Who moved them last: agent, supervisor, system or timeout."""
    phone_reachable: bool
    held_since: datetime | None
    """Since when their telephone holds: whom they talk with hears music, and nobody else is joined with them."""
    preview_until: datetime | None
    """The person on show is taken back then."""
    wrap_up_until: datetime | None
    """The call is closed without a disposition then."""
    call: PresentCall | None
    calls: int
    talk_seconds: float


class Pause(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason: Line = ""


class ChosenDisposition(BaseModel):
    model_config = ConfigDict(extra="forbid")

    code: Annotated[Line, Field(min_length=1)]
    fields: Annotated[dict[Line, Text], Field(max_length=MAX_FIELDS)] = {}
    attempt_id: CallId | None = None
    """An earlier call to correct; absent: the present one."""
    caller_id: CallerId | None = None
    """Who called, instead: said again it is done already, and it is never said of the next one."""


class ManualDial(BaseModel):
    model_config = ConfigDict(extra="forbid")

    campaign_id: Slug
    number: Number


class Dialed(BaseModel):
    attempt_id: str


@router.get("")
async def list_agents(dialer: Dialer) -> list[AgentNow]:
    """Every agent, as a board shows them."""
    return [told_of(view) for view in dialer.agents()]


@router.post("", status_code=HTTPStatus.CREATED)
async def add_agent(new: NewAgent, dialer: Dialer) -> AddedAgent:
    """Make an agent and the account of their telephone, which can register at once."""
    agent = Agent(
        id=AgentId(new.id),
        name=new.name,
        campaigns=tuple(CampaignId(name) for name in dict.fromkeys(new.campaigns)),
        connect=new.connect,
        phone=new.phone,
    )
    password = await dialer.add_agent(agent)
    return AddedAgent(
        id=agent.id,
        name=agent.name,
        campaigns=agent.campaigns,
        connect=agent.connect,
        phone=agent.phone,
        sip=SipAccount(user=agent.id, password=password) if agent.phone is AgentPhone.SIP else None,
    )


@router.get("/{agent_id}")
async def get_agent(agent_id: Slug, dialer: Dialer) -> AgentNow:
    """One agent now."""
    return agent_now(dialer, agent_id)


@router.patch("/{agent_id}")
async def change_agent(agent_id: Slug, changed: ChangedAgent, handed: Everything) -> AgentNow:
    """Another name, other campaigns, signed in or not, and a call under way goes on; another way to be called and
    another telephone, signed out."""
    present = await handed.store.agents.get(AgentId(agent_id))
    names = present.campaigns if changed.campaigns is None else dict.fromkeys(changed.campaigns)
    agent = Agent(
        id=present.id,
        name=changed.name or present.name,
        campaigns=tuple(CampaignId(name) for name in names),
        connect=changed.connect or present.connect,
        phone=changed.phone or present.phone,
    )
    await handed.dialer.change_agent(agent)
    return agent_now(handed.dialer, agent_id)


@router.post("/{agent_id}/password")
async def new_password(agent_id: Slug, dialer: Dialer) -> SipAccount:
    """Another password for a SIP telephone; the old one serves until its registration ends, and no longer."""
    return SipAccount(user=agent_id, password=await dialer.new_password(AgentId(agent_id), AgentPhone.SIP))


@router.post("/{agent_id}/login")
async def login(agent_id: Slug, dialer: Dialer) -> AgentNow:
    """Call the softphone and keep it on the line; answers when it is, or with the reason why not."""
    await dialer.login(AgentId(agent_id))
    return agent_now(dialer, agent_id)


@router.post("/{agent_id}/logout")
async def logout(agent_id: Slug, dialer: Dialer, request: Request) -> AgentNow:
    """At once, or after wrap-up when in a call."""
    await dialer.logout(AgentId(agent_id), source=_source(request, agent_id))
    return agent_now(dialer, agent_id)


@router.post("/{agent_id}/pause")
async def pause(agent_id: Slug, asked: Pause, handed: Everything, request: Request) -> AgentNow:
    """At once, or after wrap-up when in a call. A reason is one of `GET /pause-reasons`, or none is given."""
    known = handed.pause_reasons
    if asked.reason and known and asked.reason not in known:
        raise InputError("That is no reason to pause here.", [Fault("reason", f"one of: {', '.join(known)}")])
    await handed.dialer.pause(AgentId(agent_id), asked.reason, source=_source(request, agent_id))
    return agent_now(handed.dialer, agent_id)


@router.post("/{agent_id}/ready")
async def ready(agent_id: Slug, dialer: Dialer, request: Request) -> AgentNow:
    """End a pause or the wrap-up. Where something is pending, that is taken back, and nothing else."""
    await dialer.ready(AgentId(agent_id), source=_source(request, agent_id))
    return agent_now(dialer, agent_id)


@router.post("/{agent_id}/finish")
async def finish(agent_id: Slug, dialer: Dialer, request: Request) -> AgentNow:
    """End the wrap-up without a disposition: what is pending (a pause, the end of the shift) comes now."""
    await dialer.finish(AgentId(agent_id), source=_source(request, agent_id))
    return agent_now(dialer, agent_id)


@router.post("/{agent_id}/hangup")
async def hang_up(agent_id: Slug, dialer: Dialer) -> AgentNow:
    """End the present call, keep the agent."""
    await dialer.hang_up(AgentId(agent_id))
    return agent_now(dialer, agent_id)


@router.post("/{agent_id}/disposition")
async def dispose(agent_id: Slug, chosen: ChosenDisposition, dialer: Dialer) -> dict[str, Any]:
    """Say what became of the present call, or correct an earlier one; every missing field is named at once."""
    if chosen.attempt_id and chosen.caller_id:
        raise InputError("One call at a time.", [Fault("caller_id", "goes without attempt_id")])
    attempt_id = AttemptId(chosen.attempt_id) if chosen.attempt_id else None
    caller_id = InboundId(chosen.caller_id) if chosen.caller_id else None
    return await dialer.dispose(AgentId(agent_id), chosen.code, chosen.fields, attempt_id, caller_id=caller_id)


@router.post("/{agent_id}/preview/accept")
async def accept_preview(agent_id: Slug, dialer: Dialer) -> AgentNow:
    """Dial the person that is shown."""
    await dialer.accept_preview(AgentId(agent_id))
    return agent_now(dialer, agent_id)


@router.post("/{agent_id}/preview/skip")
async def skip_preview(agent_id: Slug, dialer: Dialer) -> AgentNow:
    """Give the person that is shown back to the list."""
    await dialer.skip_preview(AgentId(agent_id))
    return agent_now(dialer, agent_id)


@router.post("/{agent_id}/dial", status_code=HTTPStatus.CREATED)
async def dial(agent_id: Slug, asked: ManualDial, dialer: Dialer) -> Dialed:
    """Dial one number by hand, under the same rules as every other attempt."""
    attempt_id = await dialer.dial_manually(AgentId(agent_id), CampaignId(asked.campaign_id), asked.number)
    return Dialed(attempt_id=attempt_id)


def agent_now(dialer: DialerPort, agent_id: str) -> AgentNow:
    """Raises `NotFound`."""
    return told_of(view_of(dialer, agent_id))


def _source(request: Request, agent_id: str) -> str:
    """Who moves the agent: they themselves and what acts for them, or somebody else who signed in."""
    actor = known_of(request).actor
    others = actor is not None and actor.through is Through.SESSION and actor.agent_id != agent_id
    return "supervisor" if others else "agent"


def told_of(view: AgentView) -> AgentNow:
    return AgentNow(
        id=view.agent.id,
        name=view.agent.name,
        campaigns=view.agent.campaigns,
        connect=view.agent.connect,
        phone=view.agent.phone,
        state=view.status.state,
        since=view.status.since,
        reason=view.status.reason,
        pending=view.status.pending,
        pending_reason=view.status.pending_reason,
        source=view.status.source,
        phone_reachable=view.phone_reachable,
        held_since=view.held_since,
        preview_until=view.preview_until,
        wrap_up_until=view.wrap_up_until,
        call=present(view),
        calls=view.calls,
        talk_seconds=view.talk_seconds,
    )
