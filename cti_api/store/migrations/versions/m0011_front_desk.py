"""Calls that a tree led, their recordings, and tickets."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0011"
down_revision = "0010"

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(JSONB(), "postgresql")
TO_WRITE_OUT = sa.text("transcript_state = 'waiting'")


def upgrade() -> None:
    op.create_table(
        "ivr_calls",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("entry", sa.String(length=40), nullable=False),
        sa.Column("tree", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("e164", sa.String(length=32), nullable=False),
        sa.Column("called", sa.String(length=32), nullable=False),
        sa.Column("channel_id", sa.String(length=32), nullable=False),
        sa.Column("began_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("ending", sa.String(length=16), nullable=True),
        sa.Column("node", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ivr_calls"),
    )
    op.create_index("ix_ivr_calls_e164", "ivr_calls", ["e164"])
    op.create_index("ix_ivr_calls_tree", "ivr_calls", ["tree", "began_at"])
    op.create_table(
        "ivr_passed",
        sa.Column("call_id", sa.String(length=32), nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("tree", sa.String(length=40), nullable=False),
        sa.Column("node", sa.String(length=40), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["ivr_calls.id"], name="fk_ivr_passed_call_id"),
        sa.PrimaryKeyConstraint("call_id", "place", name="pk_ivr_passed"),
    )
    op.create_table(
        "ivr_recordings",
        sa.Column("call_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("e164", sa.String(length=32), nullable=False),
        sa.Column("recording", sa.Text(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("transcript_text", sa.Text(), nullable=False),
        sa.Column("transcript_state", sa.String(length=16), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["ivr_calls.id"], name="fk_ivr_recordings_call_id"),
        sa.PrimaryKeyConstraint("call_id", "name", name="pk_ivr_recordings"),
    )
    op.create_index("ix_ivr_recordings_e164", "ivr_recordings", ["e164"])
    op.create_index(
        "ix_ivr_recordings_to_write_out", "ivr_recordings", ["at"],
        sqlite_where=TO_WRITE_OUT, postgresql_where=TO_WRITE_OUT,
    )  # fmt: skip
    op.create_table(
        "tickets",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("call_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("e164", sa.String(length=32), nullable=False),
        sa.Column("fields", JSON, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["ivr_calls.id"], name="fk_tickets_call_id"),
        sa.PrimaryKeyConstraint("id", name="pk_tickets"),
    )
    op.create_index("ix_tickets_e164", "tickets", ["e164"])
    op.create_index("ix_tickets_call", "tickets", ["call_id"])
