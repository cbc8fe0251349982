"""The order in which leads come into the hopper."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from cti_api.model.leads import Lead, LeadState

HopperKey = tuple[int, datetime, int, int, int]

_NO_MATTER: Final = datetime.min.replace(tzinfo=UTC)


def hopper_key(lead: Lead, now: datetime) -> HopperKey:
    """Sort key of a lead that may be dialled at `now`; the least comes first. The store's query sorts the same way.

    1. callbacks that are due, the longest overdue first: somebody is waiting for this call;
    2. higher priority;
    3. fewer attempts: everybody is tried once before anybody is tried twice;
    4. the oldest, that is the lowest id: ids are given in the list's own order.
    """
    due = lead.state is LeadState.CALLBACK and lead.not_before is not None and lead.not_before <= now
    since = lead.not_before if due and lead.not_before is not None else _NO_MATTER
    return (0 if due else 1, since, -lead.priority, lead.attempts_made, lead.id)
