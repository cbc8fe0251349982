"""How many people were on the line, and how many of them met nobody, by campaign and day.

Counted in the transaction that closes an attempt, so that a month's share is thirty rows and not a million attempts. An
answer that nobody gave (failure catalogue F43) is in neither figure: only whoever closes the attempt knows of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import sqlalchemy as sa

from cti_api.model.calls import LIVE_ANSWERS, CallResult
from cti_api.model.ids import CampaignId
from cti_api.store.database import Database
from cti_api.store.schema import metadata

answer_days = sa.Table(
    "answer_days",
    metadata,
    sa.Column("campaign_id", sa.ForeignKey("campaigns.id"), primary_key=True),
    # on which the attempt began, on the campaign's clock (those that an upgrade counted: UTC)
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("live_answers", sa.Integer, nullable=False),
    sa.Column("abandoned", sa.Integer, nullable=False),
)

_ADD: Final = (
    sa.update(answer_days)
    .where(answer_days.c.campaign_id == sa.bindparam("campaign"), answer_days.c.day == sa.bindparam("on"))
    .values(
        live_answers=answer_days.c.live_answers + sa.bindparam("live"),
        abandoned=answer_days.c.abandoned + sa.bindparam("left"),
    )
)
_NEW: Final = sa.insert(answer_days)
_SINCE: Final[sa.Select[Any]] = (
    sa.select(answer_days)
    .where(answer_days.c.campaign_id == sa.bindparam("campaign"), answer_days.c.day >= sa.bindparam("first"))
    .order_by(answer_days.c.day)
)


@dataclass(frozen=True, slots=True)
class AnswerDay:
    """One day of a campaign."""

    day: date
    live_answers: int
    abandoned: int


class AnswerDays:
    """The days of every campaign."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def since(self, campaign_id: CampaignId, first: date) -> tuple[AnswerDay, ...]:
        """The campaign's days from `first` on, those without an answer left out."""
        asked = {"campaign": campaign_id, "first": first}
        rows = await self._database.read(lambda tx: tx.execute(_SINCE, asked).all())
        return tuple(AnswerDay(row.day, row.live_answers, row.abandoned) for row in rows)


def count(tx: sa.Connection, campaign_id: str, on: date, result: CallResult) -> None:
    """One attempt of the campaign, begun on that day, is closed with this result."""
    if result not in LIVE_ANSWERS:
        return
    left = int(result is CallResult.ABANDONED)
    if not tx.execute(_ADD, {"campaign": campaign_id, "on": on, "live": 1, "left": left}).rowcount:
        tx.execute(_NEW, {"campaign_id": campaign_id, "day": on, "live_answers": 1, "abandoned": left})
