"""Leads as another system looks them up: by a number, by its own key, or all of a campaign."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from cti_api.model.ids import CampaignId, LeadId
from cti_api.model.leads import Lead, LeadState
from cti_api.model.phone import PhoneNumber
from cti_api.store.database import Database
from cti_api.store.paging import Mark, page
from cti_api.store.people import LEAD, to_leads
from cti_api.store.schema import contacts, leads, phones

ORDER: Final = (leads.c.id,)
_KNOWN: Final = LEAD.add_columns(contacts.c.external_key)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadRecord:
    lead: Lead
    external_key: str
    """The source system's; empty: it told none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """Which of them; what is None does not matter."""

    campaign_id: CampaignId | None = None
    state: LeadState | None = None
    number: PhoneNumber | None = None
    external_key: str | None = None
    lead_id: LeadId | None = None


class LeadPages:
    """Reads them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, sought: Sought, after: Mark | None, most: int) -> list[LeadRecord]:
        """In the order in which they came; `after` is the id of the last one of the page before."""
        return await self._database.read(_read, page(of(sought), ORDER, after, most))


def of(sought: Sought) -> sa.Select[Any]:
    """Without an order."""
    found = _KNOWN
    if sought.number is not None:
        theirs = sa.select(phones.c.contact_id).where(phones.c.e164 == sought.number.e164)
        found = found.where(leads.c.contact_id.in_(theirs))
    if sought.external_key is not None:
        # said twice, so that the index over those that have one is used
        found = found.where(contacts.c.external_key == sought.external_key, sa.text("contacts.external_key != ''"))
    for column, value in (
        (leads.c.campaign_id, sought.campaign_id),
        (leads.c.state, sought.state),
        (leads.c.id, sought.lead_id),
    ):
        if value is not None:
            found = found.where(column == value)
    return found


def _read(tx: sa.Connection, statement: sa.Select[Any]) -> list[LeadRecord]:
    rows = tx.execute(statement).all()
    return [
        LeadRecord(lead=lead, external_key=row.external_key) for lead, row in zip(to_leads(tx, rows), rows, strict=True)
    ]
