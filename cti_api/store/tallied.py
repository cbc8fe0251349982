"""A campaign's closed attempts as far as its figures need them: a report adds up all of them, and reads no more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from cti_api.model.calls import AttemptState, CallResult, talk_seconds
from cti_api.model.ids import AgentId, CampaignId, LeadId
from cti_api.store.columns import Instant
from cti_api.store.database import Database
from cti_api.store.schema import attempts, dispositions, leads


@dataclass(frozen=True, slots=True, kw_only=True)
class TalliedCall:
    """A closed attempt; what its names mean is as in `Attempt`."""

    id: str
    lead_id: LeadId
    result: CallResult | None
    created_at: datetime
    agent_id: AgentId | None
    answered_at: datetime | None
    connected_at: datetime | None
    talk_seconds: float
    disposition: str
    disposition_fields: dict[str, str]
    lead_fields: dict[str, str]

    @property
    def state(self) -> AttemptState:
        return AttemptState.CLOSED


_PAGE: Final = (
    sa.select(
        attempts.c.id,
        attempts.c.lead_id,
        attempts.c.result,
        attempts.c.created_at,
        attempts.c.agent_id,
        attempts.c.answered_at,
        attempts.c.connected_at,
        attempts.c.ended_at,
        attempts.c.joined_seconds,
        dispositions.c.code,
        dispositions.c.fields,
        leads.c.fields.label("lead_fields"),
    )
    .join_from(attempts, leads, leads.c.id == attempts.c.lead_id)
    .join(
        dispositions,
        sa.and_(dispositions.c.attempt_id == attempts.c.id, dispositions.c.version == attempts.c.disposition_version),
        isouter=True,
    )
    .where(
        attempts.c.campaign_id == sa.bindparam("campaign"),
        attempts.c.created_at >= sa.bindparam("after", type_=Instant()),
        sa.or_(
            attempts.c.created_at > sa.bindparam("after", type_=Instant()), attempts.c.id > sa.bindparam("after_id")
        ),
        attempts.c.state == AttemptState.CLOSED.value,
    )
    .order_by(attempts.c.created_at, attempts.c.id)
    .limit(sa.bindparam("most"))
)
BEFORE_ALL: Final = datetime.fromisoformat("0001-01-02T00:00:00+00:00")


class Tallied:
    """Calls to be added up, page by page."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(
        self, campaign_id: CampaignId, after: TalliedCall | None = None, most: int = 250
    ) -> list[TalliedCall]:
        """In the order in which they were made; `after` is the last one of a page."""
        asked: dict[str, Any] = {
            "campaign": campaign_id,
            "after": BEFORE_ALL if after is None else after.created_at,
            "after_id": "" if after is None else after.id,
            "most": most,
        }
        rows = await self._database.read(lambda tx: tx.execute(_PAGE, asked).all())
        return [_call(*tuple(row)) for row in rows]


def _call(
    attempt_id: str,
    lead_id: int,
    result: str | None,
    created_at: datetime,
    agent_id: str | None,
    answered_at: datetime | None,
    connected_at: datetime | None,
    ended_at: datetime | None,
    joined_seconds: float | None,
    code: str | None,
    fields: dict[str, str] | None,
    lead_fields: dict[str, str],
) -> TalliedCall:
    return TalliedCall(
        id=attempt_id,
        lead_id=LeadId(lead_id),
        result=CallResult(result) if result else None,
        created_at=created_at,
        agent_id=AgentId(agent_id) if agent_id else None,
        answered_at=answered_at,
        connected_at=connected_at,
        talk_seconds=talk_seconds(connected_at, ended_at, joined_seconds),
        disposition=code or "",
        disposition_fields=fields or {},
        lead_fields=lead_fields,
    )
