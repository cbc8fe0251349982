"""What a campaign's control form is made of: leads in the order of the list, with their calls and appointments."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from cti_api.model.appointments import Appointment
from cti_api.model.calls import Attempt
from cti_api.model.ids import CampaignId
from cti_api.model.leads import Lead
from cti_api.store.appointments import OF_LEADS, to_appointment
from cti_api.store.attempt_rows import ATTEMPT, to_attempt
from cti_api.store.database import Database
from cti_api.store.people import LEAD, to_leads
from cti_api.store.schema import attempts, contacts, leads

_LEADS: Final = (
    LEAD.add_columns(contacts.c.external_key)
    # an expression, so that each page goes on by the id and no index of the campaign's is sorted anew for it
    .where(leads.c.campaign_id.concat("") == sa.bindparam("campaign"), leads.c.id > sa.bindparam("after"))
    .order_by(leads.c.id)
    .limit(sa.bindparam("most"))
)
_ATTEMPTS: Final = ATTEMPT.where(attempts.c.lead_id.in_(sa.bindparam("leads", expanding=True))).order_by(
    attempts.c.created_at, attempts.c.id
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """One row of the form."""

    lead: Lead
    key: str
    """The list's own."""
    attempts: list[Attempt]
    appointments: list[Appointment]


class ControlForm:
    """Customers, page by page."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, campaign_id: CampaignId, after: int = 0, most: int = 500) -> list[Customer]:
        """`after`: the lead's id of the last one of a page."""
        return await self._database.read(_page, campaign_id, after, most)


def _page(tx: sa.Connection, campaign_id: CampaignId, after: int, most: int) -> list[Customer]:
    rows = tx.execute(_LEADS, {"campaign": campaign_id, "after": after, "most": most}).all()
    if not rows:
        return []
    ids = {"leads": [row.id for row in rows]}
    calls: defaultdict[int, list[Attempt]] = defaultdict(list)
    for row in tx.execute(_ATTEMPTS, ids):
        calls[row.lead_id].append(to_attempt(row))
    booked: defaultdict[int, list[Appointment]] = defaultdict(list)
    for row in tx.execute(OF_LEADS, ids):
        booked[row.lead_id].append(to_appointment(row))
    return [
        Customer(lead=lead, key=row.external_key, attempts=calls[lead.id], appointments=booked[lead.id])
        for lead, row in zip(to_leads(tx, rows), rows, strict=True)
    ]
