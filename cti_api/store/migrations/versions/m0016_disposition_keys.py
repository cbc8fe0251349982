"""Which dispositions were kept already, by the keys they came with; and all attempts as one list."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "disposition_keys",
        sa.Column("asked_by", sa.String(length=80), nullable=False),
        sa.Column("idempotency_key", sa.String(length=200), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("attempt_id", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempts.id"], name="fk_disposition_keys_attempt_id"),
        sa.PrimaryKeyConstraint("asked_by", "idempotency_key", name="pk_disposition_keys"),
    )
    op.create_index("ix_disposition_keys_attempt", "disposition_keys", ["attempt_id"])
    op.create_index("ix_disposition_keys_at", "disposition_keys", ["at"])
    op.create_index("ix_attempts_made", "attempts", ["created_at", "id"])
    op.create_index("ix_attempts_agent", "attempts", ["agent_id", "created_at"])
