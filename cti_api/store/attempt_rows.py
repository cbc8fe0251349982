"""Attempts as rows: how they are read, alone, of a lead, and for reports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from cti_api.law.terms import Remedy
from cti_api.model.calls import AmdVerdict, Attempt, AttemptState, CallResult, DialDecision
from cti_api.model.ids import AgentId, AttemptId, CampaignId, LeadId, TrunkId
from cti_api.model.phone import PhoneNumber
from cti_api.store.schema import attempts, contacts, dispositions, leads


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRecord:
    """An attempt with whom it was for and what it did to the lead: a line of a report, or of ``leads why``."""

    attempt: Attempt
    contact_name: str
    contact_fields: dict[str, str]
    lead_state: str
    """State the lead went to when the attempt closed; empty until then."""
    lead_reason: str
    """Why: a code such as ``retry:busy``."""


ATTEMPT: Final = sa.select(attempts, dispositions.c.code, dispositions.c.fields.label("disposition_fields")).join_from(
    attempts,
    dispositions,
    sa.and_(dispositions.c.attempt_id == attempts.c.id, dispositions.c.version == attempts.c.disposition_version),
    isouter=True,
)
"""An attempt with the disposition that holds now; `to_attempt` understands its rows."""

RECORD: Final = (
    ATTEMPT.join(leads, leads.c.id == attempts.c.lead_id)
    .join(contacts, contacts.c.id == leads.c.contact_id)
    .add_columns(contacts.c.name.label("contact_name"), leads.c.fields.label("contact_fields"))
)
"""An attempt with its contact; `to_record` understands its rows."""


def to_attempt(row: sa.Row[Any]) -> Attempt:
    return Attempt(
        id=AttemptId(row.id),
        campaign_id=CampaignId(row.campaign_id),
        lead_id=LeadId(row.lead_id),
        number=PhoneNumber(row.e164),
        trunk=TrunkId(row.trunk),
        state=AttemptState(row.state),
        decision=decision_from_json(row.decision),
        created_at=row.created_at,
        agent_id=AgentId(row.agent_id) if row.agent_id else None,
        result=CallResult(row.result) if row.result else None,
        cause=row.cause,
        sip_code=row.sip_code,
        amd=AmdVerdict(row.amd) if row.amd else None,
        ringing_at=row.ringing_at,
        answered_at=row.answered_at,
        live_at=row.live_at,
        offered_at=row.offered_at,
        connected_at=row.connected_at,
        ended_at=row.ended_at,
        joined_seconds=row.joined_seconds,
        closed_at=row.closed_at,
        recording=row.recording,
        disposition=row.code or "",
        disposition_fields=row.disposition_fields or {},
    )


def to_record(row: sa.Row[Any]) -> AttemptRecord:
    return AttemptRecord(
        attempt=to_attempt(row),
        contact_name=row.contact_name,
        contact_fields=row.contact_fields,
        lead_state=row.lead_state,
        lead_reason=row.lead_reason,
    )


def decision_to_json(decision: DialDecision) -> dict[str, Any]:
    return {
        "allowed": decision.allowed,
        "rule": decision.rule,
        "reason": decision.reason,
        "at": decision.at.isoformat(),
        "next_open": decision.next_open.isoformat() if decision.next_open else None,
        "remedy": decision.remedy,
        "packs": list(decision.packs),
        "source": decision.source,
    }


def decision_from_json(kept: dict[str, Any]) -> DialDecision:
    return DialDecision(
        allowed=kept["allowed"],
        rule=kept["rule"],
        reason=kept["reason"],
        at=datetime.fromisoformat(kept["at"]),
        next_open=datetime.fromisoformat(kept["next_open"]) if kept["next_open"] else None,
        remedy=Remedy(kept["remedy"]) if kept.get("remedy") else None,
        packs=tuple(kept.get("packs", ())),
        source=kept.get("source", ""),
    )
