"""Leads into the hopper and back: reserved under a lease, in their order, and given back as they were."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from cti_api.model.ids import AgentId, CampaignId, LeadId
from cti_api.model.leads import DIALABLE_LEAD_STATES, FINAL_LEAD_STATES, Lead, LeadState
from cti_api.store import outbox
from cti_api.store.columns import Instant
from cti_api.store.people import LEAD, read_leads
from cti_api.store.schema import (
    CALL_MAY_LIVE,
    MAY_EXPIRE,
    RESERVED,
    TRIED_IN_ORDER,
    attempts,
    leads,
    phones,
    suppressed_numbers,
)
from cti_api.store.suppression import lead_moved

EXPIRED: Final = "expired"
"""Why a lead is closed whose list said until when it may be called."""

MOST_EXPIRED: Final = 500
"""Closed in one transaction; the rest of them the next time."""

_IN_ORDER: Final = DIALABLE_LEAD_STATES - {LeadState.CALLBACK}
_NOW: Final = sa.bindparam("now", type_=Instant())
_HELD: Final = sa.text(RESERVED)

# The number that would be dialled is neither on the do-not-call list nor in a call now, for whatever campaign.
_FREE: Final = (
    LEAD.join(phones, sa.and_(phones.c.contact_id == leads.c.contact_id, phones.c.position == leads.c.phone_index))
    .where(
        leads.c.campaign_id == sa.bindparam("campaign"),
        ~sa.exists().where(suppressed_numbers.c.e164 == phones.c.e164),
        ~sa.exists().where(attempts.c.e164 == phones.c.e164, sa.text(CALL_MAY_LIVE)),
    )
    .limit(sa.bindparam("most"))
    .with_for_update(of=leads, skip_locked=True)
)
_CALLBACKS: Final = _FREE.where(
    leads.c.state == LeadState.CALLBACK,
    leads.c.not_before <= _NOW,
    sa.or_(
        leads.c.callback_agent.is_(None),
        leads.c.callback_agent.in_(sa.bindparam("agents", expanding=True)),
        leads.c.not_before <= sa.bindparam("anyones_until", type_=Instant()),
    ),
).order_by(leads.c.not_before, leads.c.id)
_OTHERS: Final = _FREE.where(
    sa.text(TRIED_IN_ORDER),
    sa.or_(leads.c.not_before.is_(None), leads.c.not_before <= _NOW),
).order_by(leads.c.priority.desc(), leads.c.attempts_made, leads.c.id)
_RESERVE: Final = (
    sa.update(leads)
    .where(leads.c.id.in_(sa.bindparam("ids", expanding=True)))
    .values(
        state=LeadState.RESERVED,
        former_state=leads.c.state,
        lease_until=sa.bindparam("until", type_=Instant()),
        state_since=_NOW,
    )
)
_GIVE_BACK: Final = (
    sa.update(leads)
    .where(_HELD)
    .values(state=leads.c.former_state, former_state=None, lease_until=None, state_since=_NOW)
)
_EXTEND: Final = (
    sa.update(leads)
    .where(_HELD, leads.c.id == sa.bindparam("lead"))
    .values(lease_until=sa.bindparam("until", type_=Instant()))
)
_RELEASE: Final = _GIVE_BACK.where(leads.c.id.in_(sa.bindparam("ids", expanding=True)))
_RELEASE_EXPIRED: Final = _GIVE_BACK.where(leads.c.lease_until <= _NOW)
_OVER: Final = (
    sa.select(leads.c.id)
    .where(leads.c.campaign_id == sa.bindparam("campaign"), sa.text(MAY_EXPIRE), leads.c.valid_until <= _NOW)
    .limit(MOST_EXPIRED)
    .with_for_update(skip_locked=True)
)
_NEXT_OVER: Final = sa.select(sa.func.min(leads.c.valid_until)).where(
    leads.c.campaign_id == sa.bindparam("campaign"), sa.text(MAY_EXPIRE)
)
_CLOSE: Final = (
    sa.update(leads)
    .where(leads.c.id.in_(sa.bindparam("ids", expanding=True)))
    .values(state=LeadState.CLOSED, state_since=_NOW, reason=EXPIRED, not_before=None)
)
_OF_STATE: Final = sa.and_(
    leads.c.campaign_id == sa.bindparam("campaign"), leads.c.state == sa.bindparam("state", type_=sa.String)
)
_EARLIEST: Final = sa.select(
    sa.exists().where(_OF_STATE, leads.c.not_before.is_(None)),
    sa.select(sa.func.min(leads.c.not_before)).where(_OF_STATE).scalar_subquery(),
)
_ANY_OPEN: Final = sa.select(
    sa.exists().where(
        leads.c.campaign_id == sa.bindparam("campaign"),
        leads.c.state.in_(sorted(set(LeadState) - FINAL_LEAD_STATES)),
    )
)
_ANY: Final = sa.select(sa.exists().where(leads.c.campaign_id == sa.bindparam("campaign")))


def reserve(
    tx: sa.Connection,
    campaign_id: CampaignId,
    most: int,
    now: datetime,
    lease_until: datetime,
    for_agents: Collection[AgentId],
    anyones_until: datetime,
) -> list[Lead]:
    """Move the next leads to ``reserved``: callbacks due, then priority, fewest attempts, oldest. Those whose validity
    is over are closed first."""
    _close_expired(tx, campaign_id, now)
    asked = {"campaign": campaign_id, "now": now}
    whose = {"agents": list(for_agents), "anyones_until": anyones_until}
    taken = read_leads(tx, _CALLBACKS, {**asked, **whose, "most": most})
    # Somebody may be due for an agent who is not there; the many others are not looked through for that.
    if len(taken) < most and _is_due(tx, campaign_id, now, _IN_ORDER):
        taken += read_leads(tx, _OTHERS, {**asked, "most": most - len(taken)})
    if taken:
        tx.execute(_RESERVE, {"ids": [lead.id for lead in taken], "until": lease_until, "now": now})
    return [replace(lead, state=LeadState.RESERVED) for lead in taken]


def _close_expired(tx: sa.Connection, campaign_id: CampaignId, now: datetime) -> None:
    ids = list(tx.execute(_OVER, {"campaign": campaign_id, "now": now}).scalars())
    if ids:
        tx.execute(_CLOSE, {"ids": ids, "now": now})
        outbox.append(tx, [lead_moved(campaign_id, lead, LeadState.CLOSED, EXPIRED, now) for lead in ids])


def release(tx: sa.Connection, ids: Sequence[LeadId], now: datetime) -> int:
    """Give reserved leads back to the state they came from; others are left alone. Returns how many."""
    return tx.execute(_RELEASE, {"ids": list(ids), "now": now}).rowcount


def extend(tx: sa.Connection, lead_id: LeadId, lease_until: datetime) -> bool:
    """Keep a reserved lead until then. False: it is not reserved any more."""
    return tx.execute(_EXTEND, {"lead": lead_id, "until": lease_until}).rowcount == 1


def release_expired(tx: sa.Connection, now: datetime) -> int:
    """Give back every lead whose lease has ended."""
    return tx.execute(_RELEASE_EXPIRED, {"now": now}).rowcount


def release_all(tx: sa.Connection, now: datetime) -> int:
    """Give back every reserved lead."""
    return tx.execute(_GIVE_BACK, {"now": now}).rowcount


def next_due(tx: sa.Connection, campaign_id: CampaignId, now: datetime) -> datetime | None:
    """The earliest instant at which a lead may be taken, or is closed because its validity is over: `now` when one may
    already, None when there is none left."""
    over = tx.scalar(_NEXT_OVER, {"campaign": campaign_id})
    due = _next_due(tx, campaign_id, now, DIALABLE_LEAD_STATES)
    return min((each for each in (due, over and max(over, now)) if each is not None), default=None)


def _is_due(tx: sa.Connection, campaign_id: CampaignId, now: datetime, states: Collection[LeadState]) -> bool:
    due = _next_due(tx, campaign_id, now, states)
    return due is not None and due <= now


def _next_due(
    tx: sa.Connection, campaign_id: CampaignId, now: datetime, states: Collection[LeadState]
) -> datetime | None:
    due = []
    for state in sorted(states):
        at_once, earliest = tx.execute(_EARLIEST, {"campaign": campaign_id, "state": state}).one()
        if at_once:
            return now
        if earliest is not None:
            due.append(max(earliest, now))
    return min(due, default=None)


def any_open(tx: sa.Connection, campaign_id: CampaignId) -> bool:
    """Whether a lead is in no final state; found in the index, however many leads there are."""
    return bool(tx.scalar(_ANY_OPEN, {"campaign": campaign_id}))


def all_final(tx: sa.Connection, campaign_id: CampaignId) -> bool:
    """Whether there are leads and each is in a final state."""
    return not any_open(tx, campaign_id) and bool(tx.scalar(_ANY, {"campaign": campaign_id}))
