"""How many people were on the line, and how many of them met nobody, by campaign, day and hour.

Counted in the transaction that closes an attempt, so that a month's share is a few rows and not a million attempts. An
answer that nobody gave (failure catalogue F43) is in no figure: only whoever closes the attempt knows of it. Days are
the campaign's own, hours are those of UTC: a window that looks back a day at every moment needs the latter.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Final

import sqlalchemy as sa

from cti_api.model.abandonment import NONE, Answers, hour_of
from cti_api.model.ids import CampaignId
from cti_api.store.columns import Instant
from cti_api.store.database import Database
from cti_api.store.schema import metadata


def _figures() -> list[sa.Column[int]]:
    return [
        sa.Column("live_answers", sa.Integer, nullable=False),
        sa.Column("abandoned", sa.Integer, nullable=False),
        sa.Column("hung_up", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("machines", sa.Integer, nullable=False, server_default=sa.text("0")),
    ]


answer_days = sa.Table(
    "answer_days",
    metadata,
    sa.Column("campaign_id", sa.ForeignKey("campaigns.id"), primary_key=True),
    # on which the attempt began, on the campaign's clock (those that an upgrade counted: UTC)
    sa.Column("day", sa.Date, primary_key=True),
    *_figures(),
)
answer_hours = sa.Table(
    "answer_hours",
    metadata,
    sa.Column("campaign_id", sa.ForeignKey("campaigns.id"), primary_key=True),
    # the beginning of the hour in which the attempt began
    sa.Column("hour", Instant, primary_key=True),
    *_figures(),
)


def _add(table: sa.Table, key: sa.Column[Any]) -> sa.Update:
    return (
        sa.update(table)
        .where(table.c.campaign_id == sa.bindparam("campaign"), key == sa.bindparam("slot", type_=key.type))
        .values(
            live_answers=table.c.live_answers + sa.bindparam("people"),
            abandoned=table.c.abandoned + sa.bindparam("left"),
            hung_up=table.c.hung_up + sa.bindparam("gone"),
            machines=table.c.machines + sa.bindparam("taken"),
        )
    )


def _since(table: sa.Table, key: sa.Column[Any]) -> sa.Select[Any]:
    return (
        sa.select(table)
        .where(table.c.campaign_id == sa.bindparam("campaign"), key >= sa.bindparam("first", type_=key.type))
        .order_by(key)
    )


_ADD_TO_DAY: Final = _add(answer_days, answer_days.c.day)
_ADD_TO_HOUR: Final = _add(answer_hours, answer_hours.c.hour)
_DAYS_SINCE: Final = _since(answer_days, answer_days.c.day)
_HOURS_SINCE: Final = _since(answer_hours, answer_hours.c.hour)


@dataclass(frozen=True, slots=True)
class Counted:
    """Something to be counted with an attempt, or to be counted otherwise than before."""

    began: datetime
    """When the attempt did."""
    day: date
    """The same, on the campaign's clock."""
    answers: Answers


class AnswerDays:
    """The days and hours of every campaign; those without an answer are left out."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def since(self, campaign_id: CampaignId, first: date) -> dict[date, Answers]:
        """The campaign's days from `first` on."""
        asked = {"campaign": campaign_id, "first": first}
        rows = await self._database.read(lambda tx: tx.execute(_DAYS_SINCE, asked).all())
        return {row.day: _answers(row) for row in rows}

    async def hours_since(self, campaign_id: CampaignId, first: datetime) -> dict[datetime, Answers]:
        """The campaign's hours from that of `first` on, by their beginning."""
        asked = {"campaign": campaign_id, "first": hour_of(first)}
        rows = await self._database.read(lambda tx: tx.execute(_HOURS_SINCE, asked).all())
        return {row.hour: _answers(row) for row in rows}


def count(tx: sa.Connection, campaign_id: str, counted: Counted) -> None:
    """Add to the campaign's day and hour."""
    if counted.answers == NONE:
        return
    some = counted.answers
    added = {"people": some.people, "left": some.abandoned, "gone": some.hung_up, "taken": some.machines}
    for table, add, key, slot in (
        (answer_days, _ADD_TO_DAY, "day", counted.day),
        (answer_hours, _ADD_TO_HOUR, "hour", hour_of(counted.began)),
    ):
        if not tx.execute(add, {"campaign": campaign_id, "slot": slot, **added}).rowcount:
            figures = asdict(some)
            new = {"campaign_id": campaign_id, key: slot, "live_answers": figures.pop("people"), **figures}
            tx.execute(sa.insert(table), new)


def _answers(row: sa.Row[Any]) -> Answers:
    return Answers(row.live_answers, row.abandoned, row.hung_up, row.machines)
