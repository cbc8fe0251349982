"""A campaign's latest closed attempts, as far as a simulation of it asks for them."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa

from cti_api.kpi.experience import PastCall
from cti_api.model.calls import CallResult, talk_seconds
from cti_api.model.ids import CampaignId
from cti_api.store.database import Database
from cti_api.store.schema import attempts, dispositions

_LATEST: Final = (
    sa.select(
        attempts.c.result,
        attempts.c.created_at,
        attempts.c.answered_at,
        attempts.c.connected_at,
        attempts.c.ended_at,
        attempts.c.joined_seconds,
        attempts.c.closed_at,
        dispositions.c.code,
    )
    .join_from(
        attempts,
        dispositions,
        sa.and_(dispositions.c.attempt_id == attempts.c.id, dispositions.c.version == attempts.c.disposition_version),
        isouter=True,
    )
    .where(
        attempts.c.campaign_id == sa.bindparam("campaign"),
        attempts.c.closed_at.is_not(None),
        attempts.c.result.is_not(None),
    )
    .order_by(attempts.c.created_at.desc())
    .limit(sa.bindparam("most"))
)


class PastCalls:
    """Looks back at what was dialled."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def latest(self, campaign_id: CampaignId, most: int) -> list[PastCall]:
        """At most so many closed attempts of the campaign, the latest first."""
        return await self._database.read(_latest, campaign_id, most)


def _latest(tx: sa.Connection, campaign_id: CampaignId, most: int) -> list[PastCall]:
    return [_past(row) for row in tx.execute(_LATEST, {"campaign": campaign_id, "most": most})]


def _past(row: Any) -> PastCall:
    return PastCall(
        result=CallResult(row.result),
        created_at=row.created_at,
        answered_at=row.answered_at,
        connected_at=row.connected_at,
        ended_at=row.ended_at,
        closed_at=row.closed_at,
        talk_seconds=talk_seconds(row.connected_at, row.ended_at, row.joined_seconds),
        disposition=row.code or "",
    )
