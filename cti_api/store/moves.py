"""A lead moves on: what an attempt's end, an agent's word or a gate's refusal makes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from cti_api.errors import Conflict, NotFound
from cti_api.model.events import Event
from cti_api.model.ids import LeadId
from cti_api.model.leads import DIALABLE_LEAD_STATES, FINAL_LEAD_STATES, LeadMove, LeadState
from cti_api.store import outbox
from cti_api.store.people import next_allowed, suppressed_phones
from cti_api.store.schema import leads
from cti_api.store.suppression import DO_NOT_CALL, lead_moved

FREE_TO_MOVE: Final = DIALABLE_LEAD_STATES | {LeadState.RESERVED}
"""States from which a lead may be moved without an attempt of it closing."""

_TIMED: Final = frozenset({LeadState.WAITING, LeadState.CALLBACK})
_BY_THE_HOPPER_ONLY: Final = frozenset({LeadState.RESERVED, LeadState.DIALING})

_GET: Final = sa.select(leads).where(leads.c.id == sa.bindparam("lead")).with_for_update()
_UPDATE: Final = (
    sa.update(leads)
    .where(leads.c.id == sa.bindparam("lead"))
    .values(
        {
            column: sa.bindparam(f"new_{column.name}", type_=column.type)
            for column in (
                leads.c.state,
                leads.c.state_since,
                leads.c.reason,
                leads.c.attempts_made,
                leads.c.phone_index,
                leads.c.not_before,
                leads.c.callback_agent,
                leads.c.promised_at,
                leads.c.counts,
            )
        }
    )
    .values(former_state=None, lease_until=None)
)


def hold(tx: sa.Connection, lead_id: int) -> sa.Row[Any]:
    """The lead's row, which nobody else changes until this transaction ends. Raises `NotFound`."""
    lead = tx.execute(_GET, {"lead": lead_id}).one_or_none()
    if lead is None:
        raise NotFound(f"There is no lead {lead_id}.")
    return lead


def move(tx: sa.Connection, lead_id: LeadId, wanted: LeadMove, at: datetime, events: Sequence[Event]) -> LeadMove:
    """Move a lead that is in no call; returns what was done (see `apply`). That it has ended is told in any case.

    Raises `Conflict` for a lead that is being dialled or is in a final state.
    """
    lead = hold(tx, lead_id)
    if lead.state not in FREE_TO_MOVE:
        raise Conflict(f"Lead {lead_id} is {lead.state}; it cannot be moved from there.")
    done = apply(tx, lead, wanted, at, attempts_made=lead.attempts_made, counts=lead.counts)
    if not events and done.state in FINAL_LEAD_STATES:
        events = [lead_moved(lead.campaign_id, lead_id, done.state, done.reason, at)]
    outbox.append(tx, events)
    return done


def apply(
    tx: sa.Connection,
    lead: sa.Row[Any],
    wanted: LeadMove,
    at: datetime,
    *,
    attempts_made: int,
    counts: dict[str, int],
) -> LeadMove:
    """Write the move, and return it as it was carried out.

    Where the phone to be dialled next is on the do-not-call list, the lead goes on to the contact's next phone, and is
    ``suppressed`` where there is none: no lead waits for a number that will never be dialled.
    """
    if wanted.state in _BY_THE_HOPPER_ONLY:
        raise ValueError(f"a lead becomes {wanted.state} by being reserved or dialled, never by a decision")
    flags = suppressed_phones(tx, [lead.contact_id])[lead.contact_id]
    phone = (lead.phone_index if wanted.phone_index is None else wanted.phone_index) % len(flags)
    if wanted.state in DIALABLE_LEAD_STATES:
        allowed = next_allowed(flags, phone)
        if allowed is None:
            wanted = replace(
                wanted, state=LeadState.SUPPRESSED, reason=DO_NOT_CALL, not_before=None, callback_agent=None
            )
        else:
            phone = allowed
    not_before = wanted.not_before
    if not_before is None and wanted.state in _TIMED:
        not_before = at
    tx.execute(
        _UPDATE,
        {
            "lead": lead.id,
            "new_state": wanted.state,
            "new_state_since": at,
            "new_reason": wanted.reason,
            "new_attempts_made": attempts_made,
            "new_phone_index": phone,
            "new_not_before": not_before,
            "new_callback_agent": wanted.callback_agent,
            "new_promised_at": _promised_at(lead, wanted, not_before),
            "new_counts": counts,
        },
    )
    return wanted


def _promised_at(lead: sa.Row[Any], wanted: LeadMove, not_before: datetime | None) -> datetime | None:
    """The time that was agreed on with the person: one that is put off is as late as it was."""
    if wanted.state is not LeadState.CALLBACK:
        return None
    found: datetime | None = wanted.agreed_at or lead.promised_at or not_before
    return found
