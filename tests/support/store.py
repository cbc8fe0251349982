"""Values for tests of the store, and of whatever stands on it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from cti_api.model.calls import Attempt, AttemptState, CallResult, DialDecision
from cti_api.model.events import Event, EventKind
from cti_api.model.ids import CampaignId, TrunkId, new_event_id
from cti_api.model.leads import Lead, LeadMove, LeadState, NewLead
from cti_api.model.phone import PhoneNumber
from tests.support.ids import new_attempt_id

T0 = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
"""A Monday, nine in the morning in Bogota."""

MADE_UP = "00000000"
"""How the id of an event begins that a test made up: what is in it is that test's affair."""

CAMPAIGN = CampaignId("mantenimiento")
TRUNK = TrunkId("principal")


def at(seconds: float) -> datetime:
    """An instant so many seconds after `T0`."""
    return T0 + timedelta(seconds=seconds)


def number(n: int) -> PhoneNumber:
    """The nth of a row of valid Colombian mobile numbers."""
    return PhoneNumber(f"+57300{n:07d}")


def new_leads(count: int, first: int = 0, **facts: Any) -> list[NewLead]:
    """Rows of a list, each with a number of its own."""
    return [
        NewLead(name=f"Cliente {n}", phones=(number(n),), fields={"placa": f"ABC{n:03d}"}, **facts)
        for n in range(first, first + count)
    ]


def attempt_for(lead: Lead, when: datetime = T0, **facts: Any) -> Attempt:
    """The intent to dial a lead's next phone."""
    return Attempt(
        **{
            "id": new_attempt_id(),
            "campaign_id": lead.campaign_id,
            "lead_id": lead.id,
            "number": lead.phone,
            "trunk": TRUNK,
            "state": AttemptState.ORIGINATING,
            "decision": DialDecision(allowed=True, rule="all", reason="Todo permite marcar.", at=when),
            "created_at": when,
            **facts,
        }
    )


def event(kind: EventKind = EventKind.CALL_ORIGINATED, when: datetime = T0, **facts: Any) -> Event:
    """Made up: its id says so (`tests.support.told`)."""
    return Event(event_id=MADE_UP + new_event_id()[len(MADE_UP) :], kind=kind, occurred_at=when, **facts)


def move(state: LeadState = LeadState.WAITING, reason: str = "retry:busy", **facts: Any) -> LeadMove:
    return LeadMove(state=state, reason=reason, **facts)


def closed(attempt: Attempt, result: CallResult, when: datetime, **facts: Any) -> Attempt:
    """The attempt as it is closed."""
    return replace(attempt, **{"state": AttemptState.CLOSED, "result": result, "closed_at": when, **facts})
