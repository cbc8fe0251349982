"""Leads that come back for another round, and callbacks that nobody made in time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0004"
down_revision = "0003"

INSTANT = sa.DateTime(timezone=True)
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    op.add_column("leads", sa.Column("promised_at", INSTANT, nullable=True))
    op.create_table(
        "lead_rounds",
        sa.Column("lead_id", SERIAL, nullable=False),
        sa.Column("round", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("attempts_made", sa.Integer(), nullable=False),
        sa.Column("counts", JSON, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=False),
        sa.Column("recycled_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name="fk_lead_rounds_lead_id"),
        sa.PrimaryKeyConstraint("lead_id", "round", name="pk_lead_rounds"),
    )
    op.create_table(
        "missed_callbacks",
        sa.Column("lead_id", SERIAL, nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("campaign_id", sa.String(length=40), nullable=False),
        sa.Column("agent_id", sa.String(length=40), nullable=True),
        sa.Column("action", sa.String(length=16), nullable=False),
        sa.Column("missed_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name="fk_missed_callbacks_lead_id"),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name="fk_missed_callbacks_campaign_id"),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name="fk_missed_callbacks_agent_id"),
        sa.PrimaryKeyConstraint("lead_id", "due_at", name="pk_missed_callbacks"),
    )
    op.create_index("ix_missed_callbacks_campaign", "missed_callbacks", ["campaign_id", "missed_at"])
