"""Which requests were done already, in the transaction that did them."""

from __future__ import annotations

import sqlalchemy as sa

from cti_api.store.columns import Instant
from cti_api.store.schema import metadata

disposition_keys = sa.Table(
    "disposition_keys",
    metadata,
    sa.Column("asked_by", sa.String(80), primary_key=True),
    sa.Column("idempotency_key", sa.String(200), primary_key=True),
    sa.Column("digest", sa.String(64), nullable=False),
    # what was answered is that version, which never changes
    sa.Column("attempt_id", sa.ForeignKey("attempts.id"), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Index("ix_disposition_keys_attempt", "attempt_id"),
    sa.Index("ix_disposition_keys_at", "at"),
)
