"""What becomes of a lead that the gate refused."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from cti_api.law.terms import Remedy
from cti_api.model.calls import DialDecision
from cti_api.model.campaigns import CampaignSpec
from cti_api.model.leads import Lead, LeadMove, LeadState
from cti_api.model.phone import PhoneNumber
from cti_api.numbers.prefixes import prefix_verdict

LOOK_AGAIN: Final = timedelta(hours=1)
"""Where somebody has to act first (a consent to be recorded, a list to be consulted anew), the law is asked again after
this: soon enough for the same day, and no work for the store meanwhile."""


def after_refusal(
    spec: CampaignSpec, lead: Lead, decision: DialDecision, barred: Collection[PhoneNumber] = ()
) -> LeadMove:
    """Waiting until the refusal can change; on to the person's next phone where it was about this one; or out for good.

    A callback agreed with the person stays one. What the do-not-call list says of the next phones is looked up where
    the move is written (`cti_api.store.moves`); `barred` are those that the law refuses for good, as it does this one.
    """
    reason = f"gate:{decision.rule}"
    later = LeadState.CALLBACK if lead.promised else LeadState.WAITING
    if decision.next_open is not None:
        return _move(lead, later, reason, not_before=decision.next_open)
    at_once = LeadState.CALLBACK if lead.promised else LeadState.READY
    if decision.remedy is Remedy.ACT:
        return _move(lead, later, reason, not_before=decision.at + LOOK_AGAIN)
    if decision.remedy is not None:
        phone = _next_allowed(spec, lead, {*barred, lead.phone})
        return _move(lead, LeadState.SUPPRESSED if phone is None else at_once, reason, phone_index=phone)
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


def _next_allowed(spec: CampaignSpec, lead: Lead, barred: Collection[PhoneNumber] = ()) -> int | None:
    """The person's next phone that the campaign may call at all; None where it is none of them."""
    phones = lead.contact.phones
    order = [(lead.phone_index + step) % len(phones) for step in range(1, len(phones) + 1)]

    def fits(phone: PhoneNumber) -> bool:
        return phone not in barred and prefix_verdict(phone, spec.allowed_prefixes, spec.region).allowed

    return next((place for place in order if fits(phones[place])), None)


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
