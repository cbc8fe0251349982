"""Leads: why one is, or is not, called."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from cti_api.border import Line, Slug
from cti_api.campaign_file.parse import parse_campaign
from cti_api.console.sentences import said
from cti_api.errors import NotFound
from cti_api.model.calls import DialDecision
from cti_api.model.campaigns import CampaignState
from cti_api.model.ids import CampaignId
from cti_api.model.leads import FINAL_LEAD_STATES, Lead, LeadState
from cti_api.store.attempt_rows import AttemptRecord
from cti_api.web.handed import Everything, Handed
from cti_api.web.told import MessageTold, ReplyTold, TaskTold, told
from cti_api.web.why import in_force, why

router = APIRouter(tags=["leads"])

MOST_FOUND = 20


class Asked(BaseModel):
    """Whom it is about. In a body, because a name or number in an address ends in somebody's log."""

    model_config = ConfigDict(extra="forbid")

    words: Annotated[Line, Field(min_length=1)]
    """A lead's id, a number or the end of one, or part of a name."""
    campaign_id: Slug | None = None
    """Only in this campaign."""


class Tried(BaseModel):
    """One attempt of a lead."""

    attempt_id: str
    at: datetime
    number: str
    trunk: str
    allowed_by: str
    """The rule of the gate that let it through."""
    packs: tuple[str, ...]
    """The law's packs that allowed it, with their versions."""
    state: str
    result: str | None
    cause: int | None
    """Q.850."""
    sip_code: int | None
    agent_id: str | None
    disposition: str
    then_state: str
    """What the lead became; empty while the attempt is open."""
    then_reason: str


class Refusal(BaseModel):
    """Why a lead may not be called at this moment."""

    rule: str
    """Of the gate, or the id of one of the law's."""
    reason: str
    source: str
    """What a rule of the law rests on; empty for the others."""
    packs: tuple[str, ...]
    """The pack that holds it, with its version; none for the others."""
    next_open: datetime | None
    """When the answer could change; null: not by waiting."""


class LeadStory(BaseModel):
    lead_id: int
    campaign_id: str
    campaign_state: CampaignState
    timezone: str
    """The campaign's, in which `why` tells its instants."""
    name: str
    phones: tuple[str, ...]
    next_phone: str
    state: LeadState
    reason: str
    not_before: datetime | None
    attempts_made: int
    """Those that counted, in this round."""
    round: int
    """1, and one more for each time it was recycled."""
    why: str
    """Some sentences for a person."""
    said: str
    """The same, in Spanish."""
    now: Refusal | None
    """What stands in the way of a call at this moment; None: nothing, or nobody will call it any more."""
    attempts: tuple[Tried, ...]
    """The latest, the first one of them first."""
    earlier_attempts: int
    """How many there were before these; the person's evidence has all of them."""
    law: tuple[str, ...]
    """For each pack and version that allowed an attempt: when it was in force, by whom, and how to see its rules."""
    messages: tuple[MessageTold, ...]
    """What followed its calls, the oldest first."""
    tasks: tuple[TaskTold, ...]
    replies: tuple[ReplyTold, ...]
    """What the person wrote."""


@router.post("/leads/why")
async def why_lead(asked: Asked, handed: Everything) -> list[LeadStory]:
    """What happened to a lead, what happens next and when, and the rule that stands in the way."""
    campaign_id = CampaignId(asked.campaign_id) if asked.campaign_id else None
    found = await handed.store.leads.find(asked.words, campaign_id, MOST_FOUND)
    if not found:
        raise NotFound("No lead has this id, number or name.")
    return [await _story(handed, lead) for lead in found]


async def _story(handed: Handed, lead: Lead) -> LeadStory:
    campaign = await handed.store.campaigns.get(lead.campaign_id)
    timezone = parse_campaign(campaign.spec_text).hours.timezone
    gate = None if lead.state in FINAL_LEAD_STATES else await handed.dialer.gate(lead.id)
    history = await handed.store.attempts.history(lead.id)
    rounds = await handed.store.rounds.of_lead(lead.id)
    sentences = why(lead, campaign.state, gate, ZoneInfo(timezone))
    return LeadStory(
        lead_id=lead.id,
        campaign_id=lead.campaign_id,
        campaign_state=campaign.state,
        timezone=timezone,
        name=lead.contact.name,
        phones=tuple(phone.e164 for phone in lead.contact.phones),
        next_phone=lead.phone.e164,
        state=lead.state,
        reason=lead.waiting_reason,
        not_before=lead.not_before,
        attempts_made=lead.attempts_made,
        round=1 + len(rounds),
        why=" ".join(sentences),
        said=" ".join(said(each) or each for each in sentences),
        now=None if gate is None or gate.allowed else _refusal(gate),
        attempts=tuple(_tried(record) for record in history),
        earlier_attempts=await handed.store.attempts.made(lead.id) - len(history),
        law=await _law_of(handed, history, ZoneInfo(timezone)),
        messages=tuple(told(message) for message in await handed.store.messages.of_lead(lead.id)),
        tasks=tuple(TaskTold.model_validate(task) for task in await handed.store.follow_ups.tasks_of(lead.id)),
        replies=tuple(ReplyTold.model_validate(reply) for reply in await handed.store.replies.of_lead(lead.id)),
    )


async def _law_of(handed: Handed, history: Sequence[AttemptRecord], zone: ZoneInfo) -> tuple[str, ...]:
    named = dict.fromkeys(pack for record in history for pack in record.attempt.decision.packs)
    told = []
    for name in named:
        pack, _, version = name.partition(" ")
        try:
            periods = [each for each in await handed.store.policies.history(pack) if each.version == version]
        except NotFound:  # of a time before the law in force was recorded
            periods = []
        told += [in_force(period, zone) for period in periods]
    return tuple(told)


def _refusal(gate: DialDecision) -> Refusal:
    return Refusal(rule=gate.rule, reason=gate.reason, source=gate.source, packs=gate.packs, next_open=gate.next_open)


def _tried(record: AttemptRecord) -> Tried:
    attempt = record.attempt
    return Tried(
        attempt_id=attempt.id,
        at=attempt.created_at,
        number=attempt.number.e164,
        trunk=attempt.trunk,
        allowed_by=attempt.decision.rule,
        packs=attempt.decision.packs,
        state=attempt.state.value,
        result=attempt.result.value if attempt.result else None,
        cause=attempt.cause,
        sip_code=attempt.sip_code,
        agent_id=attempt.agent_id,
        disposition=attempt.disposition,
        then_state=record.lead_state,
        then_reason=record.lead_reason,
    )
