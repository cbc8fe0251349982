"""People who are still to be called, or a sample of them where they are many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from cti_api.model.campaigns import CampaignState
from cti_api.model.leads import FINAL_LEAD_STATES, Lead, LeadState
from cti_api.store.database import Database
from cti_api.store.people import LEAD, read_leads
from cti_api.store.schema import campaigns, leads

_OPEN: Final = sa.and_(
    leads.c.state.in_(sorted(set(LeadState) - FINAL_LEAD_STATES)),
    leads.c.campaign_id.in_(
        sa.select(campaigns.c.id).where(campaigns.c.state.not_in([CampaignState.COMPLETED, CampaignState.CANCELLED]))
    ),
)
_COUNT: Final = sa.select(sa.func.count()).select_from(leads).where(_OPEN)
# By the id, which says nothing of who it is: every campaign and list has its share.
_EVERY_NTH: Final = LEAD.where(_OPEN, leads.c.id % sa.bindparam("every") == 0).order_by(leads.c.id)


@dataclass(frozen=True, slots=True)
class OpenLeads:
    count: int
    """Of all campaigns that are not over."""
    some: tuple[Lead, ...]
    """All of them, or every nth."""


class Sample:
    """Looks at the leads without touching any."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def open_leads(self, most: int) -> OpenLeads:
        """Leads in no final state, of campaigns that are not over; about `most` of them where they are more."""
        return await self._database.read(_open_leads, most)


def _open_leads(tx: sa.Connection, most: int) -> OpenLeads:
    count = int(tx.execute(_COUNT).scalar_one())
    return OpenLeads(count, tuple(read_leads(tx, _EVERY_NTH, {"every": -(-count // most) or 1})))
