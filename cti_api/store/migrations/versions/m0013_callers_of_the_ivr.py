"""Callers whom the IVR sends into a queue, perhaps more than once, and their recordings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0011"


def upgrade() -> None:
    op.add_column("inbound_calls", sa.Column("ivr_call", sa.String(length=32), nullable=True))
    op.add_column("inbound_calls", sa.Column("recording", sa.Text(), nullable=True))
    op.create_index("ix_inbound_calls_ivr_call", "inbound_calls", ["ivr_call"])
