"""From an invitation to the lead by which the person is called, and back from a call to the invitation.

A campaign has a person once, however many services they are asked about. So the second service waits until the campaign
is done with the first, and then the same lead comes back for another round: nobody is called by two leads, and nobody
is asked about two services in one call. Whoever may not be called any more is handed over all the same, and not called.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from cti_api.errors import Conflict, NotFound
from cti_api.model.calls import CallResult
from cti_api.model.events import Event, EventKind
from cti_api.model.ids import AttemptId, CampaignId, LeadId, new_event_id
from cti_api.model.leads import LeadState
from cti_api.model.surveys import STILL_TO_ASK, InvitationState, SurveyId
from cti_api.recycling import COMES_BACK, DROPPED, WRONG, FreshLead
from cti_api.store import intake, outbox
from cti_api.store.columns import Instant, Json
from cti_api.store.number_key import NumberKey
from cti_api.store.people import next_allowed, numbers_of, suppressed_phones
from cti_api.store.rounds import begin_round
from cti_api.store.schema import attempts, contacts, leads
from cti_api.store.suppression import DO_NOT_CALL
from cti_api.store.survey_tables import TO_ASK, survey_invitations

_DONE_WITH: Final = sorted(state.value for state in COMES_BACK)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedIn:
    """Whom a call asks, and about what."""

    survey_id: SurveyId
    invitation_id: int
    campaign_id: CampaignId
    lead_id: LeadId


_NEXT: Final = (
    sa.select(survey_invitations, contacts.c.name)
    .join_from(survey_invitations, contacts)
    .where(
        survey_invitations.c.survey_id == sa.bindparam("survey"),
        sa.text(TO_ASK),
        survey_invitations.c.lead_id.is_(None),
        survey_invitations.c.deadline > sa.bindparam("now", type_=Instant()),
        ~sa.exists().where(
            leads.c.contact_id == survey_invitations.c.contact_id,
            leads.c.campaign_id == sa.bindparam("campaign"),
            leads.c.state.not_in(_DONE_WITH),
        ),
    )
    .order_by(survey_invitations.c.deadline, survey_invitations.c.id)
    .limit(sa.bindparam("most"))
)
_INVITED: Final = (
    sa.select(survey_invitations).where(survey_invitations.c.id == sa.bindparam("invitation")).with_for_update()
)
_LEAD_OF: Final = (
    sa.select(leads)
    .where(leads.c.contact_id == sa.bindparam("contact"), leads.c.campaign_id == sa.bindparam("campaign"))
    .with_for_update()
)
_INSERT: Final = sa.insert(leads).returning(leads.c.id)
_NEWLY: Final = (
    sa.update(leads)
    .where(leads.c.id == sa.bindparam("lead"))
    .values(
        {
            leads.c.valid_until: sa.bindparam("new_valid_until", type_=Instant()),
            leads.c.fields: sa.bindparam("new_fields", type_=Json),
        }
    )
)
_SET_LEAD: Final = (
    sa.update(survey_invitations)
    .where(survey_invitations.c.id == sa.bindparam("invitation"))
    .values(lead_id=sa.bindparam("lead"))
)
# Of several services only the latest that was handed over can still be open with the lead at work.
_ASKED_IN: Final = (
    sa.select(
        survey_invitations.c.survey_id,
        survey_invitations.c.id.label("invitation_id"),
        attempts.c.campaign_id,
        attempts.c.lead_id,
    )
    .join_from(attempts, survey_invitations, survey_invitations.c.lead_id == attempts.c.lead_id)
    .where(attempts.c.id == sa.bindparam("attempt"), sa.text(TO_ASK))
    .order_by(survey_invitations.c.service_at.desc(), survey_invitations.c.id.desc())
    .limit(1)
)


def to_call(
    tx: sa.Connection, survey_id: SurveyId, now: datetime, most: int, campaign_id: CampaignId | None
) -> Sequence[sa.Row[Any]]:
    """Rows of invitations that no campaign has, with the people's names."""
    return tx.execute(_NEXT, {"survey": survey_id, "now": now, "most": most, "campaign": campaign_id or ""}).all()


