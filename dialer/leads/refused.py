"""What becomes of a lead that the gate refused."""

from __future__ import annotations

from datetime import datetime

from cti_api.model.calls import DialDecision
from cti_api.model.campaigns import CampaignSpec
from cti_api.model.leads import Lead, LeadMove, LeadState
from cti_api.numbers.prefixes import prefix_verdict


def after_refusal(spec: CampaignSpec, lead: Lead, decision: DialDecision) -> LeadMove:
    """Waiting until the refusal can change; on to the person's next phone where it was about this one; or out for good.

    A callback agreed with the person stays one. What the do-not-call list says of the next phones is looked up where
    the move is written (`cti_api.store.moves`).
    """
    reason = f"gate:{decision.rule}"
    if decision.next_open is not None:
        again = LeadState.CALLBACK if lead.promised else LeadState.WAITING
        return _move(lead, again, reason, not_before=decision.next_open)
    at_once = LeadState.CALLBACK if lead.promised else LeadState.READY
    match decision.rule:
        case "do_not_call":
            return _move(lead, at_once, reason)
        case "allowed_prefix":
            phone = _next_allowed(spec, lead)
            return _move(lead, LeadState.CLOSED if phone is None else at_once, reason, phone_index=phone)
        case "attempts_left":
            return _move(lead, LeadState.EXHAUSTED, "exhausted")
        case _:
            return _move(lead, LeadState.CLOSED, reason)


def _next_allowed(spec: CampaignSpec, lead: Lead) -> int | None:
    """The person's next phone that the campaign may call at all; None where it is none of them."""
    phones = lead.contact.phones
    order = [(lead.phone_index + step) % len(phones) for step in range(1, len(phones) + 1)]
    return next(
        (place for place in order if prefix_verdict(phones[place], spec.allowed_prefixes, spec.region).allowed), None
    )


def _move(
    lead: Lead, state: LeadState, reason: str, *, not_before: datetime | None = None, phone_index: int | None = None
) -> LeadMove:
    return LeadMove(
        state=state,
        reason=reason,
        not_before=not_before,
        phone_index=phone_index,
        callback_agent=lead.callback_agent if state is LeadState.CALLBACK else None,
        counts_as_attempt=False,
    )
