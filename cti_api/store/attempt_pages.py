"""Attempts of all campaigns as one long list, the newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from cti_api.model.calls import CallResult
from cti_api.model.ids import AgentId, AttemptId, CampaignId, LeadId
from cti_api.store.attempt_rows import RECORD, AttemptRecord, to_record
from cti_api.store.database import Database
from cti_api.store.paging import Mark, page
from cti_api.store.schema import attempts

ORDER: Final = (attempts.c.created_at, attempts.c.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which of them; what is None does not matter."""

    attempt_id: AttemptId | None = None
    campaign_id: CampaignId | None = None
    lead_id: LeadId | None = None
    agent_id: AgentId | None = None
    result: CallResult | None = None
    first: datetime | None = None
    """Made then or later."""
    until: datetime | None = None
    """Made before."""


class AttemptPages:
    """Reads them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, wanted: Wanted, after: Mark | None, most: int) -> list[AttemptRecord]:
        """The newest first; `after` is the place (`mark_of`) of the last one of the page before."""
        statement = page(of(wanted), ORDER, after, most, newest_first=True)
        return await self._database.read(lambda tx: [to_record(row) for row in tx.execute(statement)])


def mark_of(record: AttemptRecord) -> Mark:
    return (record.attempt.created_at, record.attempt.id)


def of(wanted: Wanted) -> sa.Select[Any]:
    """Without an order."""
    named = {"campaign_id": wanted.campaign_id, "lead_id": wanted.lead_id, "agent_id": wanted.agent_id}
    found = RECORD
    for name, value in (named | {"id": wanted.attempt_id, "result": wanted.result}).items():
        if value is not None:
            found = found.where(attempts.c[name] == value)
    if wanted.first is not None:
        found = found.where(attempts.c.created_at >= wanted.first)
    if wanted.until is not None:
        found = found.where(attempts.c.created_at < wanted.until)
    return found
