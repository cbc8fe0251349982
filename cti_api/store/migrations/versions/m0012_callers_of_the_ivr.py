"""Callers whom the IVR sends into a queue, perhaps more than once; recordings of callers; callers who are leads."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0012"
down_revision = "0011"

JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    op.add_column("inbound_calls", sa.Column("ivr_call", sa.String(length=32), nullable=True))
    op.add_column("inbound_calls", sa.Column("recording", sa.Text(), nullable=True))
    op.add_column("inbound_calls", sa.Column("lead_id", sa.BigInteger(), nullable=True))
    op.add_column("inbound_calls", sa.Column("disposition_fields", JSON, nullable=True))
    op.create_index("ix_inbound_calls_ivr_call", "inbound_calls", ["ivr_call"])
