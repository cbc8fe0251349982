"""The law in force and who changed it; abandoned calls by day; departments; who came by their own initiative."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0006"
down_revision = "0005"

INSTANT = sa.DateTime(timezone=True)
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(JSONB(), "postgresql")
ATTEMPTS = sa.table("attempts", *map(sa.column, ("campaign_id", "created_at", "state", "result")))
LIVE = ("connected", "abandoned", "caller_hung_up")
"""Results in which a person was on the line, as they were when this was written."""
IN_FORCE = sa.text("until IS NULL")


def upgrade() -> None:
    op.add_column("leads", sa.Column("department", sa.String(length=3), nullable=True))
    op.add_column("consents", sa.Column("own_initiative", sa.Text(), nullable=True))
    op.create_table(
        "law_changes",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("loosens", sa.Boolean(), nullable=False),
        sa.Column("packs", JSON, nullable=False),
        sa.Column("removed", JSON, nullable=False),
        sa.Column("judged_against", JSON, nullable=False),
        sa.Column("told", JSON, nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("by_user", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("second", sa.Text(), nullable=False),
        sa.Column("second_user", sa.Text(), nullable=False),
        sa.Column("decided_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_law_changes"),
    )
    op.create_table(
        "law_files",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_law_files"),
    )
    op.create_table(
        "law_texts",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("version", sa.String(length=10), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", "version", name="pk_law_texts"),
    )
    op.create_table(
        "law_periods",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("version", sa.String(length=10), nullable=False),
        sa.Column("change_id", SERIAL, nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("until", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["change_id"], ["law_changes.id"], name="fk_law_periods_change_id"),
        sa.ForeignKeyConstraint(
            ["name", "version"], ["law_texts.name", "law_texts.version"], name="fk_law_periods_name"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_law_periods"),
    )
    op.create_index(
        "ux_law_periods_name", "law_periods", ["name"], unique=True, sqlite_where=IN_FORCE, postgresql_where=IN_FORCE
    )
    op.create_table(
        "answer_days",
        sa.Column("campaign_id", sa.String(length=40), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("live_answers", sa.Integer(), nullable=False),
        sa.Column("abandoned", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name="fk_answer_days_campaign_id"),
        sa.PrimaryKeyConstraint("campaign_id", "day", name="pk_answer_days"),
    )
    created_at: sa.ColumnElement[Any] = ATTEMPTS.c.created_at
    # SQLite keeps an instant as text in UTC that begins with its day.
    sqlite = op.get_bind().dialect.name == "sqlite"
    day = sa.func.substr(created_at, 1, 10) if sqlite else sa.cast(sa.func.timezone("UTC", created_at), sa.Date)
    abandoned = sa.func.sum(sa.case((ATTEMPTS.c.result == "abandoned", 1), else_=0))
    closed = sa.and_(ATTEMPTS.c.state == "closed", ATTEMPTS.c.result.in_(LIVE))
    op.execute(
        sa.insert(
            sa.table("answer_days", *map(sa.column, ("campaign_id", "day", "live_answers", "abandoned")))
        ).from_select(
            ["campaign_id", "day", "live_answers", "abandoned"],
            sa.select(ATTEMPTS.c.campaign_id, day, sa.func.count(), abandoned)
            .where(closed)
            .group_by(ATTEMPTS.c.campaign_id, day),
        )
    )
