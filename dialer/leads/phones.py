"""Which of a person's phones is dialled next: by kind and place, and never one that was dropped.

Which ones were dropped is kept among the lead's counts. What only says that some phone was dropped, and not which one
(a disposition entered later, a record of an earlier version), is taken at its safest: none before the present one.
"""

from __future__ import annotations

from cti_api.model.calls import CallResult
from cti_api.model.campaigns import CampaignSpec, RetryAction
from cti_api.model.leads import Lead
from cti_api.numbers.kinds import tried_in
from cti_api.recycling import DROPPED
from dialer.leads import wrong_number


def dropped_word(lead: Lead) -> str:
    """The word under which the lead keeps that its present phone was dropped."""
    return f"{DROPPED}{_present(lead)}"


def next_phone(spec: CampaignSpec, lead: Lead, action: RetryAction) -> int | None:
    """Place of the phone to dial next; None when none is left."""
    present = _present(lead)
    if action not in (RetryAction.NEXT_PHONE, RetryAction.DROP_PHONE):
        return present
    order = tried_in(spec.retry.phones, lead.contact.phones)
    before, after = order[: order.index(present)], order[order.index(present) + 1 :]
    others = after if _one_was_dropped(spec, lead) else [*after, *before]
    dropped = {int(key.removeprefix(DROPPED)) for key in lead.counts if key.startswith(DROPPED)}
    following = next((phone for phone in others if phone not in dropped), None)
    return present if following is None and action is RetryAction.NEXT_PHONE else following


def _present(lead: Lead) -> int:
    return lead.phone_index % len(lead.contact.phones)


def _one_was_dropped(spec: CampaignSpec, lead: Lead) -> bool:
    """More were dropped, by any rule, than is known which: what a network called wrong only once is not dropped yet."""
    known = sum(key.startswith(DROPPED) for key in lead.counts)
    dropping = [key for key, rule in spec.retry.rules.items() if rule.action is RetryAction.DROP_PHONE]
    dropped = sum(
        wrong_number.dropped(spec, lead) if key == CallResult.INVALID_NUMBER else lead.counts.get(key, 0)
        for key in dropping
    )
    return dropped > known