def hand_over(
    tx: sa.Connection, invitation_id: int, campaign_id: CampaignId, at: datetime, key: NumberKey
) -> LeadId | None:
    """See `cti_api.store.surveys.Surveys.hand_over`."""
    intake.hold_campaign(tx, campaign_id)  # before the invitation, as an erasure locks them
    invited = tx.execute(_INVITED, {"invitation": invitation_id}).one_or_none()
    if invited is None:
        raise NotFound(f"There is no invitation {invitation_id}.")
    if invited.lead_id is not None:
        return LeadId(invited.lead_id)
    numbers = numbers_of(tx, [invited.contact_id])[invited.contact_id]
    if InvitationState(invited.state) not in STILL_TO_ASK or invited.deadline <= at or not numbers:
        raise Conflict(f"The invitation {invitation_id} is over: nobody is asked by it any more.")
    if key.erased_among(tx, numbers):
        raise Conflict(f"A number of the invitation {invitation_id} is of somebody who was erased.")
    known = tx.execute(_LEAD_OF, {"contact": invited.contact_id, "campaign": campaign_id}).one_or_none()
    if known is not None and LeadState(known.state) not in COMES_BACK:
        return None
    lead_id = _new(tx, invited, campaign_id, at) if known is None else _again(tx, invited, known, at)
    tx.execute(_SET_LEAD, {"invitation": invitation_id, "lead": lead_id})
    told = Event(
        event_id=new_event_id(),
        kind=EventKind.SURVEY_PLANNED,
        occurred_at=at,
        campaign_id=campaign_id,
        lead_id=lead_id,
        payload={
            "survey": invited.survey_id, "invitation_id": invitation_id, "deadline": invited.deadline.isoformat(),
        },
    )  # fmt: skip
    outbox.append(tx, [told])
    return lead_id


def _new(tx: sa.Connection, invited: sa.Row[Any], campaign_id: CampaignId, at: datetime) -> LeadId:
    phone = next_allowed(suppressed_phones(tx, [invited.contact_id])[invited.contact_id], 0)
    state, reason = (LeadState.NEW, "") if phone is not None else (LeadState.SUPPRESSED, DO_NOT_CALL)
    row = {
        "campaign_id": campaign_id, "contact_id": invited.contact_id, "state": state.value, "state_since": at,
        "reason": reason, "priority": 0, "attempts_made": 0, "phone_index": phone or 0, "counts": {},
        "fields": _fields(invited), "timezone": "", "valid_until": invited.deadline, "created_at": at,
    }  # fmt: skip
    return LeadId(tx.execute(_INSERT, row).scalar_one())


def _again(tx: sa.Connection, invited: sa.Row[Any], lead: sa.Row[Any], at: datetime) -> LeadId:
    """The lead of an earlier service comes back for this one, unless none of its telephones is any good."""
    kept = {word: times for word, times in lead.counts.items() if word.startswith((DROPPED, WRONG))}
    unusable = list(suppressed_phones(tx, [lead.contact_id])[lead.contact_id])
    for word in kept:
        if word.startswith(DROPPED) and int(word.removeprefix(DROPPED)) < len(unusable):
            unusable[int(word.removeprefix(DROPPED))] = True
    phone = next_allowed(unusable, 0)
    if phone is not None and lead.reason != f"closed:{CallResult.INVALID_NUMBER.value}":
        begin_round(tx, [(lead, FreshLead(phone_index=phone, counts=kept))], {}, at)
        new = {"lead": lead.id, "new_valid_until": invited.deadline, "new_fields": lead.fields | _fields(invited)}
        tx.execute(_NEWLY, new)
    return LeadId(lead.id)


def _fields(invited: sa.Row[Any]) -> dict[str, str]:
    return {"encuesta": invited.survey_id, "servicio": invited.service}


def asked_in(tx: sa.Connection, attempt_id: AttemptId) -> AskedIn:
    """See `cti_api.store.surveys.Surveys.asked_in`."""
    row = tx.execute(_ASKED_IN, {"attempt": attempt_id}).one_or_none()
    if row is None:
        raise NotFound(f"The call {attempt_id} asks nobody anything.")
    return AskedIn(
        survey_id=SurveyId(row.survey_id),
        invitation_id=row.invitation_id,
        campaign_id=CampaignId(row.campaign_id),
        lead_id=LeadId(row.lead_id),
    )
