"""Queues, and the callers who waited in them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

INSTANT = sa.DateTime(timezone=True)
OPEN = sa.text("closed_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "queues",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("spec", sa.Text(), nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_queues"),
    )
    op.create_table(
        "inbound_calls",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("queue", sa.String(length=40), nullable=False),
        sa.Column("e164", sa.String(length=32), nullable=False),
        sa.Column("arrived_at", INSTANT, nullable=False),
        sa.Column("queued_at", INSTANT, nullable=False),
        sa.Column("position", sa.Integer(), nullable=True),
        sa.Column("agent_id", sa.String(length=40), nullable=True),
        sa.Column("joined_at", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("call_back_at", INSTANT, nullable=True),
        sa.Column("closed_at", INSTANT, nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("disposition", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name="fk_inbound_calls_agent_id"),
        sa.PrimaryKeyConstraint("id", name="pk_inbound_calls"),
    )
    op.create_index("ix_inbound_calls_e164", "inbound_calls", ["e164"])
    op.create_index("ix_inbound_calls_queue", "inbound_calls", ["queue", "arrived_at"])
    op.create_index("ix_inbound_calls_open", "inbound_calls", ["id"], sqlite_where=OPEN, postgresql_where=OPEN)
