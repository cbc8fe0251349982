"""Answered calls by the hour, and those of a day that hung up or were taken for machines.

The hours are counted from the attempts. Of the days before this, who hung up counts as before: as a live answer under
every way of counting.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

INSTANT = sa.DateTime(timezone=True)
ATTEMPTS = sa.table("attempts", *map(sa.column, ("campaign_id", "created_at", "state", "result")))
HOURS = ("campaign_id", "hour", "live_answers", "abandoned", "hung_up", "machines")
LIVE = ("connected", "abandoned", "caller_hung_up")
"""Results in which a person was on the line, as they were when this was written."""


def _figures() -> list[sa.Column[int]]:
    return [
        sa.Column("hung_up", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("machines", sa.Integer(), nullable=False, server_default=sa.text("0")),
    ]


def upgrade() -> None:
    for column in _figures():
        op.add_column("answer_days", column)
    op.create_table(
        "answer_hours",
        sa.Column("campaign_id", sa.String(length=40), nullable=False),
        sa.Column("hour", INSTANT, nullable=False),
        sa.Column("live_answers", sa.Integer(), nullable=False),
        sa.Column("abandoned", sa.Integer(), nullable=False),
        *_figures(),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name="fk_answer_hours_campaign_id"),
        sa.PrimaryKeyConstraint("campaign_id", "hour", name="pk_answer_hours"),
    )
    created_at: sa.ColumnElement[Any] = ATTEMPTS.c.created_at
    result = ATTEMPTS.c.result
    if op.get_bind().dialect.name == "sqlite":
        # An instant is text in UTC that begins with its day and hour.
        hour: sa.ColumnElement[Any] = sa.func.substr(created_at, 1, 13).concat(":00:00.000000")
    else:
        hour = sa.func.timezone("UTC", sa.func.date_trunc("hour", sa.func.timezone("UTC", created_at)))

    def having(*results: str) -> sa.ColumnElement[Any]:
        return sa.func.sum(sa.case((result.in_(results), 1), else_=0))

    op.execute(
        sa.insert(sa.table("answer_hours", *map(sa.column, HOURS))).from_select(
            HOURS,
            sa.select(
                ATTEMPTS.c.campaign_id,
                hour,
                having(*LIVE),
                having("abandoned"),
                having("caller_hung_up"),
                having("machine"),
            )
            .where(ATTEMPTS.c.state == "closed", result.in_((*LIVE, "machine")))
            .group_by(ATTEMPTS.c.campaign_id, hour),
        )
    )
