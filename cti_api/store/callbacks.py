"""Callbacks whose time passed without anybody dialling them: found, written down once each, and counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from cti_api.model.events import Event, EventKind
from cti_api.model.ids import AgentId, CampaignId, LeadId, new_event_id
from cti_api.model.leads import Lead, LeadMove, LeadState
from cti_api.store import moves, outbox
from cti_api.store.columns import Instant
from cti_api.store.database import Database
from cti_api.store.people import LEAD, to_leads
from cti_api.store.round_tables import missed_callbacks
from cti_api.store.schema import leads

BATCH: Final = 500
"""Callbacks per transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OverdueCallback:
    """A callback whose time has passed, and which nobody is about to make."""

    lead: Lead
    due_at: datetime
    """The time agreed on, whatever the hours made of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MissedCallback:
    """What becomes of one."""

    lead_id: LeadId
    due_at: datetime
    agent_id: AgentId | None
    """Who promised it in person."""
    action: str
    """The campaign's word for `move`."""
    move: LeadMove


_DUE: Final = sa.func.coalesce(leads.c.promised_at, leads.c.not_before)
_OVERDUE: Final = (
    LEAD.where(
        leads.c.campaign_id == sa.bindparam("campaign"),
        leads.c.state == LeadState.CALLBACK.value,
        sa.bindparam("before", type_=Instant()) >= _DUE,
        ~sa.exists().where(missed_callbacks.c.lead_id == leads.c.id, missed_callbacks.c.due_at == _DUE),
    )
    .order_by(leads.c.id)
    .limit(BATCH)
)
_LEAD: Final = (
    sa.select(leads)
    .where(
        leads.c.id == sa.bindparam("lead"),
        leads.c.state == LeadState.CALLBACK.value,
        sa.bindparam("due", type_=Instant()) == _DUE,
    )
    .with_for_update()
)
_COUNT: Final = (
    sa.select(sa.func.count())
    .select_from(missed_callbacks)
    .where(missed_callbacks.c.campaign_id == sa.bindparam("campaign"))
)


class Callbacks:
    """Callbacks that were missed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def overdue(self, campaign_id: CampaignId, before: datetime) -> list[OverdueCallback]:
        """Up to `BATCH` of those agreed on for `before` or earlier that were not found missed yet."""
        return await self._database.read(_overdue, campaign_id, before)

    async def miss(self, missed: Sequence[MissedCallback], at: datetime) -> int:
        """Write them down, move their leads and tell it; returns how many.

        Left out is one that was taken up, dialled or agreed anew meanwhile.
        """
        return await self._database.write(_miss, missed, at)

    async def missed_in(self, campaign_id: CampaignId) -> int:
        """How many of the campaign's were missed so far."""
        return await self._database.read(lambda tx: tx.execute(_COUNT, {"campaign": campaign_id}).scalar_one())


def _overdue(tx: sa.Connection, campaign_id: CampaignId, before: datetime) -> list[OverdueCallback]:
    rows = tx.execute(_OVERDUE, {"campaign": campaign_id, "before": before}).all()
    found = zip(rows, to_leads(tx, rows), strict=True)
    return [OverdueCallback(lead=lead, due_at=row.promised_at or row.not_before) for row, lead in found]


def _miss(tx: sa.Connection, missed: Sequence[MissedCallback], at: datetime) -> int:
    told = []
    for each in missed:
        lead = tx.execute(_LEAD, {"lead": each.lead_id, "due": each.due_at}).one_or_none()
        if lead is None:
            continue
        tx.execute(
            sa.insert(missed_callbacks).values(
                lead_id=each.lead_id,
                due_at=each.due_at,
                campaign_id=lead.campaign_id,
                agent_id=each.agent_id,
                action=each.action,
                missed_at=at,
            )
        )
        done = moves.apply(tx, lead, each.move, at, attempts_made=lead.attempts_made, counts=lead.counts)
        told.append(
            Event(
                event_id=new_event_id(),
                kind=EventKind.CALLBACK_MISSED,
                occurred_at=at,
                campaign_id=lead.campaign_id,
                lead_id=each.lead_id,
                agent_id=each.agent_id,
                payload={
                    "due_at": each.due_at.isoformat(),
                    "action": each.action,
                    "lead_state": done.state.value,
                    "lead_reason": done.reason,
                },
            )
        )
    outbox.append(tx, told)
    return len(told)
